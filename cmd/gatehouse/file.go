package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/gatehouse-authz/gatehouse/internal/authz"
)

// maxFile is how long a file to apply may be, in bytes.
const maxFile = 1 << 20

// A wish is what a file says an environment should be; a part that is nil is left as
// it is.
type wish struct {
	mapping  map[string]any
	settings map[string]any
}

// A file is a wish as it is written.
type file struct {
	Logto *struct {
		Mapping map[string]any `yaml:"mapping"`
	} `yaml:"logto"`
	Settings map[string]any `yaml:"settings"`
}

// usualMapping is the mapping of a fresh environment.
func usualMapping() map[string]any {
	none := func() []any { return []any{} }
	return map[string]any{
		"organizations": true, "only_organizations": none(), "tenants": none(), "organization_roles": none(), "global_roles": none(),
		"global_tenant": "default", "global_everywhere": false, "roles": map[string]any{"create": false, "scopes": ""}, "rules": none(), "attributes": none(), "tenant_attributes": none(),
	}
}

// parseFile reads the text of a file. The error is Invalid, with the line.
func parseFile(name string, text []byte) (w wish, err error) {
	defer func() { // what a parser of other people's files does not do by itself
		if r := recover(); r != nil {
			w, err = wish{}, authz.InvalidField("file", "%s is not YAML: %v", name, r)
		}
	}()
	d := yaml.NewDecoder(bytes.NewReader(text))
	d.KnownFields(true)
	var f file
	if err := d.Decode(&f); err != nil && !errors.Is(err, io.EOF) {
		return wish{}, authz.InvalidField("file", "%s: %s", name, strings.TrimPrefix(err.Error(), "yaml: "))
	}
	if err := d.Decode(&yaml.Node{}); !errors.Is(err, io.EOF) {
		return wish{}, authz.InvalidField("file", "%s holds more than one document", name)
	}
	if f.Logto != nil && f.Logto.Mapping != nil {
		w.mapping = usualMapping()
		for field, v := range f.Logto.Mapping {
			if _, known := w.mapping[field]; !known {
				return wish{}, authz.InvalidField("logto.mapping."+field, "%s: logto.mapping has no field %q", name, field)
			}
			if v != nil { // nothing behind the colon
				w.mapping[field] = v
			}
		}
	}
	w.settings = f.Settings
	if err := plainValues(w.mapping); err != nil {
		return wish{}, authz.InvalidField("file", "%s: %v", name, err)
	}
	if err := plainValues(w.settings); err != nil {
		return wish{}, authz.InvalidField("file", "%s: %v", name, err)
	}
	return w, nil
}

// plainValues refuses what JSON cannot say.
func plainValues(v any) error {
	switch v := v.(type) {
	case map[string]any:
		for _, item := range v {
			if err := plainValues(item); err != nil {
				return err
			}
		}
	case []any:
		for _, item := range v {
			if err := plainValues(item); err != nil {
				return err
			}
		}
	case nil, bool, string, int:
	default:
		return fmt.Errorf("%v cannot stand there; put texts in quotes", v)
	}
	return nil
}

package logtosim

import (
	"maps"
	"net/url"
	"reflect"
	"regexp"
	"strings"
)

// Fields is the body of a request that creates or changes a user or an
// organization, by JSON name. An absent key leaves the field as it is, nil makes
// it null. Values are of the kinds that encoding/json makes, or strings,
// booleans and maps of Go. Unknown keys are dropped, as Logto does.
type Fields map[string]any

// The forms are those of Logto's schemas.
var (
	usernameForm = regexp.MustCompile(`^[A-Z_a-z]\w*$`)
	emailForm    = regexp.MustCompile(`^\S+@\S+\.\S+$`)
	phoneForm    = regexp.MustCompile(`^\d+$`)
)

// check says what is wrong with the fields that a user has in common when it is
// created and when it is changed.
func (f Fields) check() error {
	for _, c := range []struct {
		name string
		form *regexp.Regexp
	}{{"primaryPhone", phoneForm}, {"primaryEmail", emailForm}, {"username", usernameForm}, {"name", nil}} {
		if err := f.checkText(c.name, c.form); err != nil {
			return err
		}
	}
	if err := f.checkText("avatar", nil); err != nil {
		return err
	}
	if avatar, _ := f["avatar"].(string); avatar != "" {
		if u, err := url.Parse(avatar); err != nil || u.Scheme == "" {
			return invalidString("url", "Invalid url", "avatar")
		}
	}
	for _, name := range []string{"customData", "profile"} {
		if err := f.checkObject(name); err != nil {
			return err
		}
	}
	if p, ok := f["profile"].(map[string]any); ok {
		return checkProfile(p, "profile")
	}
	return nil
}

// checkText accepts an absent, null or empty field, and one of the given form.
func (f Fields) checkText(name string, form *regexp.Regexp) error {
	v, ok := f[name]
	if !ok || v == nil {
		return nil
	}
	s, ok := v.(string)
	if !ok {
		return invalidType("string", kindOf(v), name)
	}
	if s != "" && form != nil && !form.MatchString(s) {
		return invalidString("regex", "Invalid", name)
	}
	return nil
}

// checkObject accepts an absent field and an object.
func (f Fields) checkObject(name string) error {
	v, ok := f[name]
	if !ok {
		return nil
	}
	if _, ok := v.(map[string]any); !ok {
		return invalidType("object", kindOf(v), name)
	}
	return nil
}

// checkProfile accepts a profile whose known keys are strings.
func checkProfile(p map[string]any, at string) error {
	for key, v := range p {
		if key == "address" {
			if _, ok := v.(map[string]any); !ok {
				return invalidType("object", kindOf(v), at, key)
			}
			continue
		}
		if _, ok := v.(string); !ok && knownToProfile(key) {
			return invalidType("string", kindOf(v), at, key)
		}
	}
	return nil
}

// knownProfile is p without the keys that Logto drops.
func knownProfile(p map[string]any) map[string]any {
	known := maps.Clone(p)
	maps.DeleteFunc(known, func(key string, _ any) bool { return !knownToProfile(key) })
	return known
}

func knownToProfile(key string) bool {
	t := reflect.TypeFor[profile]()
	for i := range t.NumField() {
		if name, _, _ := strings.Cut(t.Field(i).Tag.Get("json"), ","); name == key {
			return true
		}
	}
	return false
}

// put changes u to what the fields say; they have been checked. It reports
// whether there was any field that a user has. Objects are replaced whole.
func (f Fields) put(u *User) bool {
	found := false
	for name, to := range map[string]**string{
		"username": &u.Username, "primaryEmail": &u.PrimaryEmail, "primaryPhone": &u.PrimaryPhone,
		"name": &u.Name, "avatar": &u.Avatar,
	} {
		v, ok := f[name]
		if !ok {
			continue
		}
		found, *to = true, nil
		if s, _ := v.(string); s != "" { // an empty text is null in Logto's database
			*to = new(strings.ToValidUTF8(s, "\ufffd"))
		}
	}
	if v, ok := f["customData"]; ok {
		found, u.CustomData = true, mustJSONB(v)
	}
	if p, ok := f["profile"].(map[string]any); ok {
		found, u.Profile = true, mustJSONB(knownProfile(p))
	}
	return found
}

// holdsNUL reports a NUL character in any text: PostgreSQL cannot keep one, and
// Logto answers 500.
func holdsNUL(v any) bool {
	switch v := v.(type) {
	case string:
		return strings.ContainsRune(v, 0)
	case []any:
		for _, e := range v {
			if holdsNUL(e) {
				return true
			}
		}
	case map[string]any:
		for k, e := range v {
			if strings.ContainsRune(k, 0) || holdsNUL(e) {
				return true
			}
		}
	}
	return false
}

// kindOf is the name that zod has for the type of a JSON value.
func kindOf(v any) string {
	switch v.(type) {
	case nil:
		return "null"
	case bool:
		return "boolean"
	case string:
		return "string"
	case []any:
		return "array"
	case map[string]any:
		return "object"
	}
	return "number"
}

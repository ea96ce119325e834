package mapping

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/google/cel-go/cel"
	"github.com/google/cel-go/common/types"
	"github.com/google/cel-go/common/types/ref"

	"github.com/gatehouse-authz/gatehouse/internal/authz"
)

// A record is the type of a thing of the source: the names and types of its fields.
type record map[string]*types.Type

const (
	userRecord         = "User"         // what rules see of a user
	storedUser         = "StoredUser"   // what attributes see: the user's own fields
	memberOrganization = "Organization" // what rules see of an organization of the user
	storedOrganization = "StoredOrganization"
	applicationRecord  = "Application"
)

var (
	object = types.NewMapType(types.StringType, types.DynType)
	names  = types.NewListType(types.StringType)
)

// records are the types by name.
var records = withRoles(map[string]record{
	storedUser: {
		"id": types.StringType, "username": types.StringType, "primaryEmail": types.StringType, "primaryPhone": types.StringType,
		"name": types.StringType, "avatar": types.StringType, "applicationId": types.StringType,
		"customData": object, "profile": object, "identities": object,
		"isSuspended": types.BoolType, "createdAt": types.TimestampType, "lastSignInAt": types.TimestampType,
	},
	storedOrganization: {
		"id": types.StringType, "name": types.StringType, "description": types.StringType,
		"customData": object, "createdAt": types.TimestampType,
	},
	applicationRecord: {
		"id": types.StringType, "name": types.StringType, "description": types.StringType, "type": types.StringType, "customData": object,
	},
})

// withRoles adds the records that differ from others by roles.
func withRoles(all map[string]record) map[string]record {
	for name, of := range map[string]string{userRecord: storedUser, memberOrganization: storedOrganization} {
		all[name] = maps.Clone(all[of])
		all[name]["roles"] = names
	}
	return all
}

// fields are the names of a record's fields, for messages.
func fields(name string) string {
	return strings.Join(slices.Sorted(maps.Keys(records[name])), ", ")
}

// A provider knows the records beside the types of CEL.
type provider struct{ types.Provider }

// FindStructType implements [types.Provider].
func (p provider) FindStructType(name string) (*types.Type, bool) {
	if _, ok := records[name]; ok {
		return types.NewTypeTypeWithParam(types.NewObjectType(name)), true
	}
	return p.Provider.FindStructType(name)
}

// FindStructFieldNames implements [types.Provider].
func (p provider) FindStructFieldNames(name string) ([]string, bool) {
	if r, ok := records[name]; ok {
		return slices.Sorted(maps.Keys(r)), true
	}
	return p.Provider.FindStructFieldNames(name)
}

// FindStructFieldType implements [types.Provider].
func (p provider) FindStructFieldType(name, field string) (*types.FieldType, bool) {
	r, ok := records[name]
	if !ok {
		return p.Provider.FindStructFieldType(name, field)
	}
	t, ok := r[field]
	if !ok {
		return nil, false
	}
	get := func(target any) (any, error) {
		v, there := fieldOf(target, field)
		if !there {
			return nil, fmt.Errorf("%s is not known", field)
		}
		if t == types.TimestampType {
			return moment(v), nil
		}
		return v, nil
	}
	return &types.FieldType{Type: t, GetFrom: get, IsSet: func(target any) bool {
		_, there := fieldOf(target, field)
		return there
	}}, true
}

func fieldOf(target any, field string) (v any, ok bool) {
	switch m := target.(type) {
	case map[string]any:
		v, ok = m[field]
	case authz.Facts:
		v, ok = m[field]
	}
	return v, ok
}

// moment reads Unix milliseconds; what is none is the beginning of 1970.
func moment(v any) time.Time {
	n, _ := v.(json.Number)
	ms, _ := n.Int64()
	return time.UnixMilli(ms).UTC()
}

// An adapter reads JSON values, numbers as they are written.
type adapter struct{ types.Adapter }

// NativeToValue implements [types.Adapter].
func (a adapter) NativeToValue(v any) ref.Val {
	switch v := v.(type) {
	case json.Number:
		if n, err := strconv.ParseInt(string(v), 10, 64); err == nil {
			return types.Int(n)
		}
		f, err := v.Float64()
		if err != nil {
			return types.NewErr("%q is not a number that can be calculated with", string(v))
		}
		return types.Double(f)
	case authz.Facts:
		return types.NewStringInterfaceMap(a, v)
	case map[string]any:
		return types.NewStringInterfaceMap(a, v)
	case []any:
		return types.NewDynamicList(a, v)
	}
	return a.Adapter.NativeToValue(v)
}

const (
	maxExpression = 4096 // bytes
	// costLimit bounds one evaluation, in CEL's units: about one for each step, and one
	// for ten bytes of text that are read.
	costLimit = 100_000
)

// environment declares variables; each is a name and its type.
func environment(variables map[string]*types.Type) *cel.Env {
	registry, err := types.NewRegistry()
	if err == nil {
		err = registry.RegisterType(types.OptionalType)
	}
	options := []cel.EnvOption{
		cel.OptionalTypes(), // before the provider, which takes in no types
		cel.CustomTypeProvider(provider{registry}), cel.CustomTypeAdapter(adapter{registry}),
		cel.CrossTypeNumericComparisons(true), cel.ParserRecursionLimit(64), cel.ParserExpressionSizeLimit(maxExpression),
		cel.Function("lowerAscii", cel.MemberOverload("string_lower_ascii", []*cel.Type{cel.StringType}, cel.StringType,
			cel.UnaryBinding(func(v ref.Val) ref.Val { return types.String(lowerASCII(string(v.(types.String)))) }))),
	}
	for name, t := range variables {
		options = append(options, cel.Variable(name, t))
	}
	env, envErr := cel.NewEnv(options...)
	if err != nil || envErr != nil {
		panic(fmt.Sprintf("mapping: the variables are declared wrongly: %v %v", err, envErr)) // a bug: they are constants
	}
	return env
}

func lowerASCII(s string) string {
	return strings.Map(func(r rune) rune {
		if 'A' <= r && r <= 'Z' {
			r += 'a' - 'A'
		}
		return r
	}, s)
}

// variablesOfRules are what rules see; organization is there where they are asked for
// each of them.
func variablesOfRules() map[string]*types.Type {
	return map[string]*types.Type{
		"user": types.NewObjectType(userRecord), "organizations": types.NewListType(types.NewObjectType(memberOrganization)),
		"application": types.NewObjectType(applicationRecord),
	}
}

// What expressions can look at, declared when the first of them is compiled.
var (
	forUsers         = sync.OnceValue(func() *cel.Env { return environment(variablesOfRules()) })
	forOrganizations = sync.OnceValue(func() *cel.Env {
		all := variablesOfRules()
		all["organization"] = types.NewObjectType(memberOrganization)
		return environment(all)
	})
	ofUsers   = sync.OnceValue(func() *cel.Env { return environment(map[string]*types.Type{"user": types.NewObjectType(storedUser)}) })
	ofTenants = sync.OnceValue(func() *cel.Env {
		return environment(map[string]*types.Type{"organization": types.NewObjectType(storedOrganization)})
	})
)

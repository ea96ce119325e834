package mirror

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"maps"
	"math/big"
	"slices"
	"strings"

	"github.com/gatehouse-authz/gatehouse/internal/authz"
)

// Digest is of what a change puts, without what differs between two accounts of the
// same content: ids, times, who gave it. Equal digests mean equal content.
func Digest(c authz.Change) string {
	text, err := json.Marshal(content(c))
	if err != nil {
		panic(fmt.Sprintf("mirror: %T has no text: %v", c, err)) // a bug: only plain values are mirrored
	}
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:12])
}

// content is what is compared of a thing.
func content(c authz.Change) any {
	switch c := any(c).(type) { // any: what is no kind of Order has none
	case authz.PutUser:
		u := c.User
		return []any{u.Email, u.FirstName, u.LastName, plain(u.Attributes)}
	case authz.PutTenant:
		return []any{c.Tenant.Name, c.Tenant.Description, plain(c.Tenant.Attributes)}
	case authz.PutRole:
		r := c.Role
		return []any{r.Name, r.Description, permissions(r.Permissions), sorted(r.Extends), plain(r.Attributes)}
	case authz.PutResource:
		return resource(c.Resource)
	case authz.PutConditionSet:
		s := c.Set
		return []any{s.Kind, s.Name, s.Description, s.Resource, s.Parent, conditions(s.Conditions)}
	case authz.PutInstance:
		return []any{c.Instance.Tenant, plain(c.Instance.Attributes)}
	case authz.PutAssignment:
		if c.Assignment.Instance != (authz.Node{}) {
			return []any{c.Assignment.Tenant}
		}
	}
	return []any{} // its name says all there is
}

// fixed is the part of the content that no update changes.
func fixed(c authz.Change) any {
	switch c := any(c).(type) { // any: what is no kind of Order has none
	case authz.PutInstance:
		return c.Instance.Tenant
	case authz.PutConditionSet:
		return string(c.Set.Kind) + string(c.Set.Resource)
	case authz.PutAssignment:
		return c.Assignment.Tenant
	}
	return nil
}

// shared reports whether a thing comes with every environment, and so is nobody's: what
// it lacks is added, and nothing is taken from it.
func shared(c authz.Change) bool {
	put, ok := c.(authz.PutResource)
	return ok && builtIn(Named(put))
}

func builtIn(t Thing) bool { return t.Kind == Resource && strings.HasPrefix(t.Key, "__") }

// covers reports whether a thing that is shared lacks nothing.
func covers(there, is authz.Change) bool {
	has := map[string]bool{}
	for _, a := range there.(authz.PutResource).Resource.Attributes { //nolint:errcheck,forcetypeassert // shared says so
		has[a.Key] = true
	}
	for _, a := range is.(authz.PutResource).Resource.Attributes { //nolint:errcheck,forcetypeassert // shared says so
		if !has[a.Key] {
			return false
		}
	}
	return true
}

// bare is what a change makes of a thing that is not there: a resource comes without
// what names others, which may not be there either.
func bare(c authz.Change) authz.Change {
	if put, ok := c.(authz.PutResource); ok {
		put.Resource.Relations, put.Resource.Roles, put.Resource.ActionGroups = nil, nil, nil
		return put
	}
	return c
}

// identity is the id that a thing has here, empty if it has none.
func identity(c authz.Change) authz.ID {
	switch c := any(c).(type) { // any: what is no kind of Order has none
	case authz.PutUser:
		return c.User.ID
	case authz.PutTenant:
		return c.Tenant.ID
	case authz.PutRole:
		return c.Role.ID
	case authz.PutResource:
		return c.Resource.ID
	case authz.PutConditionSet:
		return c.Set.ID
	case authz.PutRule:
		return c.Rule.ID
	case authz.PutInstance:
		return c.Instance.ID
	case authz.PutAssignment:
		return c.Assignment.ID
	case authz.PutTuple:
		return c.Tuple.ID
	}
	return ""
}

// resource is what is compared of a resource. Of a built-in one, only the attributes
// can be anything but what they come as.
func resource(r authz.Resource) any {
	attributes := map[string]any{}
	for _, a := range r.Attributes {
		attributes[a.Key] = []any{a.Type, a.Description}
	}
	if shared(authz.PutResource{Resource: r}) {
		return slices.Sorted(maps.Keys(attributes))
	}
	actions, groups, relations, roles := map[string]any{}, map[string]any{}, map[string]any{}, map[string]any{}
	for _, a := range r.Actions {
		actions[string(a.Key)] = []any{cmp.Or(a.Name, string(a.Key)), a.Description, plain(a.Attributes)}
	}
	for _, g := range r.ActionGroups {
		groups[string(g.Key)] = []any{g.Name, g.Description, plain(g.Attributes), sorted(g.Actions)}
	}
	for _, x := range r.Relations {
		relations[string(x.Key)] = []any{x.Name, x.Description, x.Subject}
	}
	for _, role := range r.Roles {
		var derived []string
		for _, d := range role.Derivations {
			derived = append(derived, fmt.Sprintf("%s/%s/%s/%t", d.Role, d.On, d.Through, d.NoDirectRoles))
		}
		roles[string(role.Key)] = []any{role.Name, role.Description, sorted(role.Actions), sorted(role.Extends), plain(role.Attributes), sorted(derived), role.NoDirectRoles}
	}
	return []any{r.Name, r.URN, r.Description, actions, groups, attributes, plain(r.TypeAttributes), relations, roles}
}

func permissions(list []authz.Permission) []string {
	texts := make([]string, len(list))
	for i, p := range list {
		texts[i] = string(p.Resource) + ":" + string(p.Action)
	}
	return sorted(texts)
}

// sorted is the list in order, never nil.
func sorted[S ~string](list []S) []S {
	out := append([]S{}, list...)
	slices.Sort(out)
	return out
}

// conditions are those of a condition set as values, or as the text that is no JSON.
func conditions(text string) any {
	var v any
	d := json.NewDecoder(strings.NewReader(text))
	d.UseNumber()
	if d.Decode(&v) != nil {
		return text
	}
	return plain(v)
}

// plain is a value of JSON in one spelling: numbers that are equal are the same, and
// no attributes are no attributes.
func plain(v any) any {
	switch v := v.(type) {
	case authz.Attributes:
		return plain(map[string]any(v))
	case map[string]any:
		out := make(map[string]any, len(v))
		for key, value := range v {
			out[key] = plain(value)
		}
		return out
	case []any:
		out := make([]any, len(v))
		for i, value := range v {
			out[i] = plain(value)
		}
		return out
	case json.Number:
		if len(v) <= mostDigits && !strings.ContainsAny(string(v), "eE") {
			if r, ok := new(big.Rat).SetString(string(v)); ok {
				return r.RatString()
			}
		}
		return string(v)
	}
	return v
}

// mostDigits bounds the numbers that are compared by what they are, and not as text.
const mostDigits = 64

package mapping

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/gatehouse-authz/gatehouse/internal/authz"
)

// scopePattern are the ways in which a source may call a permission. The separators
// are in no key.
var scopePattern = regexp.MustCompile(`^(?:action[:./]resource|resource[:./]action)$`)

func checkSourceRoles(r authz.SourceRoles) error {
	switch {
	case r.Scopes != "" && !scopePattern.MatchString(r.Scopes):
		return authz.InvalidField("roles.scopes", "roles.scopes: %q must be action:resource or resource:action, with one of : . / between the two, or empty", r.Scopes)
	case r.Scopes != "" && !r.Create:
		return authz.InvalidField("roles.create", "roles.create: scopes are permissions of roles that are created; set it, or leave scopes out")
	}
	return nil
}

// Permission is what a scope of the source permits; ok is false if it is not called
// as the mapping says.
func (c *Compiled) Permission(scope string) (p authz.Permission, ok bool) {
	pattern := c.Roles.Scopes
	if pattern == "" {
		return p, false
	}
	first, second, ok := strings.Cut(scope, strings.Trim(pattern, "abcdefghijklmnopqrstuvwxyz"))
	if strings.HasPrefix(pattern, "action") {
		first, second = second, first
	}
	p = authz.Permission{Resource: authz.ResourceKey(first), Action: authz.ActionKey(second)}
	return p, ok && validKey(first) && validKey(second)
}

// SourceRoles are the roles that those of a source become, by key, with the
// permissions that their scopes name; notes say what becomes nothing, and why. Roles
// that become one have what each of them has.
func (c *Compiled) SourceRoles(list []authz.SourceRole) (roles []authz.Role, notes []string) {
	if !c.Roles.Create {
		return nil, nil
	}
	at := map[authz.RoleKey]int{}
	for _, r := range slices.SortedFunc(slices.Values(list), compareRoles) {
		key := c.RoleKey(r)
		if key == "" {
			continue
		}
		if !validKey(string(key)) {
			notes = append(notes, fmt.Sprintf("%s cannot be a key; name one for it in %s", inWords(r), rolesField(r)))
			continue
		}
		permissions, strange := c.permissions(r)
		notes = append(notes, strange...)
		i, is := at[key]
		if !is {
			at[key] = len(roles)
			roles = append(roles, authz.Role{Key: key, Name: r.Name, Description: r.Description, Permissions: permissions})
			continue
		}
		notes = append(notes, fmt.Sprintf("%s is role %q as another is, which so has only what both have", inWords(r), key))
		roles[i].Permissions = slices.DeleteFunc(roles[i].Permissions, func(p authz.Permission) bool { return !slices.Contains(permissions, p) })
	}
	slices.SortFunc(roles, func(a, b authz.Role) int { return strings.Compare(string(a.Key), string(b.Key)) })
	return roles, notes
}

// permissions are those that a role's scopes name, each once.
func (c *Compiled) permissions(r authz.SourceRole) (list []authz.Permission, notes []string) {
	if c.Roles.Scopes == "" {
		return nil, nil
	}
	for _, scope := range r.Scopes {
		p, ok := c.Permission(scope)
		if !ok {
			notes = append(notes, fmt.Sprintf("scope %q of %s is not called %s", scope, inWords(r), c.Roles.Scopes))
		} else if !slices.Contains(list, p) {
			list = append(list, p)
		}
	}
	return list, notes
}

func compareRoles(a, b authz.SourceRole) int {
	if a.Organization != b.Organization {
		if a.Organization {
			return 1
		}
		return -1
	}
	return strings.Compare(a.Name, b.Name)
}

func inWords(r authz.SourceRole) string {
	if r.Organization {
		return fmt.Sprintf("organization role %q", r.Name)
	}
	return fmt.Sprintf("global role %q", r.Name)
}

func rolesField(r authz.SourceRole) string {
	if r.Organization {
		return "organization_roles"
	}
	return "global_roles"
}

// A RolesEffect is what would become of roles.
type RolesEffect struct {
	Made, Changed, Removed []authz.RoleKey // by key
	Notes                  []string        // what of the source's roles and scopes is not kept here, and why
}

// Nothing reports whether nothing would become of roles.
func (e RolesEffect) Nothing() bool { return len(e.Made)+len(e.Changed)+len(e.Removed) == 0 }

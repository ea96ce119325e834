package directory

import (
	"net/mail"
	"regexp"
	"strings"

	"github.com/gatehouse-authz/gatehouse/internal/authz"
)

// Key patterns of the Permit API (schemas UserCreate, TenantCreate, RoleCreate,
// ResourceCreate): what its clients may send is what the house allows.
var (
	userKey = regexp.MustCompile(`^[A-Za-z0-9|@+\-._]+$`)
	anyKey  = regexp.MustCompile(`^[A-Za-z0-9\-_]+$`)
)

const (
	maxKey  = 512  // bytes
	maxText = 8192 // bytes, names and descriptions
)

var attributeTypes = map[string]bool{
	"bool": true, "number": true, "string": true, "time": true,
	"array": true, "json": true, "object": true, "object_array": true,
}

func checkAll(changes []authz.Change) error {
	for _, c := range changes {
		if err := check(c); err != nil {
			return err
		}
	}
	return nil
}

// check holds the rules about single things.
func check(c authz.Change) error {
	switch c := c.(type) {
	case authz.PutUser:
		return checkUser(c.User)
	case authz.PutTenant:
		return firstOf(
			checkKey("key", "tenant", string(c.Tenant.Key), anyKey),
			checkText("name", c.Tenant.Name), checkText("description", c.Tenant.Description))
	case authz.PutRole:
		return firstOf(
			checkKey("key", "role", string(c.Role.Key), anyKey),
			checkText("name", c.Role.Name), checkText("description", c.Role.Description))
	case authz.PutResource:
		return checkResource(c.Resource)
	case authz.PutInstance:
		return checkNode("key", c.Instance.Node)
	case authz.PutConditionSet:
		return firstOf(
			checkKey("key", "condition set", string(c.Set.Key), anyKey),
			checkText("name", c.Set.Name), checkText("description", c.Set.Description))
	case authz.PutURLMapping:
		return checkMapping(c.Mapping)
	case authz.PutSourceMapping:
		return checkSourceMapping(c.Mapping)
	case authz.PutInvite:
		return checkUser(authz.User{Key: c.Invite.Key, Email: c.Invite.Email, FirstName: c.Invite.FirstName, LastName: c.Invite.LastName})
	case authz.DeleteUser, authz.DeleteTenant, authz.DeleteRole, authz.DeleteResource, authz.DeleteInstance,
		authz.PutTuple, authz.DeleteTuple, authz.DeleteConditionSet, authz.PutRule, authz.DeleteRule,
		authz.PutAssignment, authz.DeleteAssignment, authz.PutPending, authz.DeletePending, authz.PutSettings,
		authz.DeleteURLMapping, authz.PutMembership, authz.DeleteMembership, authz.DeleteInvite:
	}
	return nil
}

// checkNode refuses an instance whose name could not be read back.
func checkNode(field string, n authz.Node) error {
	if n.Type == "" || n.Key == "" {
		return authz.InvalidField(field, "an instance needs a resource and a key")
	}
	if n.IsEvery() {
		return authz.InvalidField(field, "%q names every instance of a resource: only the object of a relationship tuple can be that", n)
	}
	if len(n.Key) > maxKey {
		return authz.InvalidField(field, "instance key is longer than %d bytes", maxKey)
	}
	return checkText(field, n.Key)
}

func checkUser(u authz.User) error {
	if u.Email != "" && !validEmail(u.Email) {
		return authz.InvalidField("email", "value is not a valid email address")
	}
	return firstOf(
		checkKey("key", "user", string(u.Key), userKey),
		checkText("email", u.Email), checkText("first_name", u.FirstName), checkText("last_name", u.LastName))
}

func checkResource(r authz.Resource) error {
	err := firstOf(
		ambiguous(r),
		checkText("name", r.Name), checkText("description", r.Description), checkText("urn", r.URN),
		checkKey("key", "resource", string(r.Key), anyKey))
	for _, a := range r.Actions {
		err = firstOf(err, checkKey("actions", "action", string(a.Key), anyKey), checkText("actions."+string(a.Key)+".name", a.Name))
	}
	for _, g := range r.ActionGroups {
		at := "action_groups." + string(g.Key)
		err = firstOf(err, checkKey("action_groups", "action group", string(g.Key), anyKey), checkText(at+".name", g.Name), checkText(at+".description", g.Description))
	}
	for _, a := range r.Attributes {
		err = firstOf(err, checkKey("attributes", "attribute", a.Key, anyKey))
		if err == nil && !attributeTypes[a.Type] {
			err = authz.InvalidField("attributes."+a.Key+".type", "%q is not an attribute type", a.Type)
		}
	}
	for _, x := range r.Relations {
		at := "relations." + string(x.Key)
		err = firstOf(err, checkKey("relations", "relation", string(x.Key), anyKey), checkText(at+".name", x.Name), checkText(at+".description", x.Description))
	}
	for _, x := range r.Roles {
		at := "roles." + string(x.Key)
		err = firstOf(err, checkKey("roles", "role", string(x.Key), anyKey), checkText(at+".name", x.Name), checkText(at+".description", x.Description))
	}
	return err
}

// checkKey refuses a key of a thing of that kind, which stands in field.
func checkKey(field, kind, key string, pattern *regexp.Regexp) error {
	switch {
	case key == "":
		return authz.InvalidField(field, "%s key must not be empty", kind)
	case len(key) > maxKey:
		return authz.InvalidField(field, "%s key is longer than %d bytes", kind, maxKey)
	case !pattern.MatchString(key):
		return authz.InvalidField(field, "%s key %q must match %s", kind, key, pattern)
	}
	return nil
}

// checkText refuses what PostgreSQL cannot keep (NUL) and what nobody means.
func checkText(field, s string) error {
	if strings.ContainsRune(s, 0) {
		return authz.InvalidField(field, "text must not contain NUL characters")
	}
	if len(s) > maxText {
		return authz.InvalidField(field, "text is longer than %d bytes", maxText)
	}
	return nil
}

func validEmail(s string) bool {
	a, err := mail.ParseAddress(s)
	return err == nil && a.Address == s
}

func firstOf(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

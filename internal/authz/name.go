package authz

import "strings"

// NameOf is what the history calls the thing that a change is about, and whether
// the change puts it. Things without a key of their own are named by what they say:
// an assignment or a pending one "user/role/tenant" or "user/role/type:key", a
// membership "user/tenant", a tuple "object#relation@subject", a rule "set/set/resource:action", where role:key and
// resource:key stand in the place of a set.
func NameOf(c Change) (kind, key string, put bool) {
	switch c := c.(type) {
	case PutUser:
		return "user", string(c.User.Key), true
	case DeleteUser:
		return "user", string(c.Key), false
	case PutTenant:
		return "tenant", string(c.Tenant.Key), true
	case DeleteTenant:
		return "tenant", string(c.Key), false
	case PutRole:
		return "role", string(c.Role.Key), true
	case DeleteRole:
		return "role", string(c.Key), false
	case PutResource:
		return "resource", string(c.Resource.Key), true
	case DeleteResource:
		return "resource", string(c.Key), false
	case PutAssignment:
		return "assignment", heldName(c.Assignment.User, c.Assignment.Role, c.Assignment.Tenant, c.Assignment.Instance), true
	case DeleteAssignment:
		return "assignment", heldName(c.User, c.Role, c.Tenant, c.Instance), false
	case PutPending:
		return "pending", heldName(c.Pending.User, c.Pending.Role, c.Pending.Tenant, Node{}), true
	case DeletePending:
		return "pending", heldName(c.User, c.Role, c.Tenant, Node{}), false
	case PutInstance:
		return "instance", c.Instance.Node.String(), true
	case DeleteInstance:
		return "instance", c.Node.String(), false
	case PutTuple:
		return "tuple", tupleName(c.Tuple.Subject, c.Tuple.Relation, c.Tuple.Object), true
	case DeleteTuple:
		return "tuple", tupleName(c.Subject, c.Relation, c.Object), false
	case PutConditionSet:
		return "set", string(c.Set.Key), true
	case DeleteConditionSet:
		return "set", string(c.Key), false
	case PutRule:
		return "rule", ruleName(c.Rule), true
	case DeleteRule:
		return "rule", ruleName(c.Rule), false
	case PutMembership:
		return "membership", memberName(c.Membership.User, c.Membership.Tenant), true
	case DeleteMembership:
		return "membership", memberName(c.User, c.Tenant), false
	case PutInvite:
		return "invite", string(c.Invite.Key), true
	case DeleteInvite:
		return "invite", string(c.Key), false
	case PutURLMapping:
		return "mapping", c.Mapping.Key, true
	case DeleteURLMapping:
		return "mapping", c.Key, false
	case PutSettings:
		return "settings", "settings", true
	case PutSourceMapping:
		return "source_mapping", "source_mapping", true
	}
	return "", "", false
}

func heldName(user UserKey, role RoleKey, tenant TenantKey, on Node) string {
	where := string(tenant)
	if on != (Node{}) {
		where = on.String()
	}
	return string(user) + "/" + string(role) + "/" + where
}

func memberName(user UserKey, tenant TenantKey) string {
	return string(user) + "/" + string(tenant)
}

// escaped keeps keys of instances, which may hold anything, apart from what stands
// between them.
var escaped = strings.NewReplacer("%", "%25", "#", "%23", "@", "%40")

func tupleName(subject Node, relation RelationKey, object Node) string {
	return escaped.Replace(object.String()) + "#" + string(relation) + "@" + escaped.Replace(subject.String())
}

func ruleName(r Rule) string {
	users, things := string(r.UserSet), string(r.ResourceSet)
	if r.UserSet == "" {
		users = "role:" + string(r.Role)
	}
	if r.ResourceSet == "" {
		things = "resource:" + string(r.Resource)
	}
	return users + "/" + things + "/" + string(r.Permission.Resource) + ":" + string(r.Permission.Action)
}

// ParseHeld reads the name of an assignment; ok is false if a part is missing. Where
// it is held on an instance, the name does not say the tenant.
func ParseHeld(name string) (user UserKey, role RoleKey, tenant TenantKey, on Node, ok bool) {
	parts := strings.SplitN(name, "/", 3)
	if len(parts) != 3 || parts[0] == "" || parts[1] == "" || parts[2] == "" {
		return "", "", "", Node{}, false
	}
	if n, is := ParseNode(parts[2]); is {
		return UserKey(parts[0]), RoleKey(parts[1]), "", n, true
	}
	return UserKey(parts[0]), RoleKey(parts[1]), TenantKey(parts[2]), Node{}, true
}

var unescaped = strings.NewReplacer("%23", "#", "%40", "@", "%25", "%")

// ParseTuple reads the name of a tuple; ok is false if a part is missing.
func ParseTuple(name string) (subject Node, relation RelationKey, object Node, ok bool) {
	o, rest, _ := strings.Cut(name, "#")
	r, s, _ := strings.Cut(rest, "@")
	object, is := ParseNode(unescaped.Replace(o))
	subject, also := ParseNode(unescaped.Replace(s))
	return subject, RelationKey(r), object, is && also && r != ""
}

// ParseRule reads the name of a rule; ok is false if a part is missing.
func ParseRule(name string) (r Rule, ok bool) {
	parts := strings.SplitN(name, "/", 3)
	if len(parts) != 3 {
		return Rule{}, false
	}
	if role, is := strings.CutPrefix(parts[0], "role:"); is {
		r.Role = RoleKey(role)
	} else {
		r.UserSet = SetKey(parts[0])
	}
	if resource, is := strings.CutPrefix(parts[1], "resource:"); is {
		r.Resource = ResourceKey(resource)
	} else {
		r.ResourceSet = SetKey(parts[1])
	}
	resource, action, is := strings.Cut(parts[2], ":")
	r.Permission = Permission{Resource: ResourceKey(resource), Action: ActionKey(action)}
	return r, is && resource != "" && action != ""
}

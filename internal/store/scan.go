package store

import (
	"database/sql"

	"github.com/gatehouse-authz/gatehouse/internal/authz"
)

func scanUser(r *sql.Rows) (authz.User, error) {
	var u authz.User
	var attributes, mapped string
	var created, updated int64
	err := r.Scan(&u.Key, &u.ID, &u.Email, &u.FirstName, &u.LastName, &attributes, &u.Suspended, &u.Source, &mapped, &created, &updated)
	if err != nil {
		return u, err
	}
	u.CreatedAt, u.UpdatedAt = fromMicros(created), fromMicros(updated)
	return u, allJSON(pair{attributes, &u.Attributes}, pair{mapped, &u.Mapped})
}

func scanTenant(r *sql.Rows) (authz.Tenant, error) {
	var t authz.Tenant
	var attributes string
	var created, updated int64
	if err := r.Scan(&t.Key, &t.ID, &t.Name, &t.Description, &attributes, &t.Origin.Source, &t.Origin.ID, &t.Adopted, &created, &updated); err != nil {
		return t, err
	}
	t.CreatedAt, t.UpdatedAt = fromMicros(created), fromMicros(updated)
	return t, fromJSON(attributes, &t.Attributes)
}

func scanRole(r *sql.Rows) (authz.Role, error) {
	var role authz.Role
	var permissions, extends, attributes, granted string
	var created, updated int64
	err := r.Scan(&role.Key, &role.ID, &role.Name, &role.Description, &permissions, &extends, &attributes, &role.Source, &granted, &created, &updated)
	if err != nil {
		return role, err
	}
	role.CreatedAt, role.UpdatedAt = fromMicros(created), fromMicros(updated)
	return role, allJSON(pair{permissions, &role.Permissions}, pair{extends, &role.Extends}, pair{attributes, &role.Attributes}, pair{granted, &role.Granted})
}

func scanResource(r *sql.Rows) (authz.Resource, error) {
	var res authz.Resource
	var actions, attributes, typeAttributes, relations, roles, groups string
	var created, updated int64
	err := r.Scan(&res.Key, &res.ID, &res.Name, &res.URN, &res.Description, &actions, &attributes, &typeAttributes, &relations, &roles, &res.BuiltIn, &created, &updated, &groups)
	if err != nil {
		return res, err
	}
	res.CreatedAt, res.UpdatedAt = fromMicros(created), fromMicros(updated)
	return res, allJSON(pair{actions, &res.Actions}, pair{attributes, &res.Attributes}, pair{typeAttributes, &res.TypeAttributes},
		pair{relations, &res.Relations}, pair{roles, &res.Roles}, pair{groups, &res.ActionGroups})
}

func scanAssignment(r *sql.Rows) (authz.Assignment, error) {
	var a authz.Assignment
	var givers string
	var created int64
	err := r.Scan(&a.User, &a.Role, &a.Tenant, &a.ID, &givers, &created)
	a.GivenBy, a.CreatedAt = splitGivers(givers), fromMicros(created)
	return a, err
}

func scanOnInstance(r *sql.Rows) (authz.Assignment, error) {
	var a authz.Assignment
	var node, givers string
	var created int64
	err := r.Scan(&a.User, &a.Role, &a.Tenant, &node, &a.ID, &givers, &created)
	a.Instance, _ = authz.ParseNode(node)
	a.GivenBy, a.CreatedAt = splitGivers(givers), fromMicros(created)
	return a, err
}

func scanInstance(r *sql.Rows) (authz.Instance, error) {
	var i authz.Instance
	var node, attributes string
	var created, updated int64
	if err := r.Scan(&node, &i.ID, &i.Tenant, &attributes, &created, &updated); err != nil {
		return i, err
	}
	i.Node, _ = authz.ParseNode(node)
	i.CreatedAt, i.UpdatedAt = fromMicros(created), fromMicros(updated)
	return i, fromJSON(attributes, &i.Attributes)
}

func scanTuple(r *sql.Rows) (authz.Tuple, error) {
	var t authz.Tuple
	var subject, object string
	var created int64
	err := r.Scan(&subject, &t.Relation, &object, &t.ID, &t.Tenant, &created)
	t.Subject, _ = authz.ParseNode(subject)
	t.Object, _ = authz.ParseNode(object)
	t.CreatedAt = fromMicros(created)
	return t, err
}

func scanSet(r *sql.Rows) (authz.ConditionSet, error) {
	var c authz.ConditionSet
	var created, updated int64
	err := r.Scan(&c.Key, &c.ID, &c.Kind, &c.Name, &c.Description, &c.Resource, &c.Parent, &c.Conditions, &created, &updated)
	c.CreatedAt, c.UpdatedAt = fromMicros(created), fromMicros(updated)
	return c, err
}

func scanRule(r *sql.Rows) (authz.Rule, error) {
	var rule authz.Rule
	var created int64
	err := r.Scan(&rule.UserSet, &rule.Role, &rule.ResourceSet, &rule.Resource, &rule.Permission.Resource, &rule.Permission.Action, &rule.ID, &created)
	rule.CreatedAt = fromMicros(created)
	return rule, err
}

func scanPending(r *sql.Rows) (authz.PendingAssignment, error) {
	var p authz.PendingAssignment
	var givers string
	var created int64
	err := r.Scan(&p.User, &p.Role, &p.Tenant, &givers, &created)
	p.GivenBy, p.CreatedAt = splitGivers(givers), fromMicros(created)
	return p, err
}

// A pair is kept JSON and where it goes.
type pair struct {
	text string
	into any
}

func allJSON(pairs ...pair) error {
	for _, p := range pairs {
		if err := fromJSON(p.text, p.into); err != nil {
			return err
		}
	}
	return nil
}

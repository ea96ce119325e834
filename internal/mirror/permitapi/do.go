package permitapi

import (
	"context"
	"fmt"
	"net/http"
	"net/url"

	"github.com/gatehouse-authz/gatehouse/internal/authz"
	"github.com/gatehouse-authz/gatehouse/internal/mirror"
)

// What Permit takes in one call: https://docs.permit.io/how-to/bulk-operations.
const (
	manyTenants     = 2000
	manyUsers       = 3000
	manyInstances   = 3000
	manyAssignments = 2000
	manyTuples      = 1000
)

// Most implements [mirror.Account].
func (c *Client) Most(kind mirror.Kind, v mirror.Verb) int {
	switch kind {
	case mirror.User:
		return manyUsers
	case mirror.Instance:
		return manyInstances
	case mirror.Assignment:
		return manyAssignments
	case mirror.Tuple:
		return manyTuples
	case mirror.Tenant:
		if v != mirror.Update {
			return manyTenants
		}
	case mirror.Resource, mirror.Role, mirror.Set, mirror.Rule:
	}
	return 1
}

// Many implements [mirror.Account]: calls of many are allowed every six seconds, and in
// that time thirty writes or six removals.
func (c *Client) Many() int { return 8 }

// Do implements [mirror.Account].
func (c *Client) Do(ctx context.Context, call mirror.Call) error {
	if len(call.Things) > 1 {
		return c.doMany(ctx, call)
	}
	if call.Verb == mirror.Remove {
		err := c.remove(ctx, call.Things[0])
		if missing(err) {
			return nil
		}
		return err
	}
	return c.put(ctx, call.Verb, call.Values[0])
}

// post makes a thing; patch changes one.
func (c *Client) post(ctx context.Context, path string, body any) error {
	return c.change(ctx, http.MethodPost, path, body, false)
}

func (c *Client) patch(ctx context.Context, path, key string, body any) error {
	return c.change(ctx, http.MethodPatch, path+"/"+url.PathEscape(key), body, false)
}

type object = map[string]any

// put makes or changes one thing.
func (c *Client) put(ctx context.Context, v mirror.Verb, value authz.Change) error {
	made := v == mirror.Create
	switch x := any(value).(type) { // any: only kinds of mirror.Order come here
	case authz.PutUser:
		u := userOf(x.User)
		if made {
			return c.post(ctx, c.facts+"/users", u)
		}
		return c.patch(ctx, c.facts+"/users", string(u.Key), object{"email": u.Email, "first_name": u.FirstName, "last_name": u.LastName, "attributes": some(u.Attributes)})
	case authz.PutTenant:
		t := x.Tenant
		body := object{"name": t.Name, "description": orNull(t.Description), "attributes": some(t.Attributes)}
		if made {
			body["key"], body["attributes"] = t.Key, t.Attributes
			return c.post(ctx, c.facts+"/tenants", body)
		}
		return c.patch(ctx, c.facts+"/tenants", string(t.Key), body)
	case authz.PutInstance:
		if made {
			return c.post(ctx, c.facts+"/resource_instances", instanceOf(x.Instance))
		}
		return c.patch(ctx, c.facts+"/resource_instances", x.Instance.Node.String(), object{"attributes": some(x.Instance.Attributes)})
	case authz.PutAssignment:
		return c.post(ctx, c.facts+"/role_assignments", assignmentOf(x.Assignment))
	case authz.PutTuple:
		return c.post(ctx, c.facts+"/relationship_tuples", tupleOf(x.Tuple))
	case authz.PutRole:
		r := roleOf(x.Role)
		if made {
			return c.post(ctx, c.schema+"/roles", r)
		}
		return c.patch(ctx, c.schema+"/roles", string(r.Key), object{"name": r.Name, "description": r.Description, "permissions": r.Permissions, "extends": r.Extends, "attributes": some(r.Attributes)})
	case authz.PutConditionSet:
		return c.putSet(ctx, made, x.Set)
	case authz.PutRule:
		return c.post(ctx, c.facts+"/set_rules", ruleOf(x.Rule))
	case authz.PutResource:
		return c.putResource(ctx, made, x.Resource)
	}
	return fmt.Errorf("%w: a %T is not mirrored", mirror.ErrUnsent, value)
}

func (c *Client) putSet(ctx context.Context, made bool, s authz.ConditionSet) error {
	body := object{"name": s.Name, "description": orNull(s.Description), "parent_id": orNull(string(s.Parent))}
	if s.Conditions != "" {
		body["conditions"] = raw(s.Conditions)
	}
	if !made {
		return c.patch(ctx, c.schema+"/condition_sets", string(s.Key), body)
	}
	body["key"], body["type"] = s.Key, s.Kind
	if s.Resource != "" {
		body["resource_id"] = s.Resource
	}
	return c.post(ctx, c.schema+"/condition_sets", body)
}

// remove removes one thing.
func (c *Client) remove(ctx context.Context, t mirror.Thing) error {
	paths := map[mirror.Kind]string{
		mirror.User: c.facts + "/users/", mirror.Tenant: c.facts + "/tenants/", mirror.Instance: c.facts + "/resource_instances/",
		mirror.Role: c.schema + "/roles/", mirror.Set: c.schema + "/condition_sets/", mirror.Resource: c.schema + "/resources/",
	}
	if path, ok := paths[t.Kind]; ok {
		return c.change(ctx, http.MethodDelete, path+url.PathEscape(t.Key), nil, false)
	}
	switch t.Kind {
	case mirror.Assignment:
		list, err := c.held(ctx, []mirror.Thing{t})
		if err != nil || len(list) == 0 {
			return err
		}
		return c.change(ctx, http.MethodDelete, c.facts+"/role_assignments", list[0], false)
	case mirror.Tuple:
		return c.change(ctx, http.MethodDelete, c.facts+"/relationship_tuples", tupleNamed(t.Key), false)
	case mirror.Rule:
		r, _ := authz.ParseRule(t.Key)
		return c.change(ctx, http.MethodDelete, c.facts+"/set_rules", ruleOf(r), false)
	case mirror.User, mirror.Tenant, mirror.Instance, mirror.Role, mirror.Set, mirror.Resource:
	}
	return fmt.Errorf("%w: a %s is not mirrored", mirror.ErrUnsent, t.Kind)
}

func tupleNamed(key string) tuple {
	subject, relation, object, _ := authz.ParseTuple(key)
	return tuple{Subject: subject.String(), Relation: relation, Object: object.String()}
}

// held are assignments as the account names them. What is held on an instance is named
// with the tenant of that, which only the account knows of what is gone here; what it
// does not have either is left out.
func (c *Client) held(ctx context.Context, things []mirror.Thing) ([]assignment, error) {
	out := make([]assignment, 0, len(things))
	var ask []mirror.Thing
	for _, t := range things {
		user, role, tenant, on, _ := authz.ParseHeld(t.Key)
		if on != (authz.Node{}) {
			ask = append(ask, t)
			continue
		}
		out = append(out, assignment{User: user, Role: role, Tenant: tenant})
	}
	if len(ask) == 0 {
		return out, nil
	}
	found, err := c.Find(ctx, ask, false)
	for _, x := range found {
		if put, ok := x.(authz.PutAssignment); ok {
			out = append(out, assignmentOf(put.Assignment))
		}
	}
	if err != nil {
		return nil, fmt.Errorf("%w: %w", mirror.ErrUnsent, err)
	}
	return out, nil
}

// doMany makes a call for many things.
func (c *Client) doMany(ctx context.Context, call mirror.Call) error {
	kind := call.Things[0].Kind
	path := map[mirror.Kind]string{
		mirror.User: "/bulk/users", mirror.Tenant: "/bulk/tenants", mirror.Instance: "/bulk/resource_instances",
		mirror.Assignment: "/role_assignments/bulk", mirror.Tuple: "/relationship_tuples/bulk",
	}[kind]
	if path == "" {
		return fmt.Errorf("%w: there is no call for many of %s", mirror.ErrUnsent, kind)
	}
	if call.Verb == mirror.Remove {
		return c.removeMany(ctx, c.facts+path, call.Things)
	}
	method := http.MethodPost
	if kind == mirror.Instance || call.Verb == mirror.Update {
		method = http.MethodPut
	}
	operations := make([]any, len(call.Values))
	for i, value := range call.Values {
		switch x := any(value).(type) { // any: only kinds of mirror.Order come here
		case authz.PutUser:
			operations[i] = userOf(x.User)
		case authz.PutTenant:
			operations[i] = tenant{x.Tenant.Key, x.Tenant.Name, orNull(x.Tenant.Description), x.Tenant.Attributes}
		case authz.PutInstance:
			operations[i] = instanceOf(x.Instance)
		case authz.PutAssignment:
			operations[i] = assignmentOf(x.Assignment)
		case authz.PutTuple:
			operations[i] = tupleOf(x.Tuple)
		}
	}
	if kind == mirror.Assignment {
		return c.change(ctx, method, c.facts+path, operations, true)
	}
	return c.change(ctx, method, c.facts+path, object{"operations": operations}, true)
}

func (c *Client) removeMany(ctx context.Context, path string, things []mirror.Thing) error {
	if things[0].Kind == mirror.Assignment {
		list, err := c.held(ctx, things)
		if err != nil || len(list) == 0 {
			return err
		}
		return c.change(ctx, http.MethodDelete, path, list, true)
	}
	idents := make([]any, len(things))
	for i, t := range things {
		idents[i] = t.Key
		if t.Kind == mirror.Tuple {
			idents[i] = tupleNamed(t.Key)
		}
	}
	return c.change(ctx, http.MethodDelete, path, object{"idents": idents}, true)
}

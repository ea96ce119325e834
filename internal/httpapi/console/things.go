package console

import (
	"encoding/json"

	"github.com/gatehouse-authz/gatehouse/internal/authz"
)

// A thing is what a change put, in the words of Permit's API where it has them.
type thing map[string]any

// readThing is the thing that c puts; null for no change.
func readThing(c authz.Change) any {
	switch c := c.(type) {
	case authz.PutUser:
		u := c.User
		return thing{
			"key": u.Key, "id": u.ID, "email": u.Email, "first_name": u.FirstName, "last_name": u.LastName, "attributes": u.Attributes,
			"suspended": u.Suspended, "source": u.Source, "created_at": u.CreatedAt, "updated_at": u.UpdatedAt,
		}
	case authz.PutTenant:
		t := c.Tenant
		return thing{"key": t.Key, "id": t.ID, "name": t.Name, "description": t.Description, "attributes": t.Attributes, "created_at": t.CreatedAt, "updated_at": t.UpdatedAt}
	case authz.PutRole:
		r := c.Role
		return thing{
			"key": r.Key, "id": r.ID, "name": r.Name, "description": r.Description, "permissions": permissionTexts(r.Permissions),
			"extends": texts(r.Extends), "source": r.Source, "attributes": r.Attributes, "created_at": r.CreatedAt, "updated_at": r.UpdatedAt,
		}
	case authz.PutResource:
		return readResource(c.Resource)
	case authz.PutAssignment:
		a := c.Assignment
		return thing{"id": a.ID, "user": a.User, "role": a.Role, "tenant": a.Tenant, "resource_instance": a.Instance.String(), "given_by": texts(a.GivenBy), "created_at": a.CreatedAt}
	case authz.PutPending:
		p := c.Pending
		return thing{"user": p.User, "role": p.Role, "tenant": p.Tenant, "given_by": texts(p.GivenBy), "created_at": p.CreatedAt}
	case authz.PutInstance:
		i := c.Instance
		return thing{"id": i.ID, "resource": i.Node.Type, "key": i.Node.Key, "tenant": i.Tenant, "attributes": i.Attributes, "created_at": i.CreatedAt, "updated_at": i.UpdatedAt}
	case authz.PutTuple:
		t := c.Tuple
		return thing{"id": t.ID, "subject": t.Subject.String(), "relation": t.Relation, "object": t.Object.String(), "tenant": t.Tenant, "created_at": t.CreatedAt}
	case authz.PutConditionSet:
		s := c.Set
		return thing{
			"key": s.Key, "id": s.ID, "type": s.Kind, "name": s.Name, "description": s.Description, "resource": s.Resource,
			"parent": s.Parent, "conditions": raw(s.Conditions), "created_at": s.CreatedAt, "updated_at": s.UpdatedAt,
		}
	case authz.PutRule:
		r := c.Rule
		return thing{
			"id": r.ID, "user_set": r.UserSet, "role": r.Role, "resource_set": r.ResourceSet, "resource": r.Resource,
			"permission": permissionTexts([]authz.Permission{r.Permission})[0], "created_at": r.CreatedAt,
		}
	case authz.PutMembership:
		m := c.Membership
		return thing{"user": m.User, "tenant": m.Tenant, "given_by": texts(m.GivenBy), "created_at": m.CreatedAt}
	case authz.PutInvite:
		i := c.Invite
		return thing{
			"key": i.Key, "id": i.ID, "email": i.Email, "first_name": i.FirstName, "last_name": i.LastName, "role": i.Role, "tenant": i.Tenant,
			"resource_instance": i.Instance.String(), "approved": i.Approved, "created_at": i.CreatedAt, "updated_at": i.UpdatedAt,
		}
	case authz.PutURLMapping:
		return readMapping(c.Mapping)
	case authz.PutSourceMapping:
		return mappingOf(c.Mapping)
	case authz.PutSettings:
		return settingsWire(c.Settings)
	default:
		return nil
	}
}

// readMapping leaves the secret out, as commits do.
func readMapping(m authz.URLMapping) thing {
	rules := make([]thing, len(m.Rules))
	for i, r := range m.Rules {
		rules[i] = thing{"url": r.URL, "http_method": r.Method, "resource": r.Resource, "action": r.Action, "headers": r.Headers, "priority": r.Priority, "regex": r.Regex}
	}
	return thing{"key": m.Key, "id": m.ID, "name": m.Name, "auth_mechanism": m.Mechanism, "mapping_rules": rules, "created_at": m.CreatedAt, "updated_at": m.UpdatedAt}
}

// raw is JSON that is kept as text; null if it is none.
func raw(text string) json.RawMessage {
	if !json.Valid([]byte(text)) {
		return nil
	}
	return json.RawMessage(text)
}

func texts[S ~string](list []S) []string {
	out := make([]string, len(list))
	for i, s := range list {
		out[i] = string(s)
	}
	return out
}

func permissionTexts(list []authz.Permission) []string {
	out := make([]string, len(list))
	for i, p := range list {
		out[i] = string(p.Resource) + ":" + string(p.Action)
	}
	return out
}

func readResource(r authz.Resource) thing {
	actions, attributes, relations, roles := thing{}, thing{}, thing{}, thing{}
	for _, a := range r.Actions {
		actions[string(a.Key)] = thing{"id": a.ID, "name": a.Name, "description": a.Description, "attributes": a.Attributes}
	}
	for _, a := range r.Attributes {
		attributes[a.Key] = thing{"id": a.ID, "type": a.Type, "description": a.Description}
	}
	for _, x := range r.Relations {
		relations[string(x.Key)] = thing{"id": x.ID, "name": x.Name, "description": x.Description, "subject_resource": x.Subject}
	}
	for _, x := range r.Roles {
		derived := make([]thing, len(x.Derivations))
		for i, d := range x.Derivations {
			derived[i] = thing{"role": d.Role, "on_resource": d.On, "linked_by_relation": d.Through, "no_direct_roles_on_object": d.NoDirectRoles}
		}
		roles[string(x.Key)] = thing{
			"id": x.ID, "name": x.Name, "description": x.Description, "permissions": texts(x.Actions), "extends": texts(x.Extends),
			"attributes": x.Attributes, "granted_to": derived, "no_direct_roles_on_object": x.NoDirectRoles,
		}
	}
	return thing{
		"key": r.Key, "id": r.ID, "name": r.Name, "urn": r.URN, "description": r.Description, "actions": actions, "attributes": attributes,
		"type_attributes": r.TypeAttributes, "relations": relations, "roles": roles, "created_at": r.CreatedAt, "updated_at": r.UpdatedAt,
	}
}

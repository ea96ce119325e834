package engine

import (
	"strings"

	"github.com/gatehouse-authz/gatehouse/internal/authz"
)

// A schema is what the rules of an environment are written in, uncompiled: small
// beside the facts, and changed rarely.
type schema struct {
	roles         trie[role]   // tenant roles by key
	resourceRoles trie[role]   // by "type#key"
	types         trie[kind]   // resources by key
	relations     trie[number] // by "object type.key"
	sets          trie[authz.ConditionSet]
	rules         trie[authz.Rule] // by ruleKey
	settings      authz.Settings

	// The last numbers given. The first is tenantKind.
	lastRole, lastRelation, lastType number
}

// A role is a live role with its number. A tenant role has no resource.
type role struct {
	number number
	authz.Role
	resource    authz.ResourceKey
	derivations []authz.Derivation
	noDirect    bool
}

// A kind is a live resource with its number.
type kind struct {
	number number
	authz.Resource
}

func roleName(t authz.ResourceKey, r authz.RoleKey) string { return string(t) + "#" + string(r) }

func relationKey(object authz.ResourceKey, r authz.RelationKey) string {
	return string(object) + "." + string(r)
}

// ruleKey is what a rule says, as text: two rules that say the same are one.
func ruleKey(r authz.Rule) string {
	return strings.Join([]string{
		string(r.UserSet), string(r.Role), string(r.ResourceSet), string(r.Resource),
		string(r.Permission.Resource), string(r.Permission.Action),
	}, "\x00")
}

func (s *schema) putRole(e *edit, r authz.Role) {
	s.roles = s.numbered(e, s.roles, string(r.Key), role{Role: r})
}

// numbered puts r with the number it has, or a new one.
func (s *schema) numbered(e *edit, t trie[role], name string, r role) trie[role] {
	was, ok := t.get(name)
	if !ok {
		s.lastRole++
		was.number = s.lastRole
	}
	r.number = was.number
	return t.put(e, name, r)
}

func (s *schema) deleteRole(e *edit, key authz.RoleKey) {
	s.roles = s.roles.drop(e, string(key))
	s.dropRules(e, func(r authz.Rule) bool { return r.Role == key })
}

func (s *schema) deleteSet(e *edit, key authz.SetKey) {
	s.sets = s.sets.drop(e, string(key))
	s.dropRules(e, func(r authz.Rule) bool { return r.UserSet == key || r.ResourceSet == key })
}

func (s *schema) dropRules(e *edit, names func(authz.Rule) bool) {
	for _, key := range s.rules.keys(names) {
		s.rules = s.rules.drop(e, key)
	}
}

func (s *schema) putResource(e *edit, r authz.Resource) {
	was, ok := s.types.get(string(r.Key))
	if !ok {
		s.lastType = max(s.lastType, tenantKind) + 1
		was.number = s.lastType
	}
	s.dropParts(e, was.Resource, r)
	for _, rr := range r.Roles {
		permissions := make([]authz.Permission, len(rr.Actions))
		for i, a := range rr.Actions {
			permissions[i] = authz.Permission{Resource: r.Key, Action: a}
		}
		s.resourceRoles = s.numbered(e, s.resourceRoles, roleName(r.Key, rr.Key), role{
			Role:     authz.Role{Key: rr.Key, Permissions: permissions, Extends: rr.Extends, Attributes: rr.Attributes},
			resource: r.Key, derivations: rr.Derivations, noDirect: rr.NoDirectRoles,
		})
	}
	for _, rel := range r.Relations {
		if _, ok := s.relations.get(relationKey(r.Key, rel.Key)); !ok {
			s.lastRelation++
			s.relations = s.relations.put(e, relationKey(r.Key, rel.Key), s.lastRelation)
		}
	}
	s.types = s.types.put(e, string(r.Key), kind{number: was.number, Resource: r})
}

// dropParts drops the roles and relations that old has and r has not.
func (s *schema) dropParts(e *edit, old, r authz.Resource) {
	keep := map[string]bool{}
	for _, rr := range r.Roles {
		keep[roleName(r.Key, rr.Key)] = true
	}
	for _, rel := range r.Relations {
		keep[relationKey(r.Key, rel.Key)] = true
	}
	for _, rr := range old.Roles {
		if name := roleName(old.Key, rr.Key); !keep[name] {
			s.resourceRoles = s.resourceRoles.drop(e, name)
		}
	}
	for _, rel := range old.Relations {
		if name := relationKey(old.Key, rel.Key); !keep[name] {
			s.relations = s.relations.drop(e, name)
		}
	}
}

func (s *schema) deleteResource(e *edit, key authz.ResourceKey) {
	was, ok := s.types.get(string(key))
	if !ok {
		return
	}
	s.dropParts(e, was.Resource, authz.Resource{})
	s.types = s.types.drop(e, string(key))
	sets := s.sets.keys(func(c authz.ConditionSet) bool { return c.Resource == key && c.Kind == authz.ResourceSet })
	for _, set := range sets {
		s.deleteSet(e, authz.SetKey(set))
	}
	s.dropRules(e, func(r authz.Rule) bool { return r.Resource == key || r.Permission.Resource == key })
}

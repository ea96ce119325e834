package engine

import (
	"slices"

	"github.com/gatehouse-authz/gatehouse/internal/authz"
)

// A policy is a schema compiled: permissions are numbered, each role is the set
// of the numbers it permits, derivations and rules lie where they are looked for.
// What has no place here is dead.
type policy struct {
	permissions map[authz.Permission]int
	roles       []*compiledRole // by number; nil for a dead one
	types       []*compiledType // by number; nil for a dead one

	granting [][]number // resource roles by the permission they give
	onward   [][]onward // derivations by the role they start from
	rules    [][]rule   // by the permission they give
	sets     []compiledSet

	settings authz.Settings
}

type compiledRole struct {
	key        authz.RoleKey
	resource   authz.ResourceKey // empty for a tenant role
	permits    bitset
	attributes map[string]any // normalized
	derive     []derivation
}

// A derivation gives a role on an object to holders of role from on its subjects.
type derivation struct {
	relation, from number
	noDirect       bool
}

// An onward is a derivation seen from the role it starts from.
type onward struct {
	relation, to number
	noDirect     bool
}

type compiledType struct{ key authz.ResourceKey }

// A rule gives a permission to a pair of sets, by their places in policy.sets.
type rule struct{ users, resources int }

type compiledSet struct {
	setPlace
	name      authz.SetKey // as the PDP names it
	condition condition
}

type bitset []uint64

func (b bitset) has(i int) bool { return i>>6 < len(b) && b[i>>6]&(1<<(i&63)) != 0 }

func (b bitset) with(i int) bitset {
	for i>>6 >= len(b) {
		b = append(b, 0)
	}
	b[i>>6] |= 1 << (i & 63)
	return b
}

func (s *schema) compile() *policy {
	c := compiler{schema: s, policy: &policy{
		permissions: map[authz.Permission]int{},
		roles:       make([]*compiledRole, s.lastRole+1),
		types:       make([]*compiledType, max(s.lastType, tenantKind)+1),
		settings:    s.settings,
	}, placed: map[setPlace]int{}, groups: map[authz.Permission][]authz.ActionKey{}}
	s.types.each(func(key string, k kind) {
		c.types[k.number] = &compiledType{key: authz.ResourceKey(key)}
		for _, g := range k.ActionGroups {
			c.groups[authz.Permission{Resource: k.Key, Action: g.Key}] = g.Actions
		}
	})
	s.roles.each(func(_ string, r role) { c.role(s.roles, r) })
	s.resourceRoles.each(func(_ string, r role) { c.role(s.resourceRoles, r) })
	s.rules.each(func(_ string, r authz.Rule) { c.rule(r) })
	c.gather()
	return c.policy
}

type compiler struct {
	*policy
	schema *schema
	placed map[setPlace]int
	groups map[authz.Permission][]authz.ActionKey // the actions of action groups
}

// A setPlace names what has a place of its own among the compiled sets.
type setPlace struct {
	kind      authz.SetKind
	key       string // of the set, or of the role or type it is generated for
	generated bool
}

func (c *compiler) permission(p authz.Permission) int {
	n, ok := c.permissions[p]
	if !ok {
		n = len(c.permissions)
		c.permissions[p] = n
	}
	return n
}

func (c *compiler) role(among trie[role], r role) {
	out := &compiledRole{key: r.Key, resource: r.resource, attributes: normalizeAll(r.Attributes)}
	out.permits = c.closure(among, r, map[authz.RoleKey]bool{}, nil)
	for _, d := range r.derivations {
		relation, ok := c.schema.relations.get(relationKey(r.resource, d.Through))
		from, ok2 := c.schema.resourceRoles.get(roleName(d.On, d.Role))
		if ok && ok2 {
			out.derive = append(out.derive, derivation{relation: relation, from: from.number, noDirect: d.NoDirectRoles || r.noDirect})
		}
	}
	c.roles[r.number] = out
}

// closure adds to b what r and the roles it extends permit. A parent that does
// not exist permits nothing, and a circle ends where it began.
func (c *compiler) closure(among trie[role], r role, seen map[authz.RoleKey]bool, b bitset) bitset {
	if seen[r.Key] {
		return b
	}
	seen[r.Key] = true
	for _, p := range r.Permissions {
		b = c.grant(b, p)
	}
	for _, parent := range r.Extends {
		name := string(parent)
		if r.resource != "" {
			name = roleName(r.resource, parent)
		}
		if up, ok := among.get(name); ok {
			b = c.closure(among, up, seen, b)
		}
	}
	return b
}

// grant adds to b a permission, or those of the actions of a group in its place.
func (c *compiler) grant(b bitset, p authz.Permission) bitset {
	actions, grouped := c.groups[p]
	if !grouped {
		return b.with(c.permission(p))
	}
	for _, a := range actions {
		b = b.with(c.permission(authz.Permission{Resource: p.Resource, Action: a}))
	}
	return b
}

// gather sorts what grants by the permission it grants, and derivations by where
// they start.
func (c *compiler) gather() {
	c.granting = make([][]number, len(c.permissions))
	c.onward = make([][]onward, len(c.roles))
	for n, r := range c.roles {
		if r == nil || r.resource == "" {
			continue
		}
		for _, d := range r.derive {
			c.onward[d.from] = append(c.onward[d.from], onward{relation: d.relation, to: number(n), noDirect: d.noDirect})
		}
		for p, i := range c.permissions {
			if r.permits.has(i) && p.Resource == r.resource {
				c.granting[i] = append(c.granting[i], number(n))
			}
		}
	}
	for len(c.rules) < len(c.permissions) {
		c.rules = append(c.rules, nil)
	}
}

func (c *compiler) rule(r authz.Rule) {
	p := c.permission(r.Permission)
	for len(c.rules) <= p {
		c.rules = append(c.rules, nil)
	}
	users, ok := c.side(authz.UserSet, r.UserSet, string(r.Role))
	resources, ok2 := c.side(authz.ResourceSet, r.ResourceSet, string(r.Resource))
	if ok && ok2 {
		c.rules[p] = append(c.rules[p], rule{users: users, resources: resources})
	}
}

// side is the place of a rule's set, or of the set that is generated for a role
// or a type; ok is false if there is no such set. A role and a type may have the
// same key, and a set the key of what is generated.
func (c *compiler) side(kind authz.SetKind, set authz.SetKey, instead string) (place int, ok bool) {
	at, name := setPlace{kind, string(set), false}, set
	if set == "" {
		at, name = setPlace{kind, instead, true}, authz.SetKey("__autogen_"+instead)
	}
	if place, ok := c.placed[at]; ok {
		return place, true
	}
	cond, ok := c.condition(at)
	if !ok {
		return 0, false
	}
	c.placed[at] = len(c.sets)
	c.sets = append(c.sets, compiledSet{setPlace: at, name: name, condition: cond})
	return c.placed[at], true
}

// condition compiles what has a place of its own.
func (c *compiler) condition(at setPlace) (cond condition, ok bool) {
	switch {
	case !at.generated:
		if cond, ok = c.set(at.kind, authz.SetKey(at.key), nil); !ok {
			return nil, false
		}
	case at.kind == authz.UserSet:
		cond = holdsRole(authz.RoleKey(at.key))
	default:
		cond = isType(authz.ResourceKey(at.key))
	}
	return strictly(c.settings, cond), true
}

// set compiles a set: its type, its parents' conditions and its own. A set that
// cannot be read selects nothing, nor does one below itself.
func (c *compiler) set(kind authz.SetKind, key authz.SetKey, below []authz.SetKey) (condition, bool) {
	s, ok := c.schema.sets.get(string(key))
	if !ok || s.Kind != kind {
		return nil, false
	}
	if slices.Contains(below, key) {
		return never{}, true
	}
	body := &all{}
	if s.Kind == authz.ResourceSet {
		body.add(isType(s.Resource))
	}
	if s.Parent != "" {
		parent, ok := c.set(kind, s.Parent, append(below, key))
		if !ok {
			parent = never{}
		}
		body.add(parent)
	}
	own, err := compileText(s.Conditions)
	if err != nil {
		own = never{}
	}
	body.add(own)
	return body, true
}

func isType(t authz.ResourceKey) condition {
	return &test{left: path{root: resourceRoot, steps: []string{"type"}}, op: operators["equals"], right: operand{literal: string(t)}}
}

func holdsRole(r authz.RoleKey) condition {
	return &test{left: path{root: userRoot, steps: []string{"roles"}}, op: operators["array_contains"], right: operand{literal: string(r)}}
}

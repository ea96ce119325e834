package engine

import (
	"maps"
	"slices"

	"github.com/gatehouse-authz/gatehouse/internal/authz"
)

// A Background is what a question was seen against: what there is, and the
// attributes that conditions read. All lists are sorted.
type Background struct {
	Known       bool // the user is
	KnownTenant bool
	Tenants     []authz.TenantKey
	Types       []authz.ResourceKey
	Actions     []authz.ActionKey // of the type in question

	UserSets, ResourceSets []authz.SetKey // of rules, named as in SetPair

	UserAttributes     authz.Attributes // merged of everything that is known and passed
	ResourceAttributes authz.Attributes
}

// Background is what q is seen against. Like Explain it is slow: of tenants it
// looks at all.
func (s *Snapshot) Background(q authz.Query) Background {
	var b Background
	s.tenants.each(func(key string, _ tenant) { b.Tenants = append(b.Tenants, authz.TenantKey(key)) })
	slices.Sort(b.Tenants)
	_, b.KnownTenant = s.tenants.get(string(q.Tenant))
	s.schema.types.each(func(key string, t kind) {
		b.Types = append(b.Types, authz.ResourceKey(key))
		if key == string(q.Resource) {
			for _, a := range t.Actions {
				b.Actions = append(b.Actions, a.Key)
			}
		}
	})
	slices.Sort(b.Types)
	slices.Sort(b.Actions)
	u, known := s.users.get(string(q.User))
	b.Known = known
	if s.policy == nil {
		return b
	}
	b.UserSets, b.ResourceSets = s.policy.setsOfRules()
	x := s.scopeOf(&q, &u, known)
	b.UserAttributes, b.ResourceAttributes = x.wholeUser(), x.wholeResource()
	return b
}

// setsOfRules are the names of all sets that rules pair.
func (p *policy) setsOfRules() (users, resources []authz.SetKey) {
	u, r := map[authz.SetKey]bool{}, map[authz.SetKey]bool{}
	for _, rules := range p.rules {
		for _, pair := range rules {
			u[p.sets[pair.users].name] = true
			r[p.sets[pair.resources].name] = true
		}
	}
	return slices.Sorted(maps.Keys(u)), slices.Sorted(maps.Keys(r))
}

// whole is what can be looked up under a root by one of these names.
func (x *scope) whole(r root, names ...map[string]any) authz.Attributes {
	out := authz.Attributes{}
	for _, m := range names {
		for name := range m {
			p := path{root: r, steps: []string{name}}
			strictness{Settings: x.s.policy.settings}.path(&p)
			if v, ok := x.lookup(&p); ok {
				out[name] = shownValue(v)
			}
		}
	}
	return out
}

func (x *scope) wholeUser() authz.Attributes {
	builtIn := map[string]any{"roles": nil, "tenants": nil, "key": nil, "email": nil, "first_name": nil, "last_name": nil}
	var stored map[string]any
	if x.user != nil && x.user.person() != nil {
		stored = x.user.person().attributes
	}
	return x.whole(userRoot, builtIn, stored, x.q.UserAttributes)
}

func (x *scope) wholeResource() authz.Attributes {
	var stored map[string]any
	if n, ok := x.s.nodeOf(x.q.Resource, x.q.Instance); ok {
		stored = x.s.attributesOf(n)
	}
	return x.whole(resourceRoot, map[string]any{"type": nil}, stored, x.q.ResourceAttributes)
}

package engine

import "github.com/gatehouse-authz/gatehouse/internal/authz"

// A scope is what the conditions of one question can see.
type scope struct {
	s      *Snapshot
	q      *authz.Query
	user   *subject      // nil if unknown
	tenant number        // 0 if unknown
	member any           // the object a match looks at
	role   *compiledRole // the role that a body of conditions is tried with
}

func (c *all) holds(x *scope) bool {
	if !c.role || x.role != nil {
		return c.partsHold(x)
	}
	if x.user == nil || x.tenant == 0 {
		return c.absent
	}
	defer func() { x.role = nil }()
	for _, g := range x.user.in(x.tenant) {
		if r := x.s.policy.roles[g.role]; r != nil {
			x.role = r
			if c.partsHold(x) {
				return true
			}
		}
	}
	return c.absent && x.role == nil
}

func (c *all) partsHold(x *scope) bool {
	for _, p := range c.parts {
		if !p.holds(x) {
			return false
		}
	}
	return true
}

// separately evaluates a part by itself: which role the parts beside it are tried
// with is nothing to it.
func separately(c condition, x *scope) bool {
	was := x.role
	x.role = nil
	ok := (&all{parts: []condition{c}, role: readsRole(c)}).holds(x)
	x.role = was
	return ok
}

func readsRole(c condition) bool {
	switch c := c.(type) {
	case *test:
		return c.left.root == roleRoot
	case *match:
		return c.left.root == roleRoot
	}
	return false
}

func (c anyOf) holds(x *scope) bool {
	for _, p := range c {
		if separately(p, x) {
			return true
		}
	}
	return false
}

func (c none) holds(x *scope) bool {
	for _, p := range c {
		if separately(p, x) {
			return false
		}
	}
	return true
}

func (never) holds(*scope) bool { return false }

func (c *test) holds(x *scope) bool { return c.op.holds(c.sides(x)) }

// sides are the attribute and what it is compared with.
func (c *test) sides(x *scope) (a any, hasA bool, v any, hasV bool) {
	a, hasA = x.lookup(&c.left)
	v, hasV = c.right.literal, true
	if c.right.ref != nil {
		v, hasV = x.lookup(c.right.ref)
	}
	return a, hasA, v, hasV
}

func (c *match) holds(x *scope) bool {
	v, ok := x.lookup(&c.left)
	if !ok {
		return c.absent
	}
	if c.kind == itself {
		return c.on(x, v)
	}
	list, ok := elements(v)
	if !ok {
		return c.unfit
	}
	for _, e := range list {
		if c.on(x, e) == (c.kind == anyMember) {
			return c.kind == anyMember
		}
	}
	return c.kind == everyMember
}

// on reports whether one member, or the instance whose key it is, satisfies the
// match.
func (c *match) on(x *scope, v any) bool {
	if c.foreign != "" {
		key, ok := v.(string)
		if !ok {
			return c.unfit
		}
		n, there := x.s.nodeOf(authz.ResourceKey(c.foreign), key)
		if !there {
			return c.absent
		}
		if in := x.s.objects.get(n).tenant; c.ownTenant && in != 0 && in != x.tenant {
			return c.elsewhere
		}
		v = x.s.attributesOf(n)
	}
	object, ok := v.(map[string]any)
	if !ok {
		return c.unfit
	}
	was := x.member
	x.member = object
	holds := c.member.holds(x)
	x.member = was
	return holds
}

// layers is how many places an attribute may come from.
const layers = 4

// lookup finds an attribute. What a higher layer says goes before what a lower
// says; objects are merged, everything else is replaced whole.
func (x *scope) lookup(p *path) (any, bool) {
	if p.root == memberRoot {
		return descend(x.member, p.steps)
	}
	var found [layers]any
	n, passed := x.first(p.root, p.steps[0], &found)
	for _, step := range p.steps[1:] {
		n, passed = deeper(&found, n, passed, step)
	}
	switch n {
	case 0:
		return nil, false
	case 1:
		if passed {
			return normalize(found[0]), true
		}
		return found[0], true
	}
	merged := map[string]any{}
	for i := n - 1; i >= 0; i-- {
		merge(merged, normalize(found[i]).(map[string]any))
	}
	return merged, true
}

// first puts the candidates for an attribute into found, highest layer first: one
// value, or objects that will be merged. passed says that the first came with
// the question and is not normalized.
func (x *scope) first(r root, name string, found *[layers]any) (n int, passed bool) {
	add := func(v any, ok bool) (more bool) {
		if !ok {
			return true
		}
		if !isObject(v) && n > 0 {
			return false
		}
		found[n] = v
		n++
		return isObject(v)
	}
	switch r {
	case userRoot:
		v, ok := x.q.UserAttributes[name]
		if passed = ok; add(v, ok) && add(x.storedUser(name)) {
			add(x.generatedUser(name))
		}
	case resourceRoot:
		v, ok := x.q.ResourceAttributes[name]
		if passed = ok; add(v, ok) && add(x.storedResource(name)) && name == "type" {
			add(string(x.q.Resource), true)
		}
	case tenantRoot:
		v, ok := x.q.TenantAttributes[name]
		if passed = ok; add(v, ok) {
			add(x.storedTenant(name))
		}
	case contextRoot:
		v, ok := x.q.Context[name]
		passed = ok
		add(v, ok)
	case roleRoot:
		if x.role != nil {
			v, ok := x.role.attributes[name]
			add(v, ok)
		}
	case builtInUserRoot:
		v, ok := x.builtInUser(name)
		add(v, ok)
	case builtInResourceRoot:
		add(string(x.q.Resource), true)
	case memberRoot: // see lookup
	}
	return n, passed
}

// deeper replaces the candidates by what they hold under step.
func deeper(found *[layers]any, n int, passed bool, step string) (int, bool) {
	kept, nowPassed := 0, false
	for i := range n {
		object, ok := asObject(found[i])
		if !ok {
			break
		}
		v, ok := object[step]
		if !ok {
			continue
		}
		if !isObject(v) && kept > 0 {
			break
		}
		if kept == 0 {
			nowPassed = passed && i == 0
		}
		found[kept] = v
		kept++
		if !isObject(v) {
			break
		}
	}
	return kept, nowPassed
}

func descend(v any, steps []string) (any, bool) {
	for _, step := range steps {
		object, ok := v.(map[string]any)
		if !ok {
			return nil, false
		}
		if v, ok = object[step]; !ok {
			return nil, false
		}
	}
	return v, true
}

func isObject(v any) bool {
	_, ok := asObject(v)
	return ok
}

func asObject(v any) (map[string]any, bool) {
	m, ok := v.(map[string]any)
	return m, ok
}

// merge lays from over into, objects inside objects too.
func merge(into, from map[string]any) {
	for k, v := range from {
		below, ok := into[k].(map[string]any)
		above, ok2 := v.(map[string]any)
		if !ok || !ok2 {
			into[k] = v
			continue
		}
		both := map[string]any{}
		merge(both, below)
		merge(both, above)
		into[k] = both
	}
}

// storedUser is an attribute of the user as the environment keeps it, the
// built-in ones among them.
func (x *scope) storedUser(name string) (any, bool) {
	if x.user == nil {
		return nil, false
	}
	if p := x.user.person(); p != nil {
		if v, ok := p.attributes[name]; ok {
			return v, true
		}
	}
	return x.recorded(name)
}

// recorded is what the environment keeps of every user beside its attributes.
func (x *scope) recorded(name string) (any, bool) {
	if name == "key" {
		return string(x.q.User), true
	}
	p := x.user.person()
	if p == nil {
		return nil, false
	}
	v := ""
	switch name {
	case "email":
		v = p.email
	case "first_name":
		v = p.first
	case "last_name":
		v = p.last
	}
	return v, v != ""
}

// generatedUser is what nobody stores: the roles of the user in the tenant of
// the question, and the tenants it holds roles in.
func (x *scope) generatedUser(name string) (any, bool) {
	switch name {
	case "roles":
		return x.s.roleNames(x.user, x.tenant), true
	case "tenants":
		return x.s.tenantNames(x.user), true
	}
	return nil, false
}

// builtInUser is a built-in attribute of the user as the environment knows it.
func (x *scope) builtInUser(name string) (any, bool) {
	if v, ok := x.generatedUser(name); ok || x.user == nil {
		return v, ok
	}
	return x.recorded(name)
}

func (x *scope) storedResource(name string) (any, bool) {
	if x.q.Instance == "" {
		return nil, false
	}
	n, ok := x.s.nodeOf(x.q.Resource, x.q.Instance)
	if !ok {
		return nil, false
	}
	v, ok := x.s.attributesOf(n)[name]
	return v, ok
}

// storedTenant is an attribute of the tenant; only its members see any.
func (x *scope) storedTenant(name string) (any, bool) {
	if !x.isMember() {
		return nil, false
	}
	t, ok := x.s.tenants.get(string(x.q.Tenant))
	if !ok {
		return nil, false
	}
	v, ok := t.attributes[name]
	return v, ok
}

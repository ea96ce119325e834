package engine

import "github.com/gatehouse-authz/gatehouse/internal/authz"

// A strictness rewrites conditions as the settings of an environment want them,
// so that without any nothing is asked when a decision is made.
//
// What cannot be compared must not let anybody in. It is therefore false where
// truth lets in, and true under an odd number of nots, where falsity does.
type strictness struct {
	authz.Settings
	negated bool // the condition stands under an odd number of nots
}

// strictly is c as the settings want it; c itself is changed.
func strictly(settings authz.Settings, c condition) condition {
	if settings == (authz.Settings{}) {
		return c
	}
	return strictness{Settings: settings}.condition(c)
}

func (s strictness) condition(c condition) condition {
	switch c := c.(type) {
	case *all:
		c.absent = s.MissingDenies && s.negated
		for i := range c.parts {
			c.parts[i] = s.condition(c.parts[i])
		}
	case anyOf:
		s.separate(c)
	case none:
		s.negated = !s.negated
		s.separate(c)
	case *test:
		return s.test(c)
	case *match:
		s.match(c)
	case never:
	}
	return c
}

// separate rewrites parts that are tried by themselves. What reads a role gets a
// body of its own, which says what holds where there is no role to try.
func (s strictness) separate(parts []condition) {
	for i, p := range parts {
		if readsRole(p) {
			p = &all{parts: []condition{p}, role: true}
		}
		parts[i] = s.condition(p)
	}
}

func (s strictness) test(c *test) condition {
	s.path(&c.left)
	if c.right.ref != nil {
		s.path(c.right.ref)
	}
	if s.TypedComparisons || s.MissingDenies {
		return &strictTest{test: *c, strictness: s}
	}
	return c
}

func (s strictness) match(c *match) {
	s.path(&c.left)
	c.absent = s.MissingDenies && s.negated
	c.unfit = s.TypedComparisons && s.negated
	c.ownTenant, c.elsewhere = s.InstancesInTenant, s.negated
	c.member = s.condition(c.member)
}

// path leads what names a built-in attribute past what is passed and stored under
// its name.
func (s strictness) path(p *path) {
	if !s.FixedBuiltIns {
		return
	}
	switch {
	case p.root == userRoot && builtInUser[p.steps[0]]:
		p.root = builtInUserRoot
	case p.root == resourceRoot && p.steps[0] == "type":
		p.root = builtInResourceRoot
	}
}

// builtInUser are the attributes that come with every user.
var builtInUser = map[string]bool{"roles": true, "tenants": true, "key": true, "email": true, "first_name": true, "last_name": true}

// A strictTest is a test that is not made where it means nothing.
type strictTest struct {
	test
	strictness
}

func (c *strictTest) holds(x *scope) bool {
	a, hasA, v, hasV := c.sides(x)
	switch {
	case !hasA || !hasV:
		if c.MissingDenies {
			return c.negated
		}
	case c.TypedComparisons && !c.fits(a, v):
		return c.negated
	}
	return c.op.holds(a, hasA, v, hasV)
}

// fits reports whether an operator is made for values of these types.
func (c *strictTest) fits(a, v any) bool { return c.op.fits == nil || c.op.fits(a, v) }

// ordered: only numbers and texts have an order that anybody means.
func ordered(a, v any) bool {
	return rank(a) == rank(v) && (rank(a) == rank("") || rank(a) == rank(0.0))
}

func orderedWithin(a, v any) bool {
	bounds, ok := v.([]any)
	return ok && len(bounds) == 2 && ordered(a, bounds[0]) && ordered(a, bounds[1])
}

func texts(a, v any) bool { return rank(a) == rank("") && rank(v) == rank("") }

// iterable reports whether v has elements.
func iterable(v any) bool { return rank(v) > rank("") }

func iterables(a, v any) bool { return iterable(a) && iterable(v) }

func measured(a, v any) bool {
	return (iterable(a) || rank(a) == rank("")) && rank(v) == rank(0.0)
}

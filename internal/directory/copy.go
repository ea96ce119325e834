package directory

import (
	"cmp"
	"context"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/gatehouse-authz/gatehouse/internal/authz"
)

// A Pick selects things by key. A pattern may hold * for any text.
type Pick struct {
	Include []string // none: everything
	Exclude []string
}

// Selects reports whether a thing of that key is selected.
func (p Pick) Selects(key string) bool {
	matches := func(pattern string) bool {
		text := strings.ReplaceAll(regexp.QuoteMeta(pattern), `\*`, `.*`)
		return regexp.MustCompile(`^` + text + `$`).MatchString(key)
	}
	return (len(p.Include) == 0 || slices.ContainsFunc(p.Include, matches)) && !slices.ContainsFunc(p.Exclude, matches)
}

// A SchemaPick selects the parts of a schema that are copied.
type SchemaPick struct{ Resources, Roles, UserSets, ResourceSets Pick }

// A Schema is what decides in an environment, without the facts: resources, roles,
// condition sets and rules.
type Schema struct {
	Resources []authz.Resource
	Roles     []authz.Role
	Sets      []authz.ConditionSet
	Rules     []authz.Rule
}

// Schema returns the parts of the schema that p selects, and the rules between
// selected things. Declared attributes of users and tenants always belong to it:
// conditions read them.
func (d *Directory) Schema(ctx context.Context, env authz.EnvID, p SchemaPick) (s Schema, err error) {
	err = d.Store.View(ctx, env, func(ctx context.Context, l Listing) error {
		if s, err = schemaOf(ctx, l); err != nil {
			return err
		}
		s.Resources = kept(s.Resources, func(r authz.Resource) bool { return r.BuiltIn || p.Resources.Selects(string(r.Key)) })
		s.Roles = kept(s.Roles, func(r authz.Role) bool { return p.Roles.Selects(string(r.Key)) })
		s.Sets = kept(s.Sets, func(c authz.ConditionSet) bool {
			if c.Kind == authz.UserSet {
				return p.UserSets.Selects(string(c.Key))
			}
			return p.ResourceSets.Selects(string(c.Key))
		})
		s.Rules = kept(s.Rules, s.between)
		return nil
	})
	return s, err
}

// CopySchema makes s part of an environment, in one commit. What is there under
// the same key is replaced if overwrite, with what hung on its lost parts, and else
// a Conflict. Built-in resources get the attributes they lack. It returns NotFound
// if s names what is neither copied nor there.
func (d *Directory) CopySchema(ctx context.Context, env authz.EnvID, actor string, s Schema, overwrite bool) (authz.Revision, error) {
	return d.write(ctx, env, actor, func(ctx context.Context, v View) ([]authz.Change, error) {
		into, err := schemaOf(ctx, v)
		if err != nil {
			return nil, err
		}
		return d.copied(ctx, v, into, s, overwrite)
	})
}

// FreshWith is [Fresh] with s: the first commit of an environment that is made as a
// copy. It returns NotFound if s names what it does not hold.
func (d *Directory) FreshWith(ctx context.Context, s Schema) ([]authz.Change, error) {
	fresh := Fresh(d.now())
	var into Schema
	for _, c := range fresh {
		if r, ok := c.(authz.PutResource); ok {
			into.Resources = append(into.Resources, r.Resource)
		}
	}
	changes, err := d.copied(ctx, nil, into, s, false)
	if err != nil {
		return nil, err
	}
	changes = append(fresh, changes...)
	return changes, checkAll(changes)
}

func schemaOf(ctx context.Context, v View) (s Schema, err error) {
	if s.Resources, err = v.AllResources(ctx); err != nil {
		return s, err
	}
	if s.Roles, err = v.Roles(ctx); err != nil {
		return s, err
	}
	if s.Sets, err = v.ConditionSets(ctx); err != nil {
		return s, err
	}
	s.Rules, err = v.Rules(ctx)
	return s, err
}

func kept[T any](list []T, keep func(T) bool) []T {
	return slices.DeleteFunc(slices.Clone(list), func(x T) bool { return !keep(x) })
}

// between reports whether both sides of a rule are in the schema.
func (s Schema) between(r authz.Rule) bool {
	users := r.UserSet != "" && s.set(r.UserSet) >= 0 || r.UserSet == "" && s.role(r.Role) >= 0
	things := r.ResourceSet != "" && s.set(r.ResourceSet) >= 0 || r.ResourceSet == "" && s.resource(r.Resource) >= 0
	return users && things
}

func (s Schema) resource(key authz.ResourceKey) int {
	return slices.IndexFunc(s.Resources, func(r authz.Resource) bool { return r.Key == key })
}

func (s Schema) role(key authz.RoleKey) int {
	return slices.IndexFunc(s.Roles, func(r authz.Role) bool { return r.Key == key })
}

func (s Schema) set(key authz.SetKey) int {
	return slices.IndexFunc(s.Sets, func(c authz.ConditionSet) bool { return c.Key == key })
}

// A copying is a schema being made part of another.
type copying struct {
	View    // of the facts; nil if there are none
	d       *Directory
	into    Schema // as the changes leave it
	changes []authz.Change
}

// copied are the changes that make s part of into.
func (d *Directory) copied(ctx context.Context, v View, into, s Schema, overwrite bool) ([]authz.Change, error) {
	if !overwrite {
		if err := apart(into, s); err != nil {
			return nil, err
		}
	}
	c := &copying{View: v, d: d, into: into}
	now := d.now()
	for _, r := range s.Resources {
		if err := c.resource(ctx, r, now); err != nil {
			return nil, err
		}
	}
	for _, r := range s.Roles {
		r.ID, r.CreatedAt, r.UpdatedAt, r.Source, r.Granted = NewID(), now, now, "", nil
		if i := c.into.role(r.Key); i >= 0 {
			is := c.into.Roles[i]
			r.ID, r.CreatedAt, r.Source, r.Granted = is.ID, is.CreatedAt, is.Source, is.Granted
		}
		c.add(authz.PutRole{Role: r})
	}
	if err := c.sets(ctx, s, now); err != nil {
		return nil, err
	}
	c.rules(s, now)
	return c.changes, c.whole(ctx, s)
}

// apart refuses to copy what is there already.
func apart(into, s Schema) error {
	taken := func(kind, key string) error {
		return authz.Errorf(authz.Conflict, "%s %q is in the target already; leave it out, or overwrite", kind, key)
	}
	for _, r := range s.Resources {
		if !r.BuiltIn && into.resource(r.Key) >= 0 {
			return taken("resource", string(r.Key))
		}
	}
	for _, r := range s.Roles {
		if into.role(r.Key) >= 0 {
			return taken("role", string(r.Key))
		}
	}
	for _, c := range s.Sets {
		if into.set(c.Key) >= 0 {
			return taken("condition set", string(c.Key))
		}
	}
	return nil
}

// resource copies a resource. Its parts keep the ids that the target has for them.
func (c *copying) resource(ctx context.Context, r authz.Resource, now time.Time) error {
	old := authz.Resource{Key: r.Key, ID: NewID(), CreatedAt: now}
	i := c.into.resource(r.Key)
	if i >= 0 {
		old = c.into.Resources[i]
	}
	if r.BuiltIn && i >= 0 {
		lacking := kept(r.Attributes, func(a authz.ResourceAttribute) bool { return !declares(old, a.Key) })
		if len(lacking) == 0 {
			return nil
		}
		r = old
		r.Attributes = append(slices.Clone(old.Attributes), lacking...)
		slices.SortFunc(r.Attributes, func(a, b authz.ResourceAttribute) int { return cmp.Compare(a.Key, b.Key) })
	}
	for _, x := range r.Relations {
		if slices.ContainsFunc(old.Relations, func(o authz.Relation) bool { return o.Key == x.Key && o.Subject != x.Subject }) {
			return authz.Errorf(authz.Conflict, "relation %q of resource %q has another subject in the target; delete it there first", x.Key, r.Key)
		}
	}
	r = renumbered(r, old, now)
	if i < 0 {
		c.add(authz.PutResource{Resource: r})
		return nil
	}
	_, changes, err := c.d.replace(ctx, c, old, r)
	c.add(changes...)
	return err
}

// renumbered is r with the ids and times of old, and fresh ids for what old lacks.
func renumbered(r, old authz.Resource, now time.Time) authz.Resource {
	r.ID, r.CreatedAt, r.UpdatedAt = old.ID, old.CreatedAt, now
	r.Actions, r.ActionGroups, r.Attributes = slices.Clone(r.Actions), slices.Clone(r.ActionGroups), slices.Clone(r.Attributes)
	r.Relations, r.Roles = slices.Clone(r.Relations), slices.Clone(r.Roles)
	for i := range r.Actions {
		x := &r.Actions[i]
		x.ID = idOf(old.Actions, func(o authz.Action) (bool, authz.ID) { return o.Key == x.Key, o.ID })
	}
	for i := range r.ActionGroups {
		x := &r.ActionGroups[i]
		x.ID = idOf(old.ActionGroups, func(o authz.ActionGroup) (bool, authz.ID) { return o.Key == x.Key, o.ID })
		x.CreatedAt, x.UpdatedAt = now, now
	}
	for i := range r.Attributes {
		x := &r.Attributes[i]
		x.ID = idOf(old.Attributes, func(o authz.ResourceAttribute) (bool, authz.ID) { return o.Key == x.Key, o.ID })
	}
	for i := range r.Relations {
		x := &r.Relations[i]
		x.ID = idOf(old.Relations, func(o authz.Relation) (bool, authz.ID) { return o.Key == x.Key, o.ID })
		x.CreatedAt, x.UpdatedAt = now, now
	}
	for i := range r.Roles {
		x := &r.Roles[i]
		x.ID = idOf(old.Roles, func(o authz.ResourceRole) (bool, authz.ID) { return o.Key == x.Key, o.ID })
		x.CreatedAt, x.UpdatedAt = now, now
	}
	return r
}

// idOf is the id of the one that is, or a fresh one.
func idOf[T any](list []T, is func(T) (bool, authz.ID)) authz.ID {
	for _, x := range list {
		if same, id := is(x); same {
			return id
		}
	}
	return NewID()
}

// sets copies the condition sets. A set of the target that selects something else
// is deleted first, since its kind and resource do not change.
func (c *copying) sets(ctx context.Context, s Schema, now time.Time) error {
	for _, set := range s.Sets {
		set.ID, set.CreatedAt, set.UpdatedAt = NewID(), now, now
		if i := c.into.set(set.Key); i >= 0 {
			old := c.into.Sets[i]
			if old.Kind == set.Kind && old.Resource == set.Resource {
				set.ID, set.CreatedAt = old.ID, old.CreatedAt
			} else {
				c.add(deleteSets(c.into.Sets, set.Key)...)
			}
		}
		c.add(authz.PutConditionSet{Set: set})
	}
	// Conditions are read when every attribute they may name is there.
	for _, set := range s.Sets {
		if err := c.d.readable(ctx, c, set.Conditions); err != nil {
			return err
		}
	}
	return nil
}

// rules makes the rules between copied things those of the schema.
func (c *copying) rules(s Schema, now time.Time) {
	for _, r := range slices.Clone(c.into.Rules) {
		if s.between(r) && !slices.ContainsFunc(s.Rules, func(x authz.Rule) bool { return sameRule(x, r) }) {
			c.add(authz.DeleteRule{Rule: r})
		}
	}
	for _, r := range s.Rules {
		if !slices.ContainsFunc(c.into.Rules, func(x authz.Rule) bool { return sameRule(x, r) }) {
			r.ID, r.CreatedAt = NewID(), now
			c.add(authz.PutRule{Rule: r})
		}
	}
}

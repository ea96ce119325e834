package directory

import (
	"context"
	"maps"
	"reflect"
	"slices"

	"github.com/gatehouse-authz/gatehouse/internal/authz"
	"github.com/gatehouse-authz/gatehouse/internal/mapping"
)

// image is the tenant of an organization, and what makes it if it is not here. The
// tenant of a link that stands is the image whatever key the mapping would choose:
// keys are for ever. A tenant of the key that nobody keeps is adopted. ok is false
// if the organization has no image here: the mapping leaves it out, or the key is
// that of another organization.
func (d *Directory) image(ctx context.Context, v View, m *mapping.Compiled, o authz.SourceOrganization) (t authz.Tenant, changes []authz.Change, ok bool, err error) {
	key, ok := m.TenantKey(o.ID)
	if !ok || checkKey("key", "tenant", string(key), anyKey) != nil {
		return t, nil, false, nil
	}
	if t, ok, err = v.TenantOf(ctx, o.Origin); err != nil || ok {
		return t, nil, ok, err
	}
	t, found, err := v.Tenant(ctx, authz.Ident(key))
	switch found = found && t.Key == key; {
	case err != nil, found && t.Origin != (authz.Origin{}):
		return t, nil, false, err
	case found:
		t.Origin, t.Adopted = o.Origin, true
	default:
		t = authz.Tenant{Key: key, ID: NewID(), Origin: o.Origin, CreatedAt: d.now()}
	}
	o, _ = m.Organization(o)
	t = overOrganization(t, o)
	t.UpdatedAt = d.now()
	changes = []authz.Change{authz.PutTenant{Tenant: t}}
	if !found {
		waiting, err := d.complete(ctx, v, PendingFilter{Tenant: key})
		return t, append(changes, waiting...), err == nil, err
	}
	return t, changes, true, nil
}

// overOrganization is t with what the organization states laid over it.
func overOrganization(t authz.Tenant, o authz.SourceOrganization) authz.Tenant {
	t.Name, t.Description = o.Name, o.Description
	if len(o.Attributes) > 0 {
		attributes := authz.Attributes{}
		maps.Copy(attributes, t.Attributes)
		maps.Copy(attributes, o.Attributes)
		t.Attributes = attributes
	}
	return t
}

// ReflectOrganization makes the tenant of an organization equal to it. The tenant
// goes with its organization; one that was there before it is let go instead, with
// what people gave in it. It returns Conflict if the key that the organization's
// tenant would have is that of another organization.
func (d *Directory) ReflectOrganization(ctx context.Context, env authz.EnvID, o authz.SourceOrganization) (authz.Revision, error) {
	leaving := false
	rev, err := d.write(ctx, env, o.Source, func(ctx context.Context, v View) (changes []authz.Change, err error) {
		changes, leaving, err = d.reflectOrganization(ctx, v, env, o)
		return changes, err
	})
	for err == nil && leaving {
		rev, err = d.write(ctx, env, o.Source, func(ctx context.Context, v View) (changes []authz.Change, err error) {
			changes, leaving, err = d.letGo(ctx, v, o.Origin)
			return changes, err
		})
	}
	return rev, err
}

// reflectOrganization is the first commit of it; leaving reports that the tenant
// stays and is to be let go.
func (d *Directory) reflectOrganization(ctx context.Context, v View, env authz.EnvID, o authz.SourceOrganization) (changes []authz.Change, leaving bool, err error) {
	m, err := d.compiled(ctx, v, env)
	if err != nil {
		return nil, false, err
	}
	old, linked, err := v.TenantOf(ctx, o.Origin)
	if err != nil {
		return nil, false, err
	}
	key, wanted := m.TenantKey(o.ID)
	switch {
	case linked && !o.Exists && !old.Adopted:
		changes, err = d.deleteImage(ctx, v, old, o.Source)
		return changes, false, err
	case linked && (!o.Exists || !wanted):
		return nil, true, nil
	case !o.Exists || !wanted:
		return nil, false, nil
	}
	t, changes, ok, err := d.image(ctx, v, m, o)
	switch {
	case err != nil:
		return nil, false, err
	case !ok:
		return nil, false, authz.Errorf(authz.Conflict, "organization %q cannot be tenant %q: that is another organization; map it to another key", o.ID, key)
	case linked:
		mapped, failed := m.Organization(o)
		d.mappings.note(failed)
		if t = overOrganization(old, mapped); reflect.DeepEqual(t, old) {
			return nil, false, nil
		}
		t.UpdatedAt = d.now()
		changes = []authz.Change{authz.PutTenant{Tenant: t}}
	}
	return changes, false, nil
}

// deleteImage deletes a tenant, and what waits for it by the source's facts.
func (d *Directory) deleteImage(ctx context.Context, v View, t authz.Tenant, source string) ([]authz.Change, error) {
	changes := []authz.Change{authz.DeleteTenant{Key: t.Key}}
	waiting, err := v.Pending(ctx, PendingFilter{Tenant: t.Key})
	for _, w := range waiting {
		rest := slices.DeleteFunc(slices.Clone(w.GivenBy), func(g authz.Giver) bool { return authz.Mirrors(source, g) })
		changes = append(changes, waitsFor(w, rest)...)
	}
	return changes, err
}

// lettingGo is how many members one commit of letting a tenant go takes.
const lettingGo = 500

// letGo takes what the organization gave some of its members, or, when there are
// no more, ends the link; more reports that there is more to do.
func (d *Directory) letGo(ctx context.Context, v View, o authz.Origin) (changes []authz.Change, more bool, err error) {
	t, linked, err := v.TenantOf(ctx, o)
	if err != nil || !linked {
		return nil, false, err
	}
	var after authz.UserKey
	for len(changes) < lettingGo {
		members, err := v.MembersOf(ctx, t.Key, after, lettingGo)
		if err != nil {
			return nil, false, err
		}
		for _, m := range members {
			after = m.User
			if !slices.Contains(m.GivenBy, authz.ByOrganization(o.Source)) {
				continue
			}
			p := placing{d: d, view: draftOf(v), user: m.User, source: o.Source}
			if err := p.leave(ctx, t.Key); err != nil {
				return nil, false, err
			}
			changes = append(changes, p.changes...)
		}
		if len(members) < lettingGo {
			break
		}
	}
	if len(changes) > 0 {
		return changes, true, nil
	}
	t.Origin, t.Adopted, t.UpdatedAt = authz.Origin{}, false, d.now()
	return []authz.Change{authz.PutTenant{Tenant: t}}, false, nil
}

// leave takes what the source's organizations gave the user in one tenant.
func (p *placing) leave(ctx context.Context, tenant authz.TenantKey) error {
	if err := p.read(ctx); err != nil {
		return err
	}
	given, err := givenTo(ctx, p.view, p.source, []authz.UserKey{p.user})
	p.take(slices.DeleteFunc(given[p.user], func(g authz.Gift) bool {
		return g.Tenant == tenant && g.By == authz.ByOrganization(p.source)
	}), func(by authz.Giver) bool { return authz.Mirrors(p.source, by) })
	return err
}

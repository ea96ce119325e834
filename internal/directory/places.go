package directory

import (
	"cmp"
	"context"
	"slices"

	"github.com/gatehouse-authz/gatehouse/internal/authz"
	"github.com/gatehouse-authz/gatehouse/internal/mapping"
)

// A placing makes what one user holds equal to what a source says, as a list of
// changes to the draft of a write.
type placing struct {
	d       *Directory
	view    *draft
	user    authz.UserKey
	source  string
	mapping *mapping.Compiled
	failed  []mapping.Failure // expressions, of this user

	changes []authz.Change
	tenants map[string]authz.TenantKey // of organizations, by their ids
	held    map[spot]authz.Assignment
	pending map[spot]authz.PendingAssignment
	members map[authz.TenantKey]authz.Membership
}

// A spot is where an assignment stands among those of a user.
type spot struct {
	role   authz.RoleKey
	tenant authz.TenantKey
}

// add makes changes.
func (p *placing) add(changes ...authz.Change) {
	for _, c := range changes {
		p.view.add(c)
		p.changes = append(p.changes, c)
		switch c := c.(type) { //nolint:gochecksumtype // of what a user holds, and in tenants only
		case authz.PutAssignment:
			if a := c.Assignment; a.User == p.user && p.held != nil {
				p.held[spot{a.Role, a.Tenant}] = a
			}
		case authz.PutPending:
			if c.Pending.User == p.user && p.pending != nil {
				p.pending[spot{c.Pending.Role, c.Pending.Tenant}] = c.Pending
			}
		case authz.DeletePending:
			if c.User == p.user {
				delete(p.pending, spot{c.Role, c.Tenant})
			}
		}
	}
}

// arrive reads what the user holds and makes the tenants of its organizations that
// are not here.
func (p *placing) arrive(ctx context.Context, a authz.Account) error {
	if err := p.read(ctx); err != nil {
		return err
	}
	p.tenants = map[string]authz.TenantKey{}
	for _, place := range a.Places {
		t, changes, ok, err := p.d.image(ctx, p.view, p.mapping, place.Organization)
		if err != nil {
			return err
		}
		if ok {
			p.add(changes...)
			p.tenants[place.Organization.ID] = t.Key
		}
	}
	return nil
}

func (p *placing) read(ctx context.Context) error {
	users := []authz.UserKey{p.user}
	held, err := p.view.Held(ctx, users)
	if err != nil {
		return err
	}
	pending, err := p.view.Pending(ctx, PendingFilter{User: p.user})
	if err != nil {
		return err
	}
	members, err := p.view.Memberships(ctx, users)
	p.held, p.pending, p.members = map[spot]authz.Assignment{}, map[spot]authz.PendingAssignment{}, map[authz.TenantKey]authz.Membership{}
	for _, a := range held {
		if a.Instance == (authz.Node{}) {
			p.held[spot{a.Role, a.Tenant}] = a
		}
	}
	for _, w := range pending {
		p.pending[spot{w.Role, w.Tenant}] = w
	}
	for _, m := range members {
		p.members[m.Tenant] = m
	}
	return err
}

// settle takes what the account does not amount to, and gives what is missing.
func (p *placing) settle(ctx context.Context, a authz.Account) error {
	wanted, failed := p.mapping.Gifts(a, p.tenants)
	p.d.mappings.note(append(p.failed, failed...))
	p.take(wanted, func(by authz.Giver) bool { return p.mapping.Owns(a, by) })
	for _, g := range wanted {
		if err := p.give(ctx, g); err != nil {
			return err
		}
	}
	return nil
}

// take takes from the user the gifts of owned givers that are not wanted.
func (p *placing) take(wanted []authz.Gift, owned func(authz.Giver) bool) {
	want := map[authz.Gift]bool{}
	for _, g := range wanted {
		want[g] = true
	}
	keep := func(givers []authz.Giver, role authz.RoleKey, tenant authz.TenantKey) []authz.Giver {
		return slices.DeleteFunc(slices.Clone(givers), func(g authz.Giver) bool {
			return owned(g) && !want[authz.Gift{Role: role, Tenant: tenant, By: g}]
		})
	}
	for _, at := range inOrder(p.held) {
		a := p.held[at]
		rest := keep(a.GivenBy, a.Role, a.Tenant)
		switch {
		case len(rest) == len(a.GivenBy):
		case len(rest) == 0:
			delete(p.held, at)
			p.add(authz.DeleteAssignment{User: p.user, Role: a.Role, Tenant: a.Tenant})
		default:
			a.GivenBy = rest
			p.add(authz.PutAssignment{Assignment: a})
		}
	}
	for _, at := range inOrder(p.pending) {
		w := p.pending[at]
		p.add(waitsFor(w, keep(w.GivenBy, w.Role, w.Tenant))...)
	}
	for _, m := range p.memberships() {
		rest := keep(m.GivenBy, "", m.Tenant)
		switch {
		case len(rest) == len(m.GivenBy):
		case len(rest) == 0:
			delete(p.members, m.Tenant)
			p.add(authz.DeleteMembership{User: p.user, Tenant: m.Tenant})
		default:
			m.GivenBy = rest
			p.members[m.Tenant] = m
			p.add(authz.PutMembership{Membership: m})
		}
	}
}

// give makes one gift, or lets it wait for what does not exist yet.
func (p *placing) give(ctx context.Context, g authz.Gift) error {
	if g.Role == "" {
		p.admit(g)
		return nil
	}
	at := spot{g.Role, g.Tenant}
	if a, has := p.held[at]; has {
		if !slices.Contains(a.GivenBy, g.By) {
			p.add(authz.PutAssignment{Assignment: p.d.given(a, g.By)})
		}
		return nil
	}
	role, isRole, err := p.view.Role(ctx, authz.Ident(g.Role))
	if err != nil {
		return err
	}
	tenant, isTenant, err := p.view.Tenant(ctx, authz.Ident(g.Tenant))
	if err != nil {
		return err
	}
	if isRole && isTenant && role.Key == g.Role && tenant.Key == g.Tenant { // what has that id is something else
		p.add(authz.PutAssignment{Assignment: p.d.given(authz.Assignment{User: p.user, Role: g.Role, Tenant: g.Tenant}, g.By)})
		return nil
	}
	p.await(at, g.By)
	return nil
}

// await lets a gift wait, beside those of other givers.
func (p *placing) await(at spot, by authz.Giver) {
	w, waits := p.pending[at]
	if waits && slices.Contains(w.GivenBy, by) {
		return
	}
	if !waits {
		w = authz.PendingAssignment{User: p.user, Role: at.role, Tenant: at.tenant, CreatedAt: p.d.now()}
	}
	w.GivenBy = authz.With(w.GivenBy, by)
	p.add(authz.PutPending{Pending: w})
}

// waitsFor makes w wait for the rest of its givers only; with none it waits no more.
func waitsFor(w authz.PendingAssignment, rest []authz.Giver) []authz.Change {
	switch len(rest) {
	case len(w.GivenBy):
		return nil
	case 0:
		return []authz.Change{authz.DeletePending{User: w.User, Role: w.Role, Tenant: w.Tenant}}
	}
	w.GivenBy = rest
	return []authz.Change{authz.PutPending{Pending: w}}
}

// admit makes the user a member.
func (p *placing) admit(g authz.Gift) {
	m, is := p.members[g.Tenant]
	if is && slices.Contains(m.GivenBy, g.By) {
		return
	}
	if !is {
		m = authz.Membership{User: p.user, Tenant: g.Tenant, CreatedAt: p.d.now()}
	}
	m.GivenBy = authz.With(m.GivenBy, g.By)
	p.members[g.Tenant] = m
	p.add(authz.PutMembership{Membership: m})
}

func (p *placing) memberships() []authz.Membership {
	var list []authz.Membership
	for _, m := range p.members {
		list = append(list, m)
	}
	slices.SortFunc(list, func(a, b authz.Membership) int { return cmp.Compare(a.Tenant, b.Tenant) })
	return list
}

// inOrder are the spots of m in order, so that the same write is always the same.
func inOrder[T any](m map[spot]T) []spot {
	var list []spot
	for at := range m {
		list = append(list, at)
	}
	slices.SortFunc(list, func(a, b spot) int {
		if c := cmp.Compare(a.tenant, b.tenant); c != 0 {
			return c
		}
		return cmp.Compare(a.role, b.role)
	})
	return list
}

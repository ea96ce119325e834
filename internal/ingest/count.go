package ingest

import (
	"context"
	"hash/maphash"

	"github.com/gatehouse-authz/gatehouse/internal/authz"
	"github.com/gatehouse-authz/gatehouse/internal/mapping"
)

// A count is what one sweep knows: whom it has seen, and a sum over the roles that
// each holds everywhere.
type count struct {
	*Sweep
	mapping       *mapping.Compiled
	seed          maphash.Seed
	organizations map[uint64]struct{}
	roles         map[uint64]uint64 // by user
	tally         *tally
	roster        *roster // nil if no rule looks at it

	sourceRoles []authz.SourceRole
	rolesWhole  bool // sourceRoles are all
}

// forget drops what no proof looks at: a count is kept until the next sweep's end.
func (c *count) forget() {
	c.organizations, c.roles, c.roster = nil, nil, nil
	c.tally.facts, c.tally.given, c.tally.places, c.tally.ruled = nil, nil, nil, nil
}

func (c *count) hash(s string) uint64 { return maphash.String(c.seed, s) }

// unsure notes whether a list held still.
func (c *count) unsure(whole bool) {
	c.note(func(p *Progress) { p.Whole = p.Whole && whole })
}

// throughOrganizations has organizations looked at that differ from their tenants,
// and members whose place differs.
func (c *count) throughOrganizations(ctx context.Context) error {
	var ids []string // of those that become tenants
	whole, err := c.Census.Organizations(ctx, func(list []authz.SourceOrganization) error {
		before := len(ids)
		for _, o := range list {
			c.organizations[c.hash(o.ID)] = struct{}{}
			_, wanted := c.mapping.TenantKey(o.ID)
			if wanted {
				c.tellOrganization(o.ID)
			}
			if wanted || c.mapping.SeesOrganizations() {
				ids = append(ids, o.ID)
			}
			if c.roster != nil {
				c.roster.addOrganization(o)
			}
		}
		passed := len(list) - (len(ids) - before)
		c.note(func(p *Progress) { p.Organizations += passed })
		stale, err := c.Directory.StaleOrganizations(ctx, c.Env, list)
		if err != nil {
			return err
		}
		return c.mark(ctx, keys(c.Env, c.Source, OrganizationSubject, stale))
	})
	c.unsure(whole)
	for _, id := range ids {
		if err != nil {
			return err
		}
		whole, err = c.members(ctx, id, c.tellMembers)
		c.unsure(whole)
		c.note(func(p *Progress) { p.Organizations++ })
	}
	return err
}

// throughRoles sums up who holds what everywhere.
func (c *count) throughRoles(ctx context.Context) error {
	given := map[uint64]map[authz.RoleKey]struct{}{}
	whole, err := c.Census.Roles(ctx, func(name string, holders []authz.UserKey) error {
		if c.roster != nil {
			c.roster.addHolders(name, holders)
		}
		for _, g := range c.mapping.Everywhere(c.Source, []string{name}, []authz.TenantKey{"*"}) {
			for _, user := range holders {
				u := c.hash(string(user))
				if given[u] == nil {
					given[u] = map[authz.RoleKey]struct{}{}
				}
				given[u][g.Role] = struct{}{}
			}
		}
		return nil
	})
	for user, roles := range given {
		for role := range roles {
			c.roles[user] += c.hash(string(role))
			c.tally.given[user] = append(c.tally.given[user], role)
		}
	}
	c.unsure(whole)
	return err
}

// throughUsers has users looked at that differ from their accounts or are not here.
func (c *count) throughUsers(ctx context.Context) error {
	whole, err := c.Census.Users(ctx, func(accounts []authz.Account) error {
		if err := c.tellUsers(ctx, accounts); err != nil {
			return err
		}
		c.note(func(p *Progress) { p.Users += len(accounts) })
		stale, err := c.Directory.StaleUsers(ctx, c.Env, accounts)
		if err != nil {
			return err
		}
		c.name(stale)
		return c.markUsers(ctx, stale)
	})
	c.unsure(whole)
	return err
}

// throughKept has everything looked at that is kept here and was not seen there,
// and users who hold other roles everywhere than there.
func (c *count) throughKept(ctx context.Context) error {
	images, err := c.imagesOfRules(ctx)
	if err != nil {
		return err
	}
	for after := authz.UserKey(""); ; {
		list, err := c.Directory.Mirrored(ctx, c.Env, c.Source, after, kept)
		if err != nil {
			return err
		}
		var stale []authz.UserKey
		for _, m := range list {
			after = m.User
			u := c.hash(string(m.User))
			if _, seen := c.tally.users[u]; !seen || !c.holds(m.Gifts, c.roles[u]) || c.tally.ruled[u] != c.ruledHere(images, m.Gifts) {
				stale = append(stale, m.User)
			}
		}
		if err := c.markUsers(ctx, stale); err != nil {
			return err
		}
		if len(list) < kept {
			break
		}
	}
	for after := authz.TenantKey(""); ; {
		ids, next, err := c.Directory.Origins(ctx, c.Env, c.Source, after, kept)
		if err != nil {
			return err
		}
		var gone []string
		for _, id := range ids {
			if _, seen := c.organizations[c.hash(id)]; !seen {
				gone = append(gone, id)
			}
		}
		if err := c.mark(ctx, keys(c.Env, c.Source, OrganizationSubject, gone)); err != nil || next == "" {
			return err
		}
		after = next
	}
}

// holds reports whether gifts are what roles of that sum amount to: each of them in
// each tenant in which it is to be given, and nothing else.
func (c *count) holds(gifts []authz.Gift, sum uint64) bool {
	roles, tenants, given := map[authz.RoleKey]struct{}{}, map[authz.TenantKey]struct{}{}, 0
	if !c.mapping.GlobalEverywhere {
		tenants[c.mapping.EverywhereTenant()] = struct{}{}
	}
	for _, g := range gifts {
		if c.mapping.GlobalEverywhere && g.By == authz.ByOrganization(c.Source) {
			tenants[g.Tenant] = struct{}{}
		}
	}
	var is uint64
	for _, g := range gifts {
		if g.By != authz.ByRole(c.Source) {
			continue
		}
		if _, right := tenants[g.Tenant]; !right {
			return false
		}
		if _, again := roles[g.Role]; !again {
			roles[g.Role] = struct{}{}
			is += c.hash(string(g.Role))
		}
		given++
	}
	if len(tenants) == 0 {
		return given == 0
	}
	return is == sum && given == len(roles)*len(tenants)
}

package ingest

import (
	"context"

	"github.com/gatehouse-authz/gatehouse/internal/authz"
	"github.com/gatehouse-authz/gatehouse/internal/mapping"
)

// tellRuled takes in what rules give one user, when all is known that they look at.
func (c *count) tellRuled(ctx context.Context, u uint64, a authz.Account) error {
	_, failed := c.mapping.Account(a)
	c.failed(a.Key, failed)
	if c.roster == nil {
		return nil
	}
	a, err := arrived(ctx, c.mapping, c.Truth, c.roster.place(a))
	if err != nil {
		return err
	}
	// An organization's id stands for its tenant, as it does in facts.
	own := map[string]authz.TenantKey{}
	for _, place := range a.Places {
		if _, wanted := c.tally.wanted[place.Organization.ID]; wanted {
			own[place.Organization.ID] = authz.TenantKey(place.Organization.ID)
		}
	}
	gifts, failed := c.mapping.Ruled(a, own)
	c.failed(a.Key, failed)
	for _, g := range gifts {
		place := inTenant(g.Tenant)
		if c.givesInOwn(g.By) {
			place = inOrganization(string(g.Tenant))
		}
		d := c.tally.there.fact(place, g)
		c.tally.facts[u], c.tally.ruled[u] = c.tally.facts[u].plus(d), c.tally.ruled[u].plus(d)
	}
	return nil
}

func (c *count) failed(user authz.UserKey, failed []mapping.Failure) {
	for _, f := range failed {
		c.tally.failing++
		if len(c.tally.failures) < MaxDifferences {
			c.tally.failures = append(c.tally.failures, Failure{User: user, Expression: f.Name, Why: f.Why})
		}
	}
}

// givesInOwn reports whether the giver is a rule that gives in the tenants of the
// organizations that it looks at.
func (c *count) givesInOwn(by authz.Giver) bool {
	name, is := authz.RuleOf(c.Source, by)
	rule, known := c.mapping.Rule(name)
	return is && known && rule.OwnTenants()
}

// placeOf is where a gift is that was given here, in words that are the same on both
// sides.
func (c *count) placeOf(images map[authz.TenantKey]string, g authz.Gift) string {
	_, ruled := authz.RuleOf(c.Source, g.By)
	id, is := images[g.Tenant]
	if is && (g.By == authz.ByOrganization(c.Source) || g.By == authz.ByRole(c.Source) && c.mapping.GlobalEverywhere || ruled && c.givesInOwn(g.By)) {
		return inOrganization(id)
	}
	return inTenant(g.Tenant)
}

// imagesOfRules are the tenants that are organizations, if rules give in them.
func (c *count) imagesOfRules(ctx context.Context) (map[authz.TenantKey]string, error) {
	if !c.mapping.HasRules() {
		return nil, nil
	}
	return c.Directory.Images(ctx, c.Env, c.Source)
}

// ruledHere sums up what rules have given a user here.
func (c *count) ruledHere(images map[authz.TenantKey]string, gifts []authz.Gift) (sum digest) {
	for _, g := range gifts {
		if _, ruled := authz.RuleOf(c.Source, g.By); ruled {
			sum = sum.plus(digestOf(c.placeOf(images, g), string(g.Role), string(g.By)))
		}
	}
	return sum
}

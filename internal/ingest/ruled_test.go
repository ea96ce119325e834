package ingest_test

import (
	"encoding/json"
	"math/rand/v2"
	"slices"
	"strings"

	"github.com/google/go-cmp/cmp"

	"github.com/gatehouse-authz/gatehouse/internal/authz"
	"github.com/gatehouse-authz/gatehouse/internal/demo/logtosim"
	"github.com/gatehouse-authz/gatehouse/internal/ingest"
	"github.com/gatehouse-authz/gatehouse/internal/store/storetest"
)

// A person is a user of Logto as a naive rule sees it.
type person struct {
	logtosim.UserState
	data map[string]any
	in   []logtosim.OrganizationState
}

// A naive is a rule, and the same in Go: the tenants in which it gives its role.
type naive struct {
	authz.MappingRule
	where func(p person) []string
}

func in(tenant string, holds bool) []string {
	if holds {
		return []string{tenant}
	}
	return nil
}

// each are the organizations of which holds is true.
func (p person) each(holds func(o logtosim.OrganizationState) bool) (ids []string) {
	for _, o := range p.in {
		if holds(o) {
			ids = append(ids, o.ID)
		}
	}
	return ids
}

var naives = []naive{
	{
		authz.MappingRule{Name: "mail", Condition: "user.primaryEmail.endsWith('7@example.org') || user.primaryEmail.endsWith('3@example.org')", Tenants: []authz.TenantKey{"default"}},
		func(p person) []string {
			return in("default", p.PrimaryEmail != nil && (strings.HasSuffix(*p.PrimaryEmail, "7@example.org") || strings.HasSuffix(*p.PrimaryEmail, "3@example.org")))
		},
	},
	{
		authz.MappingRule{Name: "staff", Condition: "size(user.roles) > 0 && !user.isSuspended", Tenants: []authz.TenantKey{"default"}},
		func(p person) []string { return in("default", len(p.Roles) > 0 && !p.IsSuspended) },
	},
	{
		authz.MappingRule{Name: "heads", Condition: "size(organization.roles) > 0", EachOrganization: true},
		func(p person) []string {
			return p.each(func(o logtosim.OrganizationState) bool { return len(o.Members[p.ID]) > 0 })
		},
	},
	{
		authz.MappingRule{Name: "many", Condition: "size(organizations) > 1", Tenants: []authz.TenantKey{"default"}},
		func(p person) []string { return in("default", len(p.in) > 1) },
	},
	{ // fails for those who have no such data
		authz.MappingRule{Name: "data", Condition: "user.customData.k1 > 3", Tenants: []authz.TenantKey{"default"}},
		func(p person) []string {
			n, _ := p.data["k1"].(float64)
			return in("default", n > 3)
		},
	},
	{
		authz.MappingRule{Name: "places", Condition: "user.createdAt > timestamp('2000-01-01T00:00:00Z')", TenantsFrom: "organizations.filter(o, o.name.startsWith('Org')).map(o, o.id)"},
		func(p person) []string {
			return p.each(func(o logtosim.OrganizationState) bool { return strings.HasPrefix(o.Name, "Org") })
		},
	},
	{
		authz.MappingRule{Name: "renamed", Condition: "organization.name.contains('1')", EachOrganization: true},
		func(p person) []string {
			return p.each(func(o logtosim.OrganizationState) bool { return strings.Contains(o.Name, "1") })
		},
	},
	{
		authz.MappingRule{Name: "any", Condition: "organization.name.contains('5')", EachOrganization: true, Tenants: []authz.TenantKey{"default"}},
		func(p person) []string {
			return in("default", len(p.each(func(o logtosim.OrganizationState) bool { return strings.Contains(o.Name, "5") })) > 0)
		},
	},
}

// someRules are some of the naive rules, with roles of their own.
func someRules(rng *rand.Rand) (rules []authz.MappingRule) {
	for _, n := range naives {
		if rng.IntN(3) > 0 {
			n.Roles = []authz.RoleKey{[]authz.RoleKey{"viewer", "editor"}[rng.IntN(2)]}
			rules = append(rules, n.MappingRule)
		}
	}
	return rules
}

// ruledOf is what the rules of m give in Logto's state, by the naive evaluation.
func ruledOf(s logtosim.State, m authz.Mapping) map[[3]string][]string {
	out := map[[3]string][]string{}
	for _, n := range naives {
		r, on := m.Rule(n.Name)
		if !on {
			continue
		}
		for id, u := range s.Users {
			p := person{UserState: u}
			p.Roles = slices.DeleteFunc(slices.Clone(u.Roles), func(r string) bool { return s.Roles[r].Type != "User" }) // Logto shows no other
			_ = json.Unmarshal(u.CustomData, &p.data)
			for _, o := range sortedKeys(s.Organizations) {
				if _, member := s.Organizations[o].Members[id]; member {
					p.in = append(p.in, s.Organizations[o])
				}
			}
			for _, tenant := range n.where(p) {
				k := [3]string{id, string(r.Roles[0]), tenant}
				out[k] = append(out[k], n.Name)
				slices.Sort(out[k])
			}
		}
	}
	return out
}

// oneByOne looks at everything that Logto has and at everything that is here, each by
// itself, without a sweep.
func (m *mess) oneByOne() {
	m.t.Helper()
	state := m.sim.State()
	var work []string
	mark := func(kind ingest.SubjectKind, id string) {
		work = append(work, ingest.WorkKey(storetest.Env, "logto", ingest.Subject{Kind: kind, ID: id}))
	}
	for id := range state.Users {
		mark(ingest.UserSubject, id)
	}
	for id := range state.Organizations {
		mark(ingest.OrganizationSubject, id)
	}
	here, err := m.directory.Mirrored(m.t.Context(), storetest.Env, "logto", "", 1000)
	m.ok(err)
	for _, u := range here {
		mark(ingest.UserSubject, string(u.User))
	}
	gone, err := m.directory.Images(m.t.Context(), storetest.Env, "logto")
	m.ok(err)
	for _, id := range gone {
		mark(ingest.OrganizationSubject, id)
	}
	m.ok(m.store.Mark(m.t.Context(), work))
	m.workThrough()
	if diff := cmp.Diff(worldOf(m.sim.State(), m.world.mapping).state(), m.state()); diff != "" {
		m.t.Fatalf("after everything was looked at by itself (-Logto +here)\n%s", diff)
	}
	m.ok(m.sweep.Once(m.t.Context()))
	if p := m.sweep.Progress(); p.Found != 0 {
		m.t.Errorf("the sweep finds %d that differ, though all was looked at", p.Found)
	}
}

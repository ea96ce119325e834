package storetest

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"time"

	"github.com/gatehouse-authz/gatehouse/internal/authz"
	"github.com/gatehouse-authz/gatehouse/internal/directory"
)

// randomPlan makes two random changes. Some commits must fail: an assignment of
// what is not there breaks a foreign key. What no foreign key holds, the directory
// does, and so does this plan: facts of a schema are made while the schema has
// them, before a change that may take it away.
func randomPlan(rng *rand.Rand) directory.Plan {
	return func(ctx context.Context, v directory.View) ([]authz.Change, error) {
		var first, then []authz.Change
		for range 2 {
			c := randomChange(rng)
			held, ok, err := grounded(ctx, v, c)
			switch {
			case err != nil:
				return nil, err
			case held && ok:
				first = append(first, c)
			case !held:
				then = append(then, c)
			}
		}
		return append(first, then...), nil
	}
}

// grounded reports whether c needs something of the schema, and whether it is there.
func grounded(ctx context.Context, v directory.View, c authz.Change) (needs, there bool, err error) {
	var of authz.ResourceKey
	has := func(authz.Resource) bool { return true }
	switch c := c.(type) {
	case authz.PutTuple:
		of = c.Tuple.Object.Type
		has = func(r authz.Resource) bool {
			return slices.ContainsFunc(r.Relations, func(x authz.Relation) bool { return x.Key == c.Tuple.Relation })
		}
	case authz.PutAssignment:
		of = c.Assignment.Instance.Type
		has = func(r authz.Resource) bool {
			return slices.ContainsFunc(r.Roles, func(x authz.ResourceRole) bool { return x.Key == c.Assignment.Role })
		}
	case authz.PutConditionSet:
		of = c.Set.Resource
	case authz.PutRule:
		of = c.Rule.Permission.Resource
	case authz.DeleteResource:
		of = c.Key
	default:
	}
	if of == "" {
		return false, false, nil
	}
	r, ok, err := v.Resource(ctx, authz.Ident(of))
	return true, ok && has(r), err
}

func randomChange(rng *rand.Rand) authz.Change {
	if rng.IntN(2) == 0 {
		return randomRelated(rng)
	}
	pick := func(s string) string { return string(s[rng.IntN(len(s))]) }
	user, role, tenant := authz.UserKey(pick("abcd")), authz.RoleKey(pick("xyz")), authz.TenantKey(pick("tu"))
	switch rng.IntN(15) {
	case 14:
		return randomSettings(rng)
	case 0, 1, 2:
		u := authz.User{Key: user, ID: authz.ID("u" + user), Suspended: rng.IntN(6) == 0}
		if rng.IntN(2) == 0 {
			u.Attributes = authz.Attributes{"age": jsonNumber(rng.IntN(4))}
		}
		return authz.PutUser{User: u}
	case 3:
		if rng.IntN(2) == 0 {
			return authz.DeleteUser{Key: user}
		}
		return authz.PutUser{User: authz.User{Key: user, ID: authz.ID("u" + user)}}
	case 4, 5:
		r := authz.Role{Key: role, ID: authz.ID("r" + role), Permissions: []authz.Permission{{Resource: "doc", Action: authz.ActionKey(pick("pqrg"))}}}
		if rng.IntN(2) == 0 {
			r.Extends = []authz.RoleKey{authz.RoleKey(pick("xyz"))}
		}
		if rng.IntN(2) == 0 {
			r.Source, r.Granted = "logto", r.Permissions
		}
		return authz.PutRole{Role: r}
	case 6:
		return authz.DeleteRole{Key: role}
	case 7:
		return authz.PutTenant{Tenant: authz.Tenant{Key: tenant, ID: authz.ID("t" + tenant)}}
	case 8:
		if rng.IntN(6) == 0 {
			return authz.DeleteTenant{Key: tenant}
		}
		return authz.PutTenant{Tenant: authz.Tenant{Key: tenant, ID: authz.ID("t" + tenant)}}
	case 9:
		if rng.IntN(12) == 0 {
			return authz.DeleteResource{Key: randomType(rng)}
		}
		return authz.PutResource{Resource: randomResource(rng)}
	case 10:
		return authz.DeleteAssignment{User: user, Role: role, Tenant: tenant}
	case 11:
		return authz.PutPending{Pending: authz.PendingAssignment{User: user, Role: role, Tenant: tenant, GivenBy: randomGivers(rng)}}
	default:
		return authz.PutAssignment{Assignment: authz.Assignment{ID: randomID(rng), User: user, Role: role, Tenant: tenant, GivenBy: []authz.Giver{authz.ByAPI}}}
	}
}

// randomGivers are who gave something, at least one.
func randomGivers(rng *rand.Rand) []authz.Giver {
	return []authz.Giver{"logto", "logto:organization", "logto:role"}[rng.IntN(2) : 2+rng.IntN(2)]
}

// randomSettings turns each setting on or off.
func randomSettings(rng *rand.Rand) authz.Change {
	var s authz.Settings
	for _, name := range authz.EverySetting() {
		if rng.IntN(3) == 0 {
			s = s.With(name)
		}
	}
	if rng.IntN(2) == 0 {
		return authz.PutSourceMapping{Mapping: authz.Mapping{GlobalTenant: "t", GlobalEverywhere: s.FixedBuiltIns}}
	}
	return authz.PutSettings{Settings: s}
}

// randomRelated is a change of instances, tuples, condition sets or rules.
func randomRelated(rng *rand.Rand) authz.Change {
	if rng.IntN(12) == 0 {
		return randomMapping(rng)
	}
	pick := func(s string) string { return string(s[rng.IntN(len(s))]) }
	user, on := authz.UserKey(pick("abcd")), randomNode(rng)
	switch rng.IntN(16) {
	case 12:
		m := authz.Membership{User: user, Tenant: tenantOf(on)}
		if rng.IntN(3) == 0 {
			return authz.DeleteMembership{User: m.User, Tenant: m.Tenant}
		}
		m.GivenBy = []authz.Giver{authz.ByAPI, "logto:organization"}[rng.IntN(2):]
		return authz.PutMembership{Membership: m}
	case 13:
		i := authz.Invite{Key: user, ID: authz.ID("n" + user), Role: authz.RoleKey(pick("xyz")), Tenant: tenantOf(on), Approved: rng.IntN(2) == 0}
		if rng.IntN(2) == 0 {
			i.Role, i.Instance = authz.RoleKey(pick("xvw")), on
		}
		if rng.IntN(4) == 0 {
			return authz.DeleteInvite{Key: user}
		}
		return authz.PutInvite{Invite: i}
	case 0, 1, 2:
		i := authz.Instance{Node: on, ID: authz.ID("i" + on.String()), Tenant: tenantOf(on)}
		if rng.IntN(2) == 0 {
			i.Attributes = authz.Attributes{"tier": jsonNumber(rng.IntN(3))}
		}
		return authz.PutInstance{Instance: i}
	case 3:
		if rng.IntN(2) == 0 {
			return authz.DeleteInstance{Node: on}
		}
		return authz.PutInstance{Instance: authz.Instance{Node: on, ID: authz.ID("i" + on.String()), Tenant: tenantOf(on)}}
	case 4, 5, 6:
		t := authz.Tuple{ID: randomID(rng), Subject: authz.Node{Type: "img", Key: pick("12")}, Relation: authz.RelationKey(pick("no")), Object: on, Tenant: tenantOf(on)}
		if rng.IntN(4) == 0 {
			t.Object.Key, t.Tenant = authz.EveryKey, tenantOf(t.Subject)
		}
		return authz.PutTuple{Tuple: t}
	case 7:
		if rng.IntN(4) == 0 {
			on.Key = authz.EveryKey
		}
		return authz.DeleteTuple{Subject: authz.Node{Type: "img", Key: pick("12")}, Relation: authz.RelationKey(pick("no")), Object: on}
	case 8, 9:
		return authz.PutAssignment{Assignment: authz.Assignment{
			ID: randomID(rng), User: user, Role: authz.RoleKey(pick("xvw")), Tenant: tenantOf(on), Instance: on, GivenBy: []authz.Giver{authz.ByAPI},
		}}
	case 10:
		return authz.DeleteAssignment{User: user, Role: authz.RoleKey(pick("xvw")), Tenant: tenantOf(on), Instance: on}
	case 11:
		return randomSet(rng)
	default:
		r := authz.Rule{ID: randomID(rng), Permission: authz.Permission{Resource: on.Type, Action: authz.ActionKey(pick("pqr"))}}
		if r.UserSet = authz.SetKey(pick("jk")); rng.IntN(2) == 0 {
			r.UserSet, r.Role = "", authz.RoleKey(pick("xyz"))
		}
		if r.ResourceSet = authz.SetKey("of-" + on.Type); rng.IntN(2) == 0 {
			r.ResourceSet, r.Resource = "", on.Type
		}
		if rng.IntN(3) == 0 {
			return authz.DeleteRule{Rule: r}
		}
		return authz.PutRule{Rule: r}
	}
}

// randomMapping is a change of one of the URL mappings f and g, made at a time of
// their own.
func randomMapping(rng *rand.Rand) authz.Change {
	key := string("fg"[rng.IntN(2)])
	if rng.IntN(4) == 0 {
		return authz.DeleteURLMapping{Key: key}
	}
	m := authz.URLMapping{Key: key, ID: authz.ID("m" + key), Secret: "s", Mechanism: authz.BearerToken, CreatedAt: time.UnixMicro(int64(key[0]))}
	for range rng.IntN(3) {
		m.Rules = append(m.Rules, authz.URLRule{
			URL: []string{"http://h/{x}", "http://h/1", "("}[rng.IntN(3)], Regex: rng.IntN(2) == 0, Method: "get", Resource: randomType(rng), Priority: new(rng.IntN(2)),
		})
	}
	return authz.PutURLMapping{Mapping: m}
}

// randomSet is a change of one of the user sets j and k, of which k may stand below
// j, or of the one resource set of a type.
func randomSet(rng *rand.Rand) authz.Change {
	key := authz.SetKey([]string{"j", "k"}[rng.IntN(2)])
	s := authz.ConditionSet{Key: key, ID: authz.ID("s" + key), Kind: authz.UserSet, Conditions: fmt.Sprintf(`{"user.age": {"greater-than": %d}}`, rng.IntN(3))}
	if key == "k" && rng.IntN(2) == 0 {
		s.Parent = "j"
	}
	if rng.IntN(2) == 0 {
		of := randomType(rng)
		key = authz.SetKey("of-" + of)
		s = authz.ConditionSet{Key: key, ID: authz.ID("s" + key), Kind: authz.ResourceSet, Resource: of, Conditions: fmt.Sprintf(`{"resource.tier": {"equals": %d}}`, rng.IntN(3))}
	}
	if rng.IntN(4) == 0 {
		return authz.DeleteConditionSet{Key: key}
	}
	return authz.PutConditionSet{Set: s}
}

// randomResource has some of the roles v, w and x, some of the relations n and o
// to img, and derives its roles through them.
func randomResource(rng *rand.Rand) authz.Resource {
	key := randomType(rng)
	r := authz.Resource{Key: key, ID: authz.ID(key)}
	for _, a := range "pqr" {
		if rng.IntN(3) > 0 {
			r.Actions = append(r.Actions, authz.Action{Key: authz.ActionKey(a)})
		}
	}
	if rng.IntN(2) == 0 {
		g := authz.ActionGroup{Key: "g", ID: "g"}
		for _, a := range r.Actions[:min(2, len(r.Actions))] {
			g.Actions = append(g.Actions, a.Key)
		}
		r.ActionGroups = []authz.ActionGroup{g}
	}
	for _, k := range "no" {
		if rng.IntN(4) > 0 {
			r.Relations = append(r.Relations, authz.Relation{Key: authz.RelationKey(k), ID: authz.ID(k), Subject: "img"})
		}
	}
	for _, k := range "vwx" {
		if rng.IntN(4) == 0 {
			continue
		}
		role := authz.ResourceRole{Key: authz.RoleKey(k), ID: authz.ID(k), NoDirectRoles: rng.IntN(4) == 0}
		role.Actions = []authz.ActionKey{authz.ActionKey("pqrg"[rng.IntN(4)])}
		if k == 'w' && rng.IntN(2) == 0 {
			role.Extends = []authz.RoleKey{"v"}
		}
		for _, through := range "no" {
			if rng.IntN(2) == 0 {
				role.Derivations = append(role.Derivations, authz.Derivation{Role: authz.RoleKey("vwx"[rng.IntN(3)]), On: "img", Through: authz.RelationKey(through), NoDirectRoles: rng.IntN(4) == 0})
			}
		}
		r.Roles = append(r.Roles, role)
	}
	return r
}

func randomType(rng *rand.Rand) authz.ResourceKey {
	return []authz.ResourceKey{"doc", "img"}[rng.IntN(2)]
}

func randomNode(rng *rand.Rand) authz.Node {
	return authz.Node{Type: randomType(rng), Key: string("12"[rng.IntN(2)])}
}

// tenantOf is the tenant in which an instance always lies: it cannot be moved.
func tenantOf(n authz.Node) authz.TenantKey {
	return map[string]authz.TenantKey{"1": "t", "2": "u"}[n.Key]
}

func randomID(rng *rand.Rand) authz.ID { return authz.ID(fmt.Sprintf("%016x", rng.Uint64())) }

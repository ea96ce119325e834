package directory_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/gatehouse-authz/gatehouse/internal/authz"
	"github.com/gatehouse-authz/gatehouse/internal/directory"
	"github.com/gatehouse-authz/gatehouse/internal/engine"
	"github.com/gatehouse-authz/gatehouse/internal/store/storetest"
)

// TestConcurrentWritersLoseNothing: each of many writers adds its own permission
// to one role, which reads the role and writes it whole.
func TestConcurrentWritersLoseNothing(t *testing.T) {
	t.Parallel()
	h := furnished(t)
	const writers = 30
	var all []authz.ActionKey
	for i := range writers {
		all = append(all, authz.ActionKey(fmt.Sprint("a", i)))
	}
	_, _, err := h.CreateResource(t.Context(), env, actor, "img", directory.ResourceInput{Actions: actions(all...)})
	ok(t, err)
	var running sync.WaitGroup
	for _, a := range all {
		running.Go(func() {
			_, rev, err := h.AddPermissions(t.Context(), env, actor, "viewer", *permissions("img", a))
			if err != nil || h.snapshot().Revision() < rev {
				t.Errorf("%s: %v, or the engine stands before revision %d", a, err, rev)
			}
		})
	}
	running.Wait()
	viewer, err := h.Role(t.Context(), env, "viewer")
	ok(t, err)
	if len(viewer.Permissions) != 1+writers {
		t.Errorf("got %d permissions, want %d", len(viewer.Permissions), 1+writers)
	}
}

// TestTheEngineEqualsAFreshLoad after many writers did random things at once:
// every question is answered alike, with its reason.
func TestTheEngineEqualsAFreshLoad(t *testing.T) {
	t.Parallel()
	h := furnished(t)
	const writers, each = 6, 60
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	var done sync.WaitGroup
	var mu sync.Mutex
	outcomes := map[authz.Kind]int{}
	for w := range writers {
		rng := rand.New(rand.NewPCG(seed, uint64(w)))
		done.Go(func() {
			for range each {
				err := h.anything(t.Context(), rng)
				mu.Lock()
				if err == nil {
					outcomes[-1]++
				} else {
					outcomes[authz.KindOf(err)]++
				}
				if err != nil && authz.KindOf(err) == authz.Internal {
					t.Errorf("got %v, want an error that says whose fault it is", err)
				}
				mu.Unlock()
			}
		})
	}
	done.Wait()
	if outcomes[-1] < writers*each/4 {
		t.Errorf("got %v: too few writes succeeded to prove anything", outcomes)
	}
	full, err := storetest.Loaded(t.Context(), h.store, env)
	ok(t, err)
	loaded := new(engine.Snapshot).With(full)
	for _, u := range []authz.UserKey{"ann", "bob", "cat", "nobody"} {
		for _, te := range []authz.TenantKey{"acme", "lab", "default", ""} {
			for _, r := range []authz.ResourceKey{"doc", "img"} {
				for _, a := range []authz.ActionKey{"read", "write", "fly"} {
					q := authz.Query{User: u, Tenant: te, Resource: r, Action: a}
					if diff := cmp.Diff(loaded.Explain(q), h.snapshot().Explain(q)); diff != "" {
						t.Fatalf("%+v (-loaded +followed)\n%s", q, diff)
					}
				}
			}
		}
	}
}

// anything does one random thing.
func (h house) anything(ctx context.Context, rng *rand.Rand) error {
	user := [...]authz.UserKey{"ann", "bob", "cat"}[rng.IntN(3)]
	role := [...]authz.Ident{"viewer", "editor", "boss"}[rng.IntN(3)]
	tenant := [...]authz.Ident{"acme", "lab"}[rng.IntN(2)]
	resource := [...]authz.ResourceKey{"doc", "img"}[rng.IntN(2)]
	action := [...]authz.ActionKey{"read", "write"}[rng.IntN(2)]
	held := directory.RoleInTenant{Role: role, Tenant: tenant}
	switch rng.IntN(19) {
	case 16:
		return second(h.CreateMember(ctx, env, actor, tenant, user, directory.UserInput{}))
	case 17:
		return second(h.RemoveFromTenant(ctx, env, actor, tenant, authz.Ident(user)))
	case 0, 1:
		_, _, err := h.SyncUser(ctx, env, actor, authz.Ident(user), directory.UserInput{Roles: []directory.RoleInTenant{held}})
		return err
	case 2:
		return second(h.DeleteUser(ctx, env, actor, authz.Ident(user)))
	case 3, 4:
		return second(h.Reflect(ctx, env, authz.Account{Source: "logto", Key: user, Exists: rng.IntN(5) > 0, Suspended: rng.IntN(4) == 0, FirstName: fmt.Sprint(rng.IntN(3))},
			authz.Onboarding{Role: authz.RoleKey(role), Tenant: authz.TenantKey(tenant)}))
	case 5:
		return third(h.CreateTenant(ctx, env, actor, authz.TenantKey(tenant), directory.TenantInput{}))
	case 6:
		return second(h.DeleteTenant(ctx, env, actor, tenant))
	case 7:
		return third(h.CreateRole(ctx, env, actor, authz.RoleKey(role), directory.RoleInput{Permissions: permissions(resource, action)}))
	case 8:
		return second(h.DeleteRole(ctx, env, actor, role))
	case 9:
		return third(h.UpdateRole(ctx, env, actor, role, directory.RoleInput{Extends: ptr([]authz.Ident{[...]authz.Ident{"viewer", "editor", "boss"}[rng.IntN(3)]})}))
	case 10:
		return third(h.AddPermissions(ctx, env, actor, role, *permissions(resource, action)))
	case 11:
		return third(h.ReplaceResource(ctx, env, actor, authz.Ident(resource), directory.ResourceInput{Actions: actions([][]authz.ActionKey{{"read"}, {"write"}, {"read", "write"}}[rng.IntN(3)]...)}))
	case 12:
		return third(h.Unassign(ctx, env, actor, authz.Ident(user), held))
	default:
		return third(h.Assign(ctx, env, actor, authz.Ident(user), held))
	}
}

package mirror_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/gatehouse-authz/gatehouse/internal/authz"
	"github.com/gatehouse-authz/gatehouse/internal/directory"
	"github.com/gatehouse-authz/gatehouse/internal/mirror"
)

// TestCatchingUpTakesWhatTheLimitsSay: users with a role each are mirrored into an empty
// account under Permit's limits, by a clock that passes only while the mirror waits. The
// time is what calls of many take; then single sign-ups follow.
func TestCatchingUpTakesWhatTheLimitsSay(t *testing.T) {
	t.Parallel()
	users := number("GATEHOUSE_TEST_MIRROR_USERS", 6000)
	r := newRun(t, 1, mirror.Wanted{Schema: true}, 0, 0)
	r.mirror.Account = r.patiently()
	r.house.furnish(t)
	var list []directory.NewUser
	for i := range users {
		list = append(list, directory.NewUser{Key: authz.UserKey(fmt.Sprint("user-", i)), UserInput: directory.UserInput{
			Email: ptr(fmt.Sprintf("u%d@example.com", i)), Roles: []directory.RoleInTenant{{Role: "viewer", Tenant: "default"}},
		}})
	}
	for some := range slices.Chunk(list, 2000) {
		_, err := r.house.CreateUsers(t.Context(), env, actor, some)
		ok(t, err)
	}
	began := r.clock.Now()
	r.settle()
	took := r.clock.Now().Sub(began)
	// Calls of many: 3000 users or 2000 assignments, each 6.12 s after the one before; the
	// schema and the questions before take the rest.
	calls := (users+2999)/3000 + (users+1999)/2000
	if computed := time.Duration(calls) * 6120 * time.Millisecond; took < computed || took > computed+computed/5+30*time.Second {
		t.Errorf("it took %s, computed are %s and a little", took, computed)
	}
	t.Logf("%d users with a role each: %s, %d requests", users, took.Round(time.Second), r.proxy.requests)

	var lags []time.Duration
	for i := range 40 {
		_, err := r.house.CreateUser(t.Context(), env, actor, authz.UserKey(fmt.Sprint("late-", i)), directory.UserInput{Roles: []directory.RoleInTenant{{Role: "viewer", Tenant: "default"}}})
		ok(t, err)
		began := r.clock.Now()
		r.settle()
		lags = append(lags, r.clock.Now().Sub(began))
		_ = r.clock.Sleep(t.Context(), 2*time.Second)
	}
	slices.Sort(lags)
	t.Logf("a sign-up with a role: %s at the median, %s at most, besides the account's own time and %s between two looks", lags[len(lags)/2], lags[len(lags)-1], 500*time.Millisecond)
	if lags[len(lags)-1] > 2*time.Second {
		t.Errorf("a sign-up takes %s", lags[len(lags)-1])
	}
	if len(r.proxy.exceeded) > 0 {
		t.Errorf("limits are exceeded: %v", r.proxy.exceeded[:min(5, len(r.proxy.exceeded))])
	}
	if diff := cmp.Diff(r.house.here(t), r.proxy.account.there()); diff != "" {
		t.Errorf("the account is not equal (-want +got)\n%s", diff[:min(len(diff), 2000)])
	}
}

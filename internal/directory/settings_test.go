package directory_test

import (
	"testing"

	"github.com/gatehouse-authz/gatehouse/internal/authz"
	"github.com/gatehouse-authz/gatehouse/internal/directory"
)

// TestSettingsAreReplacedInOneCommit, which the engine has when the write returns;
// what is so already makes none.
func TestSettingsAreReplacedInOneCommit(t *testing.T) {
	t.Parallel()
	h := furnished(t)
	h.assign("ann", "viewer", "acme")
	_, _, err := h.CreateInstance(t.Context(), env, actor, directory.InstanceInput{Key: "1", Resource: "doc", Tenant: "default"})
	ok(t, err)
	q := authz.Query{User: "ann", Action: "read", Resource: "doc", Instance: "1", Tenant: "acme"}
	before := h.snapshot().Revision()
	for i, want := range []authz.Settings{{InstancesInTenant: true}, {RulesForMembers: true, MissingDenies: true}, {}} {
		for range 2 {
			rev, err := h.ReplaceSettings(t.Context(), env, actor, want)
			ok(t, err)
			if at := before + authz.Revision(i) + 1; rev != at || h.snapshot().Revision() != at {
				t.Errorf("%+v: got revision %d, want %d", want, rev, at)
			}
		}
		got, err := h.Settings(t.Context(), env)
		ok(t, err)
		if got != want {
			t.Errorf("got %+v, want %+v", got, want)
		}
		if allow := h.snapshot().Decide(q).Allow; allow == want.InstancesInTenant {
			t.Errorf("%+v: the engine says %v", want, allow)
		}
	}
	_, err = h.ReplaceSettings(t.Context(), "nowhere", actor, authz.Settings{})
	refused(t, err, authz.NotFound, "")
}

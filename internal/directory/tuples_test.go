package directory_test

import (
	"errors"
	"testing"

	"github.com/gatehouse-authz/gatehouse/internal/authz"
	"github.com/gatehouse-authz/gatehouse/internal/directory"
)

func (h house) tuples() int {
	h.t.Helper()
	_, n, err := h.Tuples(h.t.Context(), env, directory.TupleQuery{}, directory.Page{Limit: 9})
	ok(h.t, err)
	return n
}

// TestATupleToEveryInstanceIsOneToEachOfItsTenant, whether it is stored or not, and
// to none of another tenant.
func TestATupleToEveryInstanceIsOneToEachOfItsTenant(t *testing.T) {
	t.Parallel()
	h := related(t)
	ok(t, h.assignOn("ann", "editor", "folder:f"))
	_, _, err := h.CreateInstance(t.Context(), env, actor, directory.InstanceInput{Key: "mine", Resource: "doc", Tenant: "acme"})
	ok(t, err)
	_, _, err = h.CreateInstance(t.Context(), env, actor, directory.InstanceInput{Key: "theirs", Resource: "doc", Tenant: "default"})
	ok(t, err)
	ok(t, h.tuple("folder:f", "doc:*"))
	for key, want := range map[string]bool{"mine": true, "theirs": false, "not there": true, "*": true, "": false} {
		if got := h.mayOn("ann", "write", key); got != want {
			t.Errorf("ann may write doc:%s: %v, want %v", key, got, want)
		}
	}
	_, there, err := h.Instances(t.Context(), env, directory.InstanceQuery{Resource: "doc"}, directory.Page{Limit: 9})
	if err != nil || there != 2 {
		t.Errorf("%d documents are there (%v), want the two that were made", there, err)
	}
	_, err = h.DeleteTuple(t.Context(), env, actor, directory.TupleInput{Subject: "folder:f", Relation: "parent", Object: "doc:*"})
	ok(t, err)
	if h.mayOn("ann", "write", "mine") {
		t.Error("ann may write without the tuple")
	}
	_, err = h.DeleteTuple(t.Context(), env, actor, directory.TupleInput{Subject: "folder:f", Relation: "parent", Object: "doc:*"})
	refused(t, err, authz.NotFound, "")
}

// TestATupleToEveryInstanceGoesWithWhatItNames.
func TestATupleToEveryInstanceGoesWithWhatItNames(t *testing.T) {
	t.Parallel()
	for name, lose := range map[string]func(h house) (authz.Revision, error){
		"its resource": func(h house) (authz.Revision, error) { return h.DeleteResource(h.t.Context(), env, actor, "doc") },
		"its tenant":   func(h house) (authz.Revision, error) { return h.DeleteTenant(h.t.Context(), env, actor, "acme") },
		"its subject": func(h house) (authz.Revision, error) {
			return h.DeleteInstance(h.t.Context(), env, actor, "folder:f")
		},
		"the subject's resource": func(h house) (authz.Revision, error) {
			return h.DeleteResource(h.t.Context(), env, actor, "folder")
		},
		"its relation": func(h house) (authz.Revision, error) {
			return h.DeleteRelation(h.t.Context(), env, actor, "doc", "parent")
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := related(t)
			h.t = t
			ok(t, h.assignOn("ann", "editor", "folder:f"))
			ok(t, h.tuple("folder:f", "doc:*"))
			if !h.mayOn("ann", "write", "d") || h.tuples() != 1 {
				t.Fatal("ann may not work on every document")
			}
			_, err := lose(h)
			ok(t, err)
			if n := h.tuples(); n != 0 || h.mayOn("ann", "write", "d") {
				t.Errorf("%d tuples are left", n)
			}
		})
	}
}

func TestATupleToEveryInstanceNeedsATenant(t *testing.T) {
	t.Parallel()
	h := related(t)
	in := directory.TupleInput{Subject: "folder:f", Relation: "parent", Object: "doc:*"}
	_, _, err := h.CreateTuple(t.Context(), env, actor, in)
	refused(t, err, authz.NotFound, "")
	ok(t, h.tuple("folder:f", "doc:*"))
	in.Tenant = "default"
	_, _, err = h.CreateTuple(t.Context(), env, actor, in)
	refused(t, err, authz.Conflict, "")
	if !errors.Is(err, directory.ErrOtherTenant) {
		t.Errorf("got %v, want it to be of another tenant", err)
	}
	ok(t, h.assignOn("ann", "editor", "folder:g"))
	if err := h.assignOn("ann", "editor", "doc:*"); authz.KindOf(err) != authz.Invalid {
		t.Errorf("got %v for a role on every document, want it to be refused", err)
	}
}

package storetest

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/gatehouse-authz/gatehouse/internal/access"
	"github.com/gatehouse-authz/gatehouse/internal/authz"
	"github.com/gatehouse-authz/gatehouse/internal/ingest"
	"github.com/gatehouse-authz/gatehouse/internal/store"
	"github.com/gatehouse-authz/gatehouse/internal/workspace"
)

// another is an environment with a value in every field.
func another() workspace.Environment {
	at := time.Date(2026, 11, 21, 18, 2, 59, 116_000_000, time.UTC)
	return workspace.Environment{
		Environment: authz.Environment{ID: "fedcba9876543210fedcba9876543210", Project: "p", Organization: "o", Key: "stage", Name: "Stage", CreatedAt: at},
		Description: "d", CustomBranch: "b", JWKS: `{"ttl":1}`, Settings: authz.Attributes{"a": true}, UpdatedAt: at.Add(time.Second),
	}
}

// administer runs f on the workspace of the tests.
func administer(t *testing.T, s *store.Store, f func(ctx context.Context, tx workspace.Tx) error) {
	t.Helper()
	if err := s.Workspace(t.Context(), "o", f); err != nil {
		t.Fatal(err)
	}
}

// workspaceComesBack puts one of everything, with every field filled, and reads it
// back.
func workspaceComesBack(t *testing.T, s *store.Store) {
	at := time.Date(2026, 11, 21, 18, 3, 0, 0, time.UTC)
	e := another()
	o := workspace.Organization{Organization: authz.Organization{ID: "o", Key: "org", Name: "Other"}, Settings: authz.Attributes{"x": "y"}, UpdatedAt: at}
	p := workspace.Project{
		Project:      authz.Project{ID: "p2", Organization: "o", Key: "second", Name: "Second", CreatedAt: at},
		URNNamespace: "urn", Description: "d", Settings: authz.Attributes{"l": []any{nil}}, UpdatedAt: at,
	}
	k := workspace.Key{
		Key:   access.Key{ID: "k", Name: "n", Digest: "d", Level: access.EnvironmentLevel, Access: access.Read, Organization: "o", Project: "p", Environment: e.ID, CreatedAt: at},
		Owner: "elements", CreatedBy: "key:ko", Generation: 3,
	}
	m := workspace.Member{
		ID: "m", Email: "ann@example.com", Onboarding: "done", Settings: authz.Attributes{"d": true}, CreatedAt: at,
		Grants: []workspace.Grant{{Level: access.EnvironmentLevel, Project: "p", Environment: e.ID, Access: access.Write}},
	}
	c := workspace.Copy{ID: "c", Source: Env, Err: &authz.Error{Kind: authz.Conflict, Message: "no"}, CreatedAt: at}
	administer(t, s, func(ctx context.Context, tx workspace.Tx) error {
		return errors.Join(tx.PutOrganization(ctx, o), tx.PutProject(ctx, p), tx.CreateEnvironment(ctx, e, "test", plain()),
			tx.PutKey(ctx, k), tx.PutMember(ctx, m), tx.PutCopy(ctx, c))
	})
	if err := s.Used(t.Context(), map[authz.ID]time.Time{"k": at, "gone": at}); err != nil {
		t.Fatal(err)
	}
	k.LastUsedAt = at
	err := s.ViewWorkspace(t.Context(), "o", func(ctx context.Context, v workspace.View) error {
		org, _, err1 := v.Organization(ctx)
		projects, err2 := v.Projects(ctx)
		envs, err3 := v.Environments(ctx)
		all, err4 := v.Keys(ctx)
		people, err5 := v.Members(ctx)
		copied, _, err6 := v.Copy(ctx, "c")
		counts, err7 := v.Counts(ctx, Env, e.ID)
		if err := errors.Join(err1, err2, err3, err4, err5, err6, err7); err != nil {
			return err
		}
		got := []any{org, projects[len(projects)-1], envs[len(envs)-1], all[len(all)-1], people[0], copied, counts}
		if diff := cmp.Diff([]any{o, p, e, k, m, c, workspace.Counts{Tenants: 2}}, got); diff != "" {
			t.Errorf("-put +got\n%s", diff)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

func plain() []authz.Change {
	return []authz.Change{authz.PutTenant{Tenant: authz.Tenant{ID: "dt", Key: "default", Name: "Default"}}}
}

// environmentsGoWhole: with one go its facts, commits, deliveries, work and keys,
// and nothing of its neighbour.
func environmentsGoWhole(t *testing.T, s *store.Store) {
	ctx, e := t.Context(), another()
	administer(t, s, func(ctx context.Context, tx workspace.Tx) error {
		return errors.Join(tx.CreateEnvironment(ctx, e, "test", plain()),
			tx.PutKey(ctx, workspace.Key{Key: access.Key{ID: "k", Digest: "d", Level: access.EnvironmentLevel, Organization: "o", Project: "p", Environment: e.ID}}))
	})
	for _, env := range []authz.EnvID{Env, e.ID} {
		subject := ingest.Subject{Kind: ingest.UserSubject, ID: "u"}
		d := ingest.Delivery{Digest: string(env), Standing: ingest.Live, Subject: subject, Aspect: ingest.WholeAspect}
		if _, err := s.Keep(ctx, env, "logto", d, ingest.WorkKey(env, "logto", subject)); err != nil {
			t.Fatal(err)
		}
	}
	if heads, err := s.Heads(ctx); err != nil || len(heads) != 2 || heads[e.ID] != 1 {
		t.Errorf("got heads %v (%v), want two", heads, err)
	}
	administer(t, s, func(ctx context.Context, tx workspace.Tx) error { return tx.DeleteEnvironment(ctx, e.ID) })
	if heads, err := s.Heads(ctx); err != nil || len(heads) != 1 {
		t.Errorf("got heads %v (%v), want one", heads, err)
	}
	if _, err := s.Commit(ctx, e.ID, "test", plan(plain()...)); authz.KindOf(err) != authz.NotFound {
		t.Errorf("commit: got %v, want NotFound", err)
	}
	if _, ok, err := s.KeyByDigest(ctx, "d"); ok || err != nil {
		t.Errorf("its key is still there (%v)", err)
	}
	if _, ok, err := s.KeyByDigest(ctx, access.Digest(EnvSecret)); !ok || err != nil {
		t.Errorf("the key of its neighbour is gone (%v)", err)
	}
	if commits, err := s.Since(ctx, e.ID, 0); err != nil || len(commits) > 0 {
		t.Errorf("got %d commits (%v), want none", len(commits), err)
	}
	if b, err := s.Backlog(ctx); err != nil || b.Waiting != 1 {
		t.Errorf("got %d waiting (%v), want the neighbour's", b.Waiting, err)
	}
}

// dyingEnvironments: commits that go on while one is deleted are whole before it,
// or find nothing.
func dyingEnvironments(t *testing.T, s *store.Store) {
	ctx, e := t.Context(), another()
	administer(t, s, func(ctx context.Context, tx workspace.Tx) error { return tx.CreateEnvironment(ctx, e, "test", plain()) })
	done, begun := make(chan error), make(chan struct{}, 4)
	for range 4 {
		go func() {
			var err error
			for i := 0; err == nil; i++ {
				_, err = s.Commit(ctx, e.ID, "test", plan(authz.PutRole{Role: authz.Role{ID: "r", Key: "r"}}))
				if i == 0 {
					begun <- struct{}{}
				}
			}
			done <- err
		}()
	}
	for range 4 {
		<-begun
	}
	administer(t, s, func(ctx context.Context, tx workspace.Tx) error { return tx.DeleteEnvironment(ctx, e.ID) })
	for range 4 {
		if err := <-done; authz.KindOf(err) != authz.NotFound {
			t.Errorf("got %v, want NotFound", err)
		}
	}
	administer(t, s, func(ctx context.Context, tx workspace.Tx) error { return tx.CreateEnvironment(ctx, e, "test", plain()) })
	if c, err := Loaded(ctx, s, e.ID); err != nil || len(c.Changes) != 1 || c.Revision != 1 {
		t.Errorf("got %d things at revision %d (%v), want its first commit alone", len(c.Changes), c.Revision, err)
	}
}

// workspaceFails: what f refuses leaves nothing, and one own key is all there is.
func workspaceFails(t *testing.T, s *store.Store) {
	e := another()
	err := s.Workspace(t.Context(), "o", func(ctx context.Context, tx workspace.Tx) error {
		return errors.Join(tx.CreateEnvironment(ctx, e, "test", plain()), errPlan)
	})
	if !errors.Is(err, errPlan) {
		t.Errorf("got %v, want the plan's own error", err)
	}
	if heads, err := s.Heads(t.Context()); err != nil || len(heads) != 1 {
		t.Errorf("got %d environments (%v), want 1", len(heads), err)
	}
	own := func(id authz.ID) error {
		return s.Workspace(t.Context(), "o", func(ctx context.Context, tx workspace.Tx) error {
			return tx.PutKey(ctx, workspace.Key{Key: access.Key{ID: id, Digest: string(id), Organization: "o", Environment: Env}, Generation: 1})
		})
	}
	if err := own("one"); err != nil {
		t.Fatal(err)
	}
	if err := own("two"); authz.KindOf(err) != authz.Conflict {
		t.Errorf("got %v for a second own key, want Conflict", err)
	}
}

package storetest

import (
	"context"
	"sync"
	"testing"
	"time"

	"github.com/gatehouse-authz/gatehouse/internal/access"
	"github.com/gatehouse-authz/gatehouse/internal/authz"
	"github.com/gatehouse-authz/gatehouse/internal/store"
	"github.com/gatehouse-authz/gatehouse/internal/workspace"
)

// firstPasswordOnce: of those who would be the first to sign in, one is.
func firstPasswordOnce(t *testing.T, s *store.Store) {
	var made [4]bool
	var group sync.WaitGroup
	for i := range made {
		group.Go(func() {
			id := authz.ID(rune('a' + i))
			m := workspace.Member{ID: id, Email: string(id) + "@example.com", Grants: []access.Grant{{Level: access.OrganizationLevel, Access: access.Admin}}}
			var err error
			if made[i], err = s.FirstPassword(t.Context(), "o", m, "kept of "+string(id)); err != nil {
				t.Error(err)
			}
		})
	}
	group.Wait()
	first := ""
	for i, is := range made {
		email := string(rune('a'+i)) + "@Example.com"
		member, kept, ok, err := s.Credential(t.Context(), email)
		if err != nil || ok != is || is && kept != "kept of "+string(member) {
			t.Errorf("%s: got %q, %q, %v (%v), want %v", email, member, kept, ok, err, is)
		}
		if is {
			first += email
		}
	}
	if len(first) != len("a@example.com") {
		t.Errorf("got %q, want one", first)
	}
}

// sessionsKept until they end, with the grants that the member has at the time.
func sessionsKept(t *testing.T, s *store.Store) {
	now := time.Now().UTC().Truncate(time.Microsecond)
	m := workspace.Member{ID: "m", Email: "ann@example.com", Grants: []access.Grant{{Level: access.OrganizationLevel, Access: access.Admin}}}
	if _, err := s.FirstPassword(t.Context(), "o", m, "kept"); err != nil {
		t.Fatal(err)
	}
	keep := func(digest string, from time.Time) {
		t.Helper()
		if err := s.KeepSession(t.Context(), digest, "m", from, from.Add(time.Hour)); err != nil {
			t.Fatal(err)
		}
	}
	wants := func(digest string, at time.Time, want access.Access) {
		t.Helper()
		p, ok, err := s.Session(t.Context(), digest, at)
		if err != nil || ok != (want != "") || ok && (p.Member != "m" || p.Organization != "o" || p.Email != "ann@example.com" || p.Grants[0].Access != want) {
			t.Errorf("%s: got %+v, %v (%v), want %q", digest, p, ok, err, want)
		}
	}
	keep("one", now)
	wants("one", now, access.Admin)
	wants("one", now.Add(time.Hour), "")
	wants("other", now, "")
	m.Grants[0].Access = access.Read
	if err := s.Workspace(t.Context(), "o", func(ctx context.Context, tx workspace.Tx) error { return tx.PutMember(ctx, m) }); err != nil {
		t.Fatal(err)
	}
	wants("one", now, access.Read)
	keep("two", now.Add(2*time.Hour)) // which drops the first
	wants("one", now, "")
	if err := s.DropSession(t.Context(), "two"); err != nil {
		t.Fatal(err)
	}
	wants("two", now.Add(2*time.Hour), "")
	keep("three", now)
	if err := s.SetPassword(t.Context(), "m", "another"); err != nil {
		t.Fatal(err)
	}
	wants("three", now, "")
	if id, ok, err := s.MemberByEmail(t.Context(), "Ann@Example.com"); err != nil || !ok || id != "m" {
		t.Errorf("got %q, %v (%v), want the member", id, ok, err)
	}
	if id, ok, err := s.MemberByEmail(t.Context(), "ann@example.org"); err != nil || ok {
		t.Errorf("got %q (%v), want nobody", id, err)
	}
	if emails, err := s.MemberEmails(t.Context(), "o", []authz.ID{"m", "none"}); err != nil || len(emails) != 1 || emails["m"] != "ann@example.com" {
		t.Errorf("got %v (%v)", emails, err)
	}
}

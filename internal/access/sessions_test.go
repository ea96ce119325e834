package access_test

import (
	"context"
	"testing"
	"time"

	"github.com/gatehouse-authz/gatehouse/internal/access"
	"github.com/gatehouse-authz/gatehouse/internal/authz"
	"github.com/gatehouse-authz/gatehouse/internal/store"
	"github.com/gatehouse-authz/gatehouse/internal/store/storetest"
	"github.com/gatehouse-authz/gatehouse/internal/workspace"
)

func TestAPasswordIsCheckedAgainstWhatIsKept(t *testing.T) {
	t.Parallel()
	kept := access.HashPassword("right")
	if kept == access.HashPassword("right") {
		t.Error("two hashes of a password are the same")
	}
	for password, want := range map[string]bool{"right": true, "Right": false, "": false, "right ": false} {
		if got := access.CheckPassword(kept, password); got != want {
			t.Errorf("%q: got %v", password, got)
		}
	}
	for _, broken := range []string{"", "right", kept[:len(kept)-1], kept + "x", "$argon2id$v=19$m=1,t=1,p=1$" + kept[30:]} {
		if access.CheckPassword(broken, "right") {
			t.Errorf("%q is the hash of a password", broken)
		}
	}
}

// TestAPersonIsTheMostThatIsGranted, where it is asked for.
func TestAPersonIsTheMostThatIsGranted(t *testing.T) {
	t.Parallel()
	env, other := authz.Environment{ID: "e", Project: "p", Organization: "o"}, authz.Environment{ID: "e2", Project: "p2", Organization: "o"}
	org, project, one := access.Grant{Level: access.OrganizationLevel, Access: access.Read}, access.Grant{Level: access.ProjectLevel, Project: "p", Access: access.Write}, access.Grant{Level: access.EnvironmentLevel, Project: "p", Environment: "e", Access: access.Admin}
	for name, c := range map[string]struct {
		grants           []access.Grant
		in, inOther, all access.Access
		level            access.Level
	}{
		"nothing":          {nil, "", "", "", ""},
		"no access":        {[]access.Grant{{Level: access.OrganizationLevel, Access: access.NoAccess}}, "", "", "", ""},
		"the organization": {[]access.Grant{org}, access.Read, access.Read, access.Read, access.OrganizationLevel},
		"a project":        {[]access.Grant{project}, access.Write, "", access.Write, access.ProjectLevel},
		"an environment":   {[]access.Grant{one}, access.Admin, "", access.Admin, access.EnvironmentLevel},
		"all of them":      {[]access.Grant{one, project, org}, access.Admin, access.Read, access.Read, access.OrganizationLevel},
	} {
		p := access.Person{Member: "m", Organization: "o", Email: "a@b.c", Grants: c.grants}
		may := func(k access.Key, err error) access.Access {
			if err != nil {
				if authz.KindOf(err) != authz.Forbidden {
					t.Errorf("%s: got %v, want Forbidden", name, err)
				}
				return ""
			}
			if !k.Member || k.ID != "m" || k.Actor() != "member:m" {
				t.Errorf("%s: got %+v", name, k)
			}
			return k.Access
		}
		in, err := p.KeyIn(env)
		if got := may(in, err); got != c.in || got != "" && (in.Level != access.EnvironmentLevel || !in.Reaches(env) || in.Reaches(other)) {
			t.Errorf("%s: got %+v in the environment, want %q", name, in, c.in)
		}
		if got := may(p.KeyIn(other)); got != c.inOther {
			t.Errorf("%s: got %q in the other, want %q", name, got, c.inOther)
		}
		all, err := p.Key()
		if got := may(all, err); got != c.all || got != "" && all.Level != c.level {
			t.Errorf("%s: got %+v, want %q at level %q", name, all, c.all, c.level)
		}
	}
}

// withAnn makes ann a member, m, whose password is "first".
func withAnn(t *testing.T, s *store.Store) *store.Store {
	t.Helper()
	m := workspace.Member{ID: "m", Email: "ann@example.com", Grants: []access.Grant{{Level: access.OrganizationLevel, Access: access.Admin}}}
	if _, err := s.FirstPassword(t.Context(), "o", m, access.HashPassword("first")); err != nil {
		t.Fatal(err)
	}
	return s
}

// TestASessionEnds by itself, with its member, and when the member's password changes.
func TestASessionEnds(t *testing.T) {
	t.Parallel()
	kept := withAnn(t, storetest.Founded(t))
	now := time.Now()
	s := &access.Sessions{Store: kept, Now: func() time.Time { return now }}
	begin := func() string {
		t.Helper()
		secret, err := s.SignIn(t.Context(), "Ann@Example.com", "first", "here")
		if err != nil {
			t.Fatal(err)
		}
		return secret
	}
	wants := func(secret string, want bool) {
		t.Helper()
		p, _, err := s.Authenticate(t.Context(), secret, storetest.Env)
		if (err == nil) != want || want && p.Email != "ann@example.com" {
			t.Errorf("got %+v (%v), want it to be let in: %v", p, err, want)
		}
	}
	secret := begin()
	wants(secret, true)
	wants(secret+"x", false)
	now = now.Add(access.SessionTime)
	wants(secret, false)
	secret = begin()
	if _, _, err := s.Authenticate(t.Context(), secret, "elsewhere"); authz.KindOf(err) != authz.Forbidden {
		t.Errorf("got %v in another environment, want Forbidden", err)
	}
	if err := kept.SetPassword(t.Context(), "m", access.HashPassword("first")); err != nil {
		t.Fatal(err)
	}
	wants(secret, false)
	secret = begin()
	err := kept.Workspace(t.Context(), "o", func(ctx context.Context, tx workspace.Tx) error { return tx.DeleteMember(ctx, "m") })
	if err != nil {
		t.Fatal(err)
	}
	wants(secret, false)
}

func TestALinkIsGoodOnceAndNotForLong(t *testing.T) {
	t.Parallel()
	kept := withAnn(t, storetest.Founded(t))
	now := time.Now()
	s := &access.Sessions{Store: kept, Now: func() time.Time { return now }}
	link, late := s.Link("m", time.Minute), s.Link("m", time.Second)
	if _, err := s.Follow(t.Context(), link); err != nil {
		t.Error(err)
	}
	now = now.Add(time.Second)
	for _, secret := range []string{link, late, "", "none"} {
		if _, err := s.Follow(t.Context(), secret); authz.KindOf(err) != authz.Unauthorized {
			t.Errorf("%q: got %v, want Unauthorized", secret, err)
		}
	}
}

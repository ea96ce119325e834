package access_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/gatehouse-authz/gatehouse/internal/access"
	"github.com/gatehouse-authz/gatehouse/internal/authz"
	"github.com/gatehouse-authz/gatehouse/internal/store/storetest"
)

var environment = authz.Environment{ID: storetest.Env, Project: "p", Organization: "o", Key: "dev"}

func authenticate(t *testing.T, k *access.Keys, secret string) access.Key {
	t.Helper()
	key, err := k.Authenticate(t.Context(), secret)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

func TestASecretIsItsKeyAndNothingElseIs(t *testing.T) {
	t.Parallel()
	k := &access.Keys{Store: storetest.Founded(t)}
	for secret, want := range map[string]access.Level{
		storetest.EnvSecret: access.EnvironmentLevel, storetest.ProjectSecret: access.ProjectLevel, storetest.OrgSecret: access.OrganizationLevel,
	} {
		key := authenticate(t, k, secret)
		if key.Level != want || key.Actor() != "key:"+string(key.ID) {
			t.Errorf("got %+v as %s, want level %s", key, key.Actor(), want)
		}
		for _, bad := range []string{"", "x", secret + "x", secret[1:], strings.ToUpper(secret), access.Digest(secret), string(key.ID)} {
			if got, err := k.Authenticate(t.Context(), bad); authz.KindOf(err) != authz.Unauthorized || got != (access.Key{}) {
				t.Errorf("%q: got %+v (%v), want Unauthorized", bad, got, err)
			}
		}
	}
}

// forgetful is a store whose keys can be deleted, and that counts who asks.
type forgetful struct {
	access.Store
	asked int
	empty bool
	err   error
}

func (f *forgetful) KeyByDigest(ctx context.Context, digest string) (access.Key, bool, error) {
	if f.asked++; f.empty || f.err != nil {
		return access.Key{}, false, f.err
	}
	return f.Store.KeyByDigest(ctx, digest)
}

// TestADeletedKeyWorksForSecondsOnly: a key is believed without asking for as
// long as it is fresh, and not a moment longer.
func TestADeletedKeyWorksForSecondsOnly(t *testing.T) {
	t.Parallel()
	now := time.Unix(0, 0)
	s := &forgetful{Store: storetest.Founded(t)}
	k := &access.Keys{Store: s, Now: func() time.Time { return now }}
	for range 3 {
		authenticate(t, k, storetest.EnvSecret)
	}
	if s.asked != 1 {
		t.Errorf("asked the store %d times, want once", s.asked)
	}
	s.empty = true
	now = now.Add(5*time.Second - 1)
	authenticate(t, k, storetest.EnvSecret)
	now = now.Add(1)
	for range 2 {
		if _, err := k.Authenticate(t.Context(), storetest.EnvSecret); authz.KindOf(err) != authz.Unauthorized {
			t.Errorf("got %v, want Unauthorized", err)
		}
	}
	if s.asked != 3 {
		t.Errorf("asked the store %d times, want 3: what is no key is not remembered", s.asked)
	}
	s.empty = false
	authenticate(t, k, storetest.EnvSecret)
}

// TestAStoreThatFailsIsNotABadKey: a caller must not be told that its key is
// wrong because the database is away.
func TestAStoreThatFailsIsNotABadKey(t *testing.T) {
	t.Parallel()
	s := &forgetful{Store: storetest.Founded(t), err: context.DeadlineExceeded}
	k := &access.Keys{Store: s}
	if _, err := k.Authenticate(t.Context(), storetest.EnvSecret); authz.KindOf(err) != authz.Internal {
		t.Errorf("got %v, want an error of our own", err)
	}
}

func TestAKeyReachesItsLevel(t *testing.T) {
	t.Parallel()
	same := environment
	other := authz.Environment{ID: "e2", Project: "p", Organization: "o"}
	project := authz.Environment{ID: "e3", Project: "p2", Organization: "o"}
	org := authz.Environment{ID: "e4", Project: "p3", Organization: "o2"}
	for name, c := range map[string]struct {
		key                       access.Key
		same, other, project, org bool
	}{
		"environment":  {access.Key{Level: access.EnvironmentLevel, Organization: "o", Project: "p", Environment: storetest.Env}, true, false, false, false},
		"project":      {access.Key{Level: access.ProjectLevel, Organization: "o", Project: "p"}, true, true, false, false},
		"organization": {access.Key{Level: access.OrganizationLevel, Organization: "o"}, true, true, true, false},
		"no level":     {access.Key{Organization: "o", Project: "p", Environment: storetest.Env}, false, false, false, false},
		"other level":  {access.Key{Level: "ORG", Organization: "o", Project: "p", Environment: storetest.Env}, false, false, false, false},
	} {
		got := [4]bool{c.key.Reaches(same), c.key.Reaches(other), c.key.Reaches(project), c.key.Reaches(org)}
		if want := [4]bool{c.same, c.other, c.project, c.org}; got != want {
			t.Errorf("%s: got %v, want %v", name, got, want)
		}
	}
}

// TestAnEnvironmentIsFoundIfTheKeyReachesIt, by keys or ids. Only a key of the
// organization learns what does not exist.
func TestAnEnvironmentIsFoundIfTheKeyReachesIt(t *testing.T) {
	t.Parallel()
	k := &access.Keys{Store: storetest.Founded(t)}
	const none authz.Kind = -1
	elsewhere := access.Key{Level: access.EnvironmentLevel, Organization: "o", Project: "p", Environment: "e2"}
	stranger := access.Key{Level: access.OrganizationLevel, Organization: "o2"}
	for _, c := range []struct {
		name         string
		key          access.Key
		project, env authz.Ident
		want         authz.Kind
	}{
		{"env", authenticate(t, k, storetest.EnvSecret), "default", "dev", none},
		{"env, by ids", authenticate(t, k, storetest.EnvSecret), "p", authz.Ident(storetest.Env), none},
		{"env, missing", authenticate(t, k, storetest.EnvSecret), "default", "prod", authz.Forbidden},
		{"project", authenticate(t, k, storetest.ProjectSecret), "default", "dev", none},
		{"project, missing", authenticate(t, k, storetest.ProjectSecret), "default", "prod", authz.Forbidden},
		{"org", authenticate(t, k, storetest.OrgSecret), "default", "dev", none},
		{"org, missing", authenticate(t, k, storetest.OrgSecret), "default", "prod", authz.NotFound},
		{"org, project missing", authenticate(t, k, storetest.OrgSecret), "other", "dev", authz.NotFound},
		{"another environment", elsewhere, "default", "dev", authz.Forbidden},
		{"another organization", stranger, "default", "dev", authz.NotFound},
	} {
		got, err := k.Environment(t.Context(), c.key, c.project, c.env)
		switch {
		case c.want == none && (err != nil || got.ID != storetest.Env):
			t.Errorf("%s: got %+v (%v), want the environment", c.name, got, err)
		case c.want != none && (authz.KindOf(err) != c.want || got != (authz.Environment{})):
			t.Errorf("%s: got %+v (%v), want kind %d and nothing else", c.name, got, err, c.want)
		}
	}
}

func TestAnEnvironmentKeyHasItsOwn(t *testing.T) {
	t.Parallel()
	k := &access.Keys{Store: storetest.Founded(t)}
	got, err := k.Own(t.Context(), authenticate(t, k, storetest.EnvSecret))
	if err != nil || got.ID != storetest.Env || got.Organization != "o" || got.Project != "p" {
		t.Errorf("got %+v (%v), want its environment", got, err)
	}
	for _, key := range []access.Key{
		authenticate(t, k, storetest.ProjectSecret), authenticate(t, k, storetest.OrgSecret),
		{Level: access.EnvironmentLevel, Environment: "gone"},
	} {
		if _, err := k.Own(t.Context(), key); authz.KindOf(err) != authz.Forbidden {
			t.Errorf("%s: got %v, want Forbidden", key.Level, err)
		}
	}
}

// TestSecretsAreWhatPermitsToolsExpect: their command line refuses keys without
// the prefix or of less than 97 characters.
func TestSecretsAreWhatPermitsToolsExpect(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	for range 100 {
		s := access.NewSecret()
		if !strings.HasPrefix(s, "permit_key_") || len(s) < 97 || strings.ContainsAny(s, "+/= ") {
			t.Errorf("got %q, want permit_key_ and at least 97 characters that need no escape", s)
		}
		seen[s] = true
	}
	if len(seen) != 100 {
		t.Errorf("got %d different secrets of 100", len(seen))
	}
}

func TestADigestIsSHA256(t *testing.T) {
	t.Parallel()
	const want = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
	if got := access.Digest("abc"); got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

// TestOnlyKeysOfAnEnvironmentAskForDecisions: others reach more than one.
func TestOnlyKeysOfAnEnvironmentAskForDecisions(t *testing.T) {
	t.Parallel()
	keys := &access.Keys{Store: storetest.Founded(t)}
	if k, err := keys.Decider(t.Context(), storetest.EnvSecret); err != nil || k.Environment != storetest.Env {
		t.Errorf("got %+v (%v)", k, err)
	}
	for secret, want := range map[string]authz.Kind{storetest.ProjectSecret: authz.Forbidden, storetest.OrgSecret: authz.Forbidden, "wrong": authz.Unauthorized} {
		if k, err := keys.Decider(t.Context(), secret); authz.KindOf(err) != want || k != (access.Key{}) {
			t.Errorf("%s: got %+v (%v)", secret, k, err)
		}
	}
}

package logto_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/gatehouse-authz/gatehouse/internal/authz"
	"github.com/gatehouse-authz/gatehouse/internal/ingest"
	"github.com/gatehouse-authz/gatehouse/internal/ingest/logto"
)

func acme(name string) authz.SourceOrganization {
	return authz.SourceOrganization{
		Origin: authz.Origin{Source: "logto", ID: "j559qs7he415"}, Exists: true, Name: name,
		Attributes: authz.Attributes{"custom_data": map[string]any{"plan": "free"}},
	}
}

func organizationSubject(id string) ingest.Subject {
	return ingest.Subject{Kind: ingest.OrganizationSubject, ID: id}
}

// recordedAPI plays recorded answers by their paths.
func recordedAPI(t *testing.T, answers map[string]string) *logto.Client {
	t.Helper()
	mux := http.NewServeMux()
	mux.HandleFunc("POST /oidc/token", func(w http.ResponseWriter, _ *http.Request) {
		recordedAnswer(t, "token-m2m-client-credentials-basic").play(w)
	})
	for path, name := range answers {
		answer := recordedAnswer(t, name)
		mux.HandleFunc("GET /api"+path, func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Total-Number", "1")
			answer.play(w)
		})
	}
	s := httptest.NewServer(mux)
	t.Cleanup(s.Close)
	return &logto.Client{Endpoint: s.URL, AppID: "a", AppSecret: "s"}
}

func TestOnlyLogtoSaysThatAnOrganizationIsGone(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		answer string
		want   authz.SourceOrganization
		known  bool
	}{
		"there":         {"organizations-get", acme("Açmé renamed"), true},
		"gone":          {"organizations-get-404", authz.SourceOrganization{Origin: authz.Origin{Source: "logto", ID: "j559qs7he415"}}, true},
		"a wrong route": {"error-404-unknown-route", authz.SourceOrganization{}, false},
		"a user's 404":  {"users-get-404", authz.SourceOrganization{}, false},
	} {
		s := &logto.Source{Client: recordedAPI(t, map[string]string{"/organizations/{id}": c.answer})}
		got, known, err := s.ObserveOrganization(t.Context(), organizationSubject("j559qs7he415"), nil)
		if known != c.known || (err == nil) != c.known || !c.known && authz.KindOf(err) != authz.Unavailable {
			t.Errorf("%s: got known %v (%v)", name, known, err)
		}
		if diff := cmp.Diff(c.want, got, noFacts); c.known && diff != "" {
			t.Errorf("%s (-want +got)\n%s", name, diff)
		}
	}
}

// TestRecordedListsAreUnderstood: members with their roles, and who holds a role.
func TestRecordedListsAreUnderstood(t *testing.T) {
	t.Parallel()
	c := recordedAPI(t, map[string]string{
		"/organizations/{id}/users": "organization-users-list", "/roles": "roles-list-type-user", "/roles/{id}/users": "roles-users",
		"/organizations": "organizations-list",
	})
	got := map[authz.UserKey][]string{}
	_, err := c.Members(t.Context(), "j559qs7he415", func(members []authz.Member) error {
		for _, m := range members {
			got[m.User] = m.Roles
		}
		return nil
	})
	if err != nil || len(got) != 4 || !cmp.Equal(got["ixnhp5grhkar"], []string{"org-admin", "org-member"}) || !cmp.Equal(got["2dnlnyvsq7dc"], []string{"org-admin"}) {
		t.Errorf("got %v (%v), want the four members with their roles", got, err)
	}
	holders := map[string][]authz.UserKey{}
	_, err = c.Roles(t.Context(), func(name string, users []authz.UserKey) error {
		holders[name] = append(holders[name], users...)
		return nil
	})
	want := map[string][]authz.UserKey{"member-default": {"ixnhp5grhkar"}, "viewer-renamed": {"ixnhp5grhkar"}} // one recording for both
	if diff := cmp.Diff(want, holders); diff != "" || err != nil {
		t.Errorf("%v (-want +got)\n%s", err, diff)
	}
	var names []string
	_, err = c.Organizations(t.Context(), func(list []authz.SourceOrganization) error {
		for _, o := range list {
			names = append(names, o.Name)
		}
		return nil
	})
	if diff := cmp.Diff([]string{"Beta", "Açmé renamed"}, names); diff != "" || err != nil {
		t.Errorf("%v (-want +got)\n%s", err, diff)
	}
}

// TestOrganizationsFoldInAnyOrder: the payload that was built last wins, and the
// end of an organization wins over all.
func TestOrganizationsFoldInAnyOrder(t *testing.T) {
	t.Parallel()
	read := func(name string) ingest.Delivery {
		d, err := (&logto.Source{}).Read(recorded(t, name))
		if err != nil {
			t.Fatal(err)
		}
		return d
	}
	observe := func(id string, list ...ingest.Delivery) (authz.SourceOrganization, bool) {
		o, known, err := (&logto.Source{}).ObserveOrganization(t.Context(), organizationSubject(id), func(context.Context) ([]ingest.Delivery, error) { return list, nil })
		if err != nil {
			t.Fatal(err)
		}
		return o, known
	}
	made, renamed := read("058"), read("061")
	id := made.Subject.ID
	for _, list := range [][]ingest.Delivery{{made, renamed}, {renamed, made}, {renamed}} {
		if o, known := observe(id, list...); !known || o.Name != "Açmé renamed" || o.ID != id {
			t.Errorf("got %+v %v, want it renamed", o, known)
		}
	}
	if _, known := observe(id, read("063")); known {
		t.Error("a membership states an organization")
	}
	gone := read("092")
	if o, known := observe(gone.Subject.ID, gone); !known || o.Exists {
		t.Errorf("got %+v %v, want it gone", o, known)
	}
}

package console

import (
	"encoding/json"
	"net/http"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/gatehouse-authz/gatehouse/internal/authz"
	"github.com/gatehouse-authz/gatehouse/internal/directory"
	"github.com/gatehouse-authz/gatehouse/internal/store/storetest"
)

// TestWhatASourceKeepsIsTold: who edits a user or a tenant must know what the next
// look at the source overwrites.
func TestWhatASourceKeepsIsTold(t *testing.T) {
	t.Parallel()
	a, _ := open(t)
	a.Stated = map[string]Stated{"logto": {Users: []string{"username"}, Tenants: []string{"custom_data"}}}
	mapping := authz.Mapping{
		Attributes:       []authz.MappedAttribute{{Key: "plan", Path: "customData.plan"}, {Key: "username", Path: "username"}},
		TenantAttributes: []authz.MappedAttribute{{Key: "tier", Path: "customData.tier"}},
	}
	if _, err := a.Directory.ReplaceMapping(t.Context(), storetest.Env, "test", mapping); err != nil {
		t.Fatal(err)
	}
	name, attributes := "Lobby", authz.Attributes{"floor": json.Number("9007199254740993")}
	if _, _, err := a.Directory.CreateTenant(t.Context(), storetest.Env, "test", "lobby", directory.TenantInput{Name: &name, Attributes: &attributes}); err != nil {
		t.Fatal(err)
	}
	organization := authz.SourceOrganization{Origin: authz.Origin{Source: "logto", ID: "o1"}, Exists: true, Name: "Acme"}
	if _, err := a.Directory.ReflectOrganization(t.Context(), storetest.Env, organization); err != nil {
		t.Fatal(err)
	}
	if _, err := a.Directory.Reflect(t.Context(), storetest.Env, authz.Account{Source: "logto", Key: "ann", Exists: true}, authz.Onboarding{}); err != nil {
		t.Fatal(err)
	}
	if _, err := a.Directory.CreateUser(t.Context(), storetest.Env, "test", "bob", directory.UserInput{}); err != nil {
		t.Fatal(err)
	}
	type kept struct {
		Name, Source, Organization string
		Kept                       []string `json:"kept_attributes"`
	}
	for path, want := range map[string]kept{
		"tenants/o1":    {Name: "Acme", Source: "logto", Organization: "o1", Kept: []string{"custom_data", "tier"}},
		"tenants/lobby": {Name: "Lobby", Kept: []string{}},
		"users/ann":     {Source: "logto", Kept: []string{"plan", "username"}},
		"users/bob":     {Kept: []string{}},
	} {
		w := ask(t, a, storetest.EnvSecret, "GET", "/console/v1/projects/default/envs/dev/"+path, "")
		var got kept
		if err := json.Unmarshal(w.Body.Bytes(), &got); err != nil || w.Code != http.StatusOK {
			t.Errorf("%s: got %d %s (%v)", path, w.Code, w.Body, err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", path, diff)
		}
	}
	if w := ask(t, a, storetest.EnvSecret, "GET", "/console/v1/projects/default/envs/dev/tenants/nowhere", ""); w.Code != http.StatusNotFound {
		t.Errorf("got %d %s, want no such tenant", w.Code, w.Body)
	}
}

package clients_test

import (
	"net/http/httptest"
	"testing"

	"github.com/gatehouse-authz/gatehouse/internal/demo/logtosim"
)

// startLogto starts a stand-in for Logto with an application that people sign in
// to, and returns how the clients' tests are told of it.
func startLogto(t *testing.T) []string {
	t.Helper()
	s := logtosim.New(logtosim.Config{})
	s.Register(logtosim.Registration{
		ID: "clientapp000000000000", Secret: "the-client-secret",
		RedirectURIs: []string{"http://app.example/callback"}, PostLogoutRedirectURIs: []string{"http://app.example/"},
	})
	s.ImportOrganizations(logtosim.Organization{ID: "theirs000000", Name: "Theirs"})
	s.Import(logtosim.User{ID: "ann000000000", Username: new("ann"), Name: new("Ann Example"), PrimaryEmail: new("ann@example.com")})
	s.GiveRoles("ann000000000", logtosim.Role{ID: "viewer000000000000000", Name: "viewer"})
	s.ImportMember("theirs000000", "ann000000000", logtosim.OrganizationRole{ID: "member000000000000000", Name: "member"})
	server := httptest.NewServer(s)
	t.Cleanup(server.Close)
	return []string{"LOGTO_URL=" + server.URL, "LOGTO_APP_ID=clientapp000000000000", "LOGTO_APP_SECRET=the-client-secret"}
}

package logtosim_test

import (
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/logto-io/go/v2/client"
	"github.com/logto-io/go/v2/core"

	"github.com/gatehouse-authz/gatehouse/internal/demo/logtosim"
)

// A storage is what the SDK keeps of a session.
type storage map[string]string

func (s storage) GetItem(key string) string { return s[key] }
func (s storage) SetItem(key, value string) { s[key] = value }

// An sdkApp is an application made with Logto's official Go SDK, unchanged.
type sdkApp struct {
	*client.LogtoClient
	web *httptest.Server
	err error // of the callback
}

func newSDKApp(t *testing.T, logto string) *sdkApp {
	t.Helper()
	a := &sdkApp{LogtoClient: client.NewLogtoClient(&client.LogtoConfig{
		Endpoint: logto, AppId: webID, AppSecret: webSecret, Resources: []string{orders},
		Scopes: []string{core.UserScopeEmail, core.UserScopeRoles, core.UserScopeOrganizations, core.UserScopeOrganizationRoles, "read:orders", "read:document"},
	}, storage{})}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /sign-in", func(w http.ResponseWriter, r *http.Request) {
		to, err := a.SignInWithRedirectUri(a.web.URL + "/callback")
		must(t, err)
		http.Redirect(w, r, to, http.StatusFound)
	})
	mux.HandleFunc("GET /callback", func(w http.ResponseWriter, r *http.Request) {
		a.err = a.HandleSignInCallback(r)
		_, _ = io.WriteString(w, "arrived")
	})
	mux.HandleFunc("GET /sign-out", func(w http.ResponseWriter, r *http.Request) {
		to, err := a.SignOut(a.web.URL + "/")
		must(t, err)
		http.Redirect(w, r, to, http.StatusFound)
	})
	mux.HandleFunc("GET /{$}", func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "left") })
	a.web = httptest.NewServer(mux)
	t.Cleanup(a.web.Close)
	return a
}

// A person is a browser.
type person struct {
	t      *testing.T
	client http.Client
}

func newPerson(t *testing.T) *person {
	jar, err := cookiejar.New(nil)
	must(t, err)
	return &person{t: t, client: http.Client{Jar: jar, CheckRedirect: func(r *http.Request, _ []*http.Request) error {
		r.URL.RawQuery = strings.ReplaceAll(r.URL.RawQuery, " ", "%20") // as browsers do with what the SDK leaves
		return nil
	}}}
}

func (p *person) read(resp *http.Response, err error) (page string, at *url.URL) {
	p.t.Helper()
	must(p.t, err)
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	must(p.t, err)
	return string(body), resp.Request.URL
}

var hidden = regexp.MustCompile(`name="interaction" value="([^"]+)"`)

// signUp fills in the form of the sign-in page that an application has led to.
func (p *person) signUp(page string, at *url.URL, username string) (string, *url.URL) {
	p.t.Helper()
	found := hidden.FindStringSubmatch(page)
	if found == nil {
		p.t.Fatalf("%s is no sign-in page of an application:\n%s", at, page)
	}
	return p.read(p.client.PostForm(at.Scheme+"://"+at.Host+"/people", url.Values{
		"interaction": {found[1]}, "username": {username}, "email": {username + "@example.org"}, "name": {"Ann"},
	}))
}

// TestTheOfficialGoSDKSignsPeopleIn by the pages, and gets every kind of token.
func TestTheOfficialGoSDKSignsPeopleIn(t *testing.T) {
	t.Parallel()
	rc := newReceiver(t, http.StatusNoContent)
	s := newSim(logtosim.Config{WebhookURL: rc.URL})
	must(t, s.Seed("resources", []byte(resourcesBefore)))
	must(t, s.Seed("organizationScopes", []byte(recorded(t, "organization-scopes-list").Response.Body)))
	must(t, s.Seed("organizationRoles", []byte(recorded(t, "organization-roles-list").Response.Body)))
	s.ImportOrganizations(logtosim.Organization{ID: theirs, Name: "Theirs"})
	logto := httptest.NewServer(s)
	t.Cleanup(logto.Close)
	app := newSDKApp(t, logto.URL)
	s.Register(logtosim.Registration{
		ID: webID, Secret: webSecret, RedirectURIs: []string{app.web.URL + "/callback"}, PostLogoutRedirectURIs: []string{app.web.URL + "/"},
	})
	p := newPerson(t)

	page, at := p.read(p.client.Get(app.web.URL + "/sign-in"))
	page, at = p.signUp(page, at, "ann")
	if page != "arrived" || !strings.HasPrefix(at.String(), app.web.URL+"/callback?") || app.err != nil {
		t.Fatalf("signing up ends at %s with %v: %s", at, app.err, page)
	}
	id := s.Users()[0].ID
	got, err := app.GetIdTokenClaims()
	must(t, err)
	if got.Sub != id || got.Name != "Ann" || got.Username != "ann" || got.Email != "ann@example.org" || !got.EmailVerified || got.Iss != logto.URL+"/oidc" {
		t.Errorf("the ID token says %+v", got)
	}
	var events []string
	for _, w := range rc.all(t, s) {
		events = append(events, decode[struct{ Event string }](t, w.Body).Event)
	}
	if !slices.Contains(events, "User.Created") || !slices.Contains(events, "PostRegister") {
		t.Errorf("signing up fires %v", events)
	}

	s.GiveRoles(id, logtosim.Role{ID: "d1lz26xqwqkgew2nnk1ju", Name: "viewer"})
	s.GrantRole("d1lz26xqwqkgew2nnk1ju", "3brdpbecl0wk13lmshm77")
	s.ImportMember(theirs, id, logtosim.OrganizationRole{ID: "2nenpx02m87ru9wyj8pgs", Name: "org-member"})
	info, err := app.FetchUserInfo()
	must(t, err)
	if info.Sub != id || !slices.Equal(info.Roles, []string{"viewer"}) || !slices.Equal(info.OrganizationRoles, []string{theirs + ":org-member"}) {
		t.Errorf("userinfo says %+v", info)
	}
	access, err := app.GetAccessToken(orders)
	must(t, err)
	if _, payload := opened(t, s, access.Token); access.Scope != "read:orders" || !strings.Contains(payload, `"aud":"`+orders+`"`) {
		t.Errorf("the token of the resource has scope %q and says %s", access.Scope, payload)
	}
	organization, err := app.GetOrganizationTokenClaims(theirs)
	must(t, err)
	if organization.Aud != "urn:logto:organization:"+theirs || organization.Sub != id {
		t.Errorf("the token of the organization says %+v", organization)
	}
	if _, err := app.GetOrganizationToken("another"); err == nil || !strings.Contains(err.Error(), "403") {
		t.Errorf("the token of an organization one is no member of: got %v, want 403", err)
	}

	if page, _ := p.read(p.client.Get(app.web.URL + "/sign-in")); page != "arrived" || app.err != nil {
		t.Errorf("with a session one is asked again: %v %s", app.err, page)
	}
	if page, at := p.read(p.client.Get(app.web.URL + "/sign-out")); page != "left" || app.IsAuthenticated() {
		t.Errorf("signing out ends at %s: %s", at, page)
	}
	if page, at := p.read(p.client.Get(app.web.URL + "/sign-in")); !hidden.MatchString(page) {
		t.Errorf("after signing out the session is still there: %s", at)
	}
}

package gatehousehttp_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/gatehouse-authz/gatehouse/gatehousehttp"
)

const base = "https://api.example.com"

// rules say which permissions the requests of an API need.
const rules = `{"key":"api","name":"API","secret":"unused","auth_mechanism":"Bearer","mapping_rules":[
{"url":"` + base + `/reports","http_method":"get","resource":"reports","action":"view"},
{"url":"` + base + `/public/{page}","http_method":"get","resource":"reports","action":"view"},
{"url":"` + base + `/reports","http_method":"delete","resource":"reports","action":"delete"}]}`

// newDoor is what gateways ask, in a house with the rules.
func newDoor(t *testing.T) (*house, http.Handler) {
	t.Helper()
	h := newHouse(t)
	h.Post("/v2/facts/default/dev/proxy_configs", rules)
	door, err := gatehousehttp.NewForwardAuth(h.config(), base)
	if err != nil {
		t.Fatal(err)
	}
	return h, door
}

// asked asks the door as a gateway does; headers are pairs.
func asked(door http.Handler, path string, headers ...string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(http.MethodGet, path, nil)
	for i := 0; i < len(headers); i += 2 {
		r.Header.Add(headers[i], headers[i+1])
	}
	w := httptest.NewRecorder()
	door.ServeHTTP(w, r)
	return w
}

func TestAGatewayIsToldWhoMay(t *testing.T) {
	t.Parallel()
	h, door := newDoor(t)
	own, organization := "Bearer "+h.Token(api, ""), "Bearer "+h.Token(api, theirs)
	for path, prefix := range map[string]string{"/nginx": "X-Original-", "/forward": "X-Forwarded-"} {
		ask := func(token, method, uri string) *httptest.ResponseRecorder {
			return asked(door, path, "Authorization", token, prefix+"Method", method, prefix+"Uri", uri, "X-Gatehouse-User", "bob")
		}
		if w := ask(own, "GET", "/reports"); w.Code != http.StatusOK || w.Header().Get("X-Gatehouse-User") != ann || w.Body.Len() > 0 {
			t.Errorf("%s: got %d %v, want 200 and who asks", path, w.Code, w.Header())
		}
		if w := ask(organization, "DELETE", "/reports"); w.Code != http.StatusOK || w.Header().Get("X-Gatehouse-Organization") != theirs {
			t.Errorf("%s: got %d %v, want 200 and the organization", path, w.Code, w.Header())
		}
		refused(t, path+": what no role allows", ask(own, "DELETE", "/reports"), http.StatusForbidden, "no_permission")
		refused(t, path+": what no rule is about", ask(own, "GET", "/admin"), http.StatusForbidden, "denied")
		refused(t, path+": a bad token", ask(own+"x", "GET", "/reports"), http.StatusUnauthorized, "invalid_token")
	}
	refused(t, "no path", asked(door, "/", "Authorization", own), http.StatusForbidden, "no_gateway")
}

// TestAGatewayMustSayWhatItIsAskedFor, once, in its own headers, and so that there
// is one way to read it.
func TestAGatewayMustSayWhatItIsAskedFor(t *testing.T) {
	t.Parallel()
	h, door := newDoor(t)
	own := "Bearer " + h.Token(api, "")
	for name, headers := range map[string][]string{
		"nothing":           nil,
		"another gateway's": {"X-Forwarded-Method", "GET", "X-Forwarded-Uri", "/reports"},
		"two paths":         {"X-Original-Method", "GET", "X-Original-Uri", "/reports", "X-Original-Uri", "/admin"},
		"two methods":       {"X-Original-Method", "GET", "X-Original-Method", "DELETE", "X-Original-Uri", "/reports"},
		"no method":         {"X-Original-Uri", "/reports"},
	} {
		refused(t, name, asked(door, "/nginx", append(headers, "Authorization", own)...), http.StatusForbidden, "ambiguous_request")
	}
	for _, uri := range []string{
		"", "reports", "https://api.example.com/reports", "//reports", "/public//x", "/public/../reports", "/public/./x", "/public/..",
		"/public/%2e%2e", "/public/%2E", "/public/a%2fb", "/public/a%5cb", `/public/a\b`, "/public/a;b", "/public/a%3bb", "/public/a#b",
		"/public/%61", "/public/%00", "/public/%", "/public/%zz", "/public/a b", "/public/%252e", "/public/%3f", "/public/ä",
	} {
		w := asked(door, "/nginx", "Authorization", own, "X-Original-Method", "GET", "X-Original-Uri", uri)
		refused(t, uri, w, http.StatusForbidden, "ambiguous_request")
	}
	for _, uri := range []string{"/public/x", "/public/a%20b", "/public/%C3%A4", "/public/x~1.2_3-4", "/public/x?page=../.."} {
		w := asked(door, "/nginx", "Authorization", own, "X-Original-Method", "GET", "X-Original-Uri", uri)
		if ambiguous := strings.Contains(w.Body.String(), "ambiguous_request"); ambiguous {
			t.Errorf("%s: got %d %s", uri, w.Code, w.Body)
		}
	}
}

// TestALookalikeIsRefused: a service may take it for who asks.
func TestALookalikeIsRefused(t *testing.T) {
	t.Parallel()
	h, door := newDoor(t)
	sent := []string{"Authorization", "Bearer " + h.Token(api, ""), "X-Original-Method", "GET", "X-Original-Uri", "/reports"}
	for _, name := range []string{"X_Gatehouse_User", "x-gatehouse_user", "X.Gatehouse-User", "X_Gatehouse-Organization", "X!Gatehouse~Organization"} {
		refused(t, name, asked(door, "/nginx", append(sent, name, "bob")...), http.StatusForbidden, "ambiguous_request")
	}
	for _, name := range []string{"X-Gatehouse-User", "x-gatehouse-organization", "X-Gatehouse-Users", "X_Gatehouse"} {
		if w := asked(door, "/nginx", append(sent, name, "bob")...); w.Code != http.StatusOK || w.Header().Get("X-Gatehouse-User") != ann {
			t.Errorf("%s: got %d %v, want 200 for Ann", name, w.Code, w.Header())
		}
	}
}

func TestTheBaseOfTheRulesIsAnAddress(t *testing.T) {
	t.Parallel()
	c := gatehousehttp.Config{Logto: "http://logto", Gatehouse: "http://gatehouse", APIKey: "key"}
	for _, wrong := range []string{"", "api.example.com", "https://api.example.com/", "https://api.example.com?x", "/reports"} {
		if _, err := gatehousehttp.NewForwardAuth(c, wrong); err == nil {
			t.Errorf("%q is taken", wrong)
		}
	}
}

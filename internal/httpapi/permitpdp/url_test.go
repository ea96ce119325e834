package permitpdp_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/gatehouse-authz/gatehouse/internal/authz"
)

// mapped are URL mappings of two applications.
func mapped() []authz.Change {
	return []authz.Change{
		authz.PutURLMapping{Mapping: authz.URLMapping{Key: "docs", ID: "m1", CreatedAt: time.UnixMicro(1), Secret: "hidden", Rules: []authz.URLRule{
			{URL: "https://docs.test/{tenant}/docs/{id}", Method: "get", Resource: "doc", Action: "read", Headers: map[string]string{"X-Secret": "hidden"}},
			{URL: "https://docs.test/docs?size={size}", Method: "post", Resource: "doc", Action: "write"},
			{URL: "https://docs.test/raw", Method: "read", Resource: "doc"},
		}}},
		authz.PutURLMapping{Mapping: authz.URLMapping{Key: "more", ID: "m2", CreatedAt: time.UnixMicro(2), Rules: []authz.URLRule{
			{URL: `https://docs\.test/acme/docs/(?P<id>\d+)$`, Regex: true, Method: "get", Resource: "doc", Action: "write", Priority: new(1)},
			{URL: `(a+)+$`, Regex: true, Method: "put", Resource: "doc", Action: "read", Priority: new(9)},
			{URL: `aa`, Regex: true, Method: "put", Resource: "doc", Action: "read"},
		}}},
		// Whoever writes a big document must be big.
		authz.PutConditionSet{Set: authz.ConditionSet{Key: "small", ID: "s1", Kind: authz.ResourceSet, Resource: "doc", Name: "Small", Conditions: `{"resource.size":{"equals":"1"}}`}},
		authz.PutRule{Rule: authz.Rule{ID: "r1", Role: "viewer", ResourceSet: "small", Permission: authz.Permission{Resource: "doc", Action: "write"}}},
	}
}

func asksURL(user, method, url string) string {
	return `{"user":{"key":"` + user + `"},"http_method":"` + method + `","url":"` + url + `","tenant":"acme"}`
}

func TestRequestsAreMappedToPermissions(t *testing.T) {
	t.Parallel()
	d := open(t, true, mapped()...)
	for name, c := range map[string]struct{ body, want string }{
		"allowed":                    {asksURL("ann", "GET", "https://docs.test/acme/docs/seven"), yes},
		"a stranger":                 {asksURL("bob", "GET", "https://docs.test/acme/docs/seven"), no},
		"an expression goes before":  {asksURL("ann", "get", "https://docs.test/acme/docs/7"), no},
		"by what the query says":     {asksURL("ann", "Post", "https://docs.test/docs?size=1&x=2"), yes},
		"by what the query says, no": {asksURL("ann", "Post", "https://docs.test/docs?size=2"), no},
		"no action is the method":    {asksURL("ann", "READ", "https://docs.test/raw"), yes},
		"tenant of the question":     {strings.Replace(asksURL("ann", "READ", "https://docs.test/raw"), `"acme"`, `"lab"`, 1), no},
		"all there is": {
			`{"user":{"key":"ann","attributes":{}},"http_method":"get","url":"https://docs.test/acme/docs/x","tenant":"acme","context":null,"sdk":"go","resource":{"type":"x"},"action":"y"}`, yes,
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if w := d.ask(t, http.MethodPost, "/allowed_url", key, c.body); w.Code != 200 || w.Body.String() != c.want {
				t.Errorf("got %d %s, want %s", w.Code, w.Body, c.want)
			}
		})
	}
}

// TestARequestWithoutARuleIsDeniedAndToldWhich: as the PDP does, without secrets.
func TestARequestWithoutARuleIsDeniedAndToldWhich(t *testing.T) {
	t.Parallel()
	d := open(t, true, mapped()...)
	const begin = `{"allow":false,"result":false,"query":{"user":{"key":"ann","attributes":null},"http_method":"GET","url":"https://x.test/","tenant":"acme","context":null},` +
		`"debug":{"reason":"Matched mapping rule not found for the requested URL and HTTP method","mapping_rules":[{"url":"(a+)+$","http_method":"put","resource":"doc","action":"read","priority":9,"url_type":"regex"},`
	w := d.ask(t, http.MethodPost, "/allowed_url", key, asksURL("ann", "GET", "https://x.test/"))
	if got := w.Body.String(); w.Code != 200 || !strings.HasPrefix(got, begin) || strings.Count(got, `"http_method"`) != 7 || strings.Contains(got, "hidden") {
		t.Errorf("got %d %s, want %s…", w.Code, got, begin)
	}
	began := time.Now()
	for _, url := range []string{strings.Repeat("a", 60) + "!", strings.Repeat("a", 9000)} {
		if w := d.ask(t, http.MethodPost, "/allowed_url", key, asksURL("ann", "PUT", url)); w.Code != 200 || !strings.HasPrefix(w.Body.String(), `{"allow":false,`) {
			t.Errorf("got %d %s, want a denial", w.Code, w.Body)
		}
	}
	if took := time.Since(began); took > 5*time.Second {
		t.Errorf("it took %v", took)
	}
	if allowed, denied := d.decisions.Counts(); allowed != 0 || denied != 3 {
		t.Errorf("got %d and %d counted, want three denials", allowed, denied)
	}
}

func TestAMappedAnswerExplainsItself(t *testing.T) {
	t.Parallel()
	d := open(t, true, mapped()...)
	body := asksURL("ann", "GET", "https://docs.test/acme/docs/seven")
	w := d.ask(t, http.MethodPost, "/allowed_url", key, body, "X-Gatehouse-Explain", "1")
	if got := w.Body.String(); !strings.HasPrefix(got, `{"allow":true,"result":true,"debug":{"request":`) || !strings.Contains(got, `"id":"seven"`) || !strings.Contains(got, `"allowing_roles":["viewer"]`) {
		t.Errorf("got %s", got)
	}
	w = d.ask(t, http.MethodPost, "/allowed_url", key, `{"use_debugger":true,`+body[1:])
	if !strings.Contains(w.Body.String(), `"debug":`) {
		t.Errorf("got %s, want it explained", w.Body)
	}
}

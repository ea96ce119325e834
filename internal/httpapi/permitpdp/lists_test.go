package permitpdp_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/gatehouse-authz/gatehouse/internal/httpapi/permitpdp"
)

const (
	acmeWire = `{"key":"acme","attributes":{"tier":"pro"}}`
	docAcme  = `"__tenant:acme":{"tenant":` + acmeWire + `,"permissions":["doc:read"],"roles":["viewer"]}`
	folderF  = `"folder:f":{"tenant":` + acmeWire + `,"resource":{"key":"f","type":"folder","attributes":{}},"permissions":["folder:read"],"roles":["owner"]}`
	doc2     = `"doc:2":{"tenant":` + acmeWire + `,"resource":{"key":"2","type":"doc","attributes":{"level":0}},"permissions":["doc:write"],"roles":["editor"]}`
)

func TestListsAreAnswered(t *testing.T) {
	t.Parallel()
	d := open(t, true, wide()...)
	const thing = `{"action":"write","resource":{"type":"doc","key":"2","tenant":"acme"}}`
	dan, eve := about("dan", "write", "doc", "2", "acme"), about("eve", "write", "doc", "3", "")
	no, yes := strings.TrimSpace(no), strings.TrimSpace(yes)
	for name, c := range map[string]struct{ path, body, want string }{
		"bulk":         {"/allowed/bulk", `[` + dan + `,` + asks + `,` + about("zoe", "x", "y", "", "") + `,` + eve + `]`, `{"allow":[` + yes + `,` + yes + `,` + no + `,` + yes + `]}`},
		"bulk, checks": {"/allowed/bulk", ` {"checks":[` + about("dan", "write", "doc", "3", "acme") + `,` + dan + `]}`, `{"allow":[` + no + `,` + yes + `]}`},
		"bulk, empty":  {"/allowed/bulk", `[]`, `{"allow":[]}`},

		"all tenants":               {"/allowed/all-tenants", asks, `{"allowed_tenants":[{"allow":true,"result":true,"tenant":` + acmeWire + `}]}`},
		"all tenants, nowhere":      {"/allowed/all-tenants", about("bob", "read", "doc", "", "acme"), `{"allowed_tenants":[]}`},
		"all tenants, whatever one": {"/allowed/all-tenants", about("cat", "read", "doc", "", "moon"), `{"allowed_tenants":[{"allow":true,"result":true,"tenant":{"key":"lab","attributes":{}}}]}`},
		"all tenants, by instance": {"/allowed/all-tenants", dan, `{"allowed_tenants":[{"allow":true,"result":true,"tenant":` + acmeWire +
			`},{"allow":true,"result":true,"tenant":{"key":"default","attributes":{}}},{"allow":true,"result":true,"tenant":{"key":"lab","attributes":{}}}]}`},
		"all tenants, optimized": {"/allowed/all-tenants", `{"context":{"optimized":true},` + dan[1:], `{"allowed_tenants":[]}`},

		"permissions":             {"/user-permissions", `{"user":{"key":"ann","email":null}}`, `{` + docAcme + `}`},
		"permissions, instances":  {"/user-permissions", `{"user":{"key":"dan"}}`, `{` + doc2 + `,` + folderF + `}`},
		"permissions, types":      {"/user-permissions", `{"user":{"key":"dan"},"resource_types":["folder"],"tenants":null,"resources":null}`, `{` + folderF + `}`},
		"permissions, resources":  {"/user-permissions", `{"user":{"key":"dan"},"resources":["doc:2","x"]}`, `{` + doc2 + `}`},
		"permissions, tenants":    {"/user-permissions", `{"user":{"key":"dan"},"tenants":["__tenant:acme"]}`, `{` + doc2 + `,` + folderF + `}`},
		"permissions, none":       {"/user-permissions", `{"user":{"key":"dan"},"tenants":[]}`, `{}`},
		"permissions, elsewhere":  {"/user-permissions", `{"user":{"key":"dan"},"tenants":["lab"]}`, `{}`},
		"permissions, a stranger": {"/user-permissions", `{"user":{"key":"zoe"}}`, `{}`},
		"permissions, suspended":  {"/user-permissions", `{"user":{"key":"sam"}}`, `{}`},
		"permissions by rules": {
			"/user-permissions", `{"user":{"key":"ann","attributes":{"big":2}},"resource_types":["doc"],"context":{"enable_abac_user_permissions":true}}`,
			`{"doc:3":{"tenant":` + acmeWire + `,"permissions":["doc:write"],"roles":[]}}`,
		},

		"tenants":       {"/user-tenants", `{"user":{"key":"ann"},"context":{}}`, `[` + acmeWire + `]`},
		"tenants, none": {"/user-tenants", `{"user":{"key":"zoe"}}`, `[]`},

		"users":               {"/authorized_users", `{"action":"read","resource":{"type":"doc","tenant":"acme"},"sdk":"python"}`, `{"resource":"doc:*","tenant":"acme","users":{"ann":[{"user":"ann","tenant":"acme","resource":"__tenant:acme","role":"viewer"}]}}`},
		"users of instance":   {"/authorized_users", thing, `{"resource":"doc:2","tenant":"acme","users":{"dan":[{"user":"dan","tenant":"acme","resource":"folder:f","role":"folder#owner"}]}}`},
		"users by rules":      {"/authorized_users", `{"context":{"enable_abac_authorized_users":true},"action":"write","resource":{"type":"doc","key":"3","tenant":"acme"}}`, `{"resource":"doc:3","tenant":"acme","users":{"eve":[{"user":"eve","tenant":"acme","resource":"first","role":"big"}]}}`},
		"users without rules": {"/authorized_users", strings.Replace(thing, `"2"`, `"3"`, 1), `{"resource":"doc:3","tenant":"acme","users":{}}`},
		"users, no tenant":    {"/authorized_users", `{"action":"read","resource":{"type":"doc"}}`, `{"resource":"doc:*","tenant":"default","users":{}}`},

		"opa root":        {"/v1/data/permit/root", `{"input":` + dan + `}`, `{"result":` + yes + `}`},
		"opa root, no":    {"/v1/data/permit/root", `{"input":` + about("zoe", "x", "y", "", "") + `}`, `{"result":` + no + `}`},
		"opa bulk":        {"/v1/data/permit/bulk", `{"input":[` + dan + `]}`, `{"result":{"allow":[` + yes + `]}}`},
		"opa bulk checks": {"/v1/data/permit/bulk", `{"input":{"checks":[` + dan + `]}}`, `{"result":{"allow":[` + yes + `]}}`},
		"opa any tenant":  {"/v1/data/permit/any_tenant", `{"input":` + asks + `}`, `{"result":{"allowed_tenants":[{"allow":true,"result":true,"tenant":` + acmeWire + `}]}}`},
		"opa all tenants": {"/v1/data/permit/all_tenants", `{"input":` + asks + `}`, `{"result":{"allowed_tenants":[{"allow":true,"result":true,"tenant":` + acmeWire + `}]}}`},
		"opa permissions": {"/v1/data/permit/user_permissions", `{"input":{"user":{"key":"ann"}}}`, `{"result":{"permissions":{` + docAcme + `}}}`},
		"opa, Java's":     {"/v1/data/permit/user_permissions/permissions", `{"input":{"user":{"key":"ann"}}}`, `{"result":{` + docAcme + `}}`},

		"kong":              {"/kong", kongAsks("READ", "/docs/1", `{"id":"x","username":"ann"}`), `{"result":false}`}, // the tenant is default
		"kong, allowed":     {"/kong", kongAsks("READ", "/docs/1", `{"username":"kim"}`), `{"result":true}`},
		"kong, no consumer": {"/kong", kongAsks("READ", "/docs/1", `null`), `{"result":false}`},
		"kong, no route":    {"/kong", kongAsks("READ", "/x/docs", `{"username":"ann"}`), `{"result":false}`},
		"kong, long path":   {"/kong", kongAsks("READ", "/docs/"+strings.Repeat("x", 9000), `{"username":"ann"}`), `{"result":false}`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if w := d.ask(t, http.MethodPost, c.path, key, c.body); w.Code != 200 || w.Body.String() != c.want+"\n" {
				t.Errorf("got %d %s\nwant %s", w.Code, w.Body, c.want)
			}
		})
	}
}

func kongAsks(method, path, consumer string) string {
	return `{"input":{"request":{"http":{"method":"` + method + `","path":"` + path + `"}},"consumer":` + consumer + `}}`
}

// TestWhatIsMalformedIsNamed: and never taken for a question that allows.
func TestWhatIsMalformedIsNamed(t *testing.T) {
	t.Parallel()
	d := open(t, true, wide()...)
	const noDict, noText, noList = "value is not a valid dict", "str type expected", "value is not a valid list"
	for _, c := range []struct{ path, body, want string }{
		{"/allowed", `{"use_debugger":"yes",` + asks[1:], wrong("use_debugger", "value could not be parsed to a boolean", "boolean")},
		{"/allowed/bulk", ``, ""},
		{"/allowed/bulk", `{`, ""},
		{"/allowed/bulk", `null`, missing("checks")},
		{"/allowed/bulk", `{"Checks":[]}`, missing("checks")},
		{"/allowed/bulk", `{"checks":{}}`, `{"detail":[{"loc":["body","checks"],"msg":"` + noList + `","type":"value_error.value"}]}` + "\n"},
		{"/allowed/bulk", `"x"`, `{"detail":[{"loc":["body"],"msg":"` + noList + `","type":"value_error.value"}]}` + "\n"},
		{"/allowed/bulk", `[` + asks + `,{"user":{"key":1},"action":"a","resource":{}}]`, strings.Replace(wrong("1.user.key", noText, "string"), "]}\n", "", 1) + `,{"loc":["body","1","resource","type"],"msg":"field required","type":"value_error.missing"}]}` + "\n"},
		{"/allowed/bulk", `[` + asks + `,7]`, `{"detail":[{"loc":["body","1"],"msg":"` + noDict + `","type":"value_error.value"}]}` + "\n"},
		{"/allowed/bulk", `[null]`, missing("0.user", "0.action", "0.resource")},
		{"/allowed/all-tenants", `{"user":{"key":"ann"}}`, missing("action", "resource")},
		{"/user-permissions", `{}`, missing("user")},
		{"/user-permissions", `{"user":"ann"}`, wrong("user", noDict, "object")},
		{"/user-permissions", `{"user":{"key":"ann"},"tenants":"acme"}`, wrong("tenants", noList, "list")},
		{"/user-permissions", `{"user":{"key":"ann"},"resources":["a",null]}`, wrong("resources.1", noText, "string")},
		{"/user-permissions", `{"user":{"key":"ann"},"resource_types":["a",{},"b"]}`, wrong("resource_types.1", noText, "string")},
		{"/user-permissions", `{"user":{"key":"ann"},"context":[]}`, wrong("context", noDict, "object")},
		{"/user-permissions", `[]`, ""},
		{"/user-tenants", `{"user":{}}`, missing("user.key")},
		{"/user-tenants", `{"user":{"key":"ann"},"context":1}`, wrong("context", noDict, "object")},
		{"/authorized_users", `{"user":{"key":"ann"}}`, missing("action", "resource")},
		{"/authorized_users", `{"action":"read","resource":{"key":"1"}}`, missing("resource.type")},
		{"/v1/data/permit/root", asks, missing("input")},
		{"/v1/data/permit/root", `{"input":null}`, missing("input")},
		{"/v1/data/permit/root", `{"input":{"user":{"key":"ann"},"action":"read"}}`, missing("input.resource")},
		{"/v1/data/permit/bulk", `{"input":{"checks":[{}]}}`, missing("input.checks.0.user", "input.checks.0.action", "input.checks.0.resource")},
		{"/v1/data/permit/user_permissions", `{"input":[]}`, `{"detail":[{"loc":["body","input"],"msg":"` + noDict + `","type":"value_error.value"}]}` + "\n"},
		{"/kong", `{}`, missing("input")},
		{"/kong", `{"input":{}}`, missing("input.request")},
		{"/kong", `{"input":{"request":{"http":{"method":1}},"consumer":{}}}`, strings.Replace(wrong("input.request.http.method", noText, "string"), "]}\n", "", 1) +
			`,{"loc":["body","input","request","http","path"],"msg":"field required","type":"value_error.missing"},{"loc":["body","input","consumer","username"],"msg":"field required","type":"value_error.missing"}]}` + "\n"},
	} {
		w := d.ask(t, http.MethodPost, c.path, key, c.body)
		if got := w.Body.String(); w.Code != 422 || c.want != "" && got != c.want || !strings.HasPrefix(got, `{"detail":`) {
			t.Errorf("%s %s: got %d %s, want 422 %s", c.path, c.body, w.Code, got, c.want)
		}
	}
	if w := d.ask(t, http.MethodPost, "/allowed/bulk", key, `[{"user":"ann","action":"read","resource":"doc"}]`); w.Code != 421 {
		t.Errorf("a question of version 1 in a list: got %d %s, want 421", w.Code, w.Body)
	}
	if allowed, denied := d.decisions.Counts(); allowed+denied != 0 {
		t.Errorf("got %d and %d counted, want none", allowed, denied)
	}
}

func TestNginxAsksInHeaders(t *testing.T) {
	t.Parallel()
	d := open(t, true)
	ask := func(tenant, user string) (int, string) {
		w := d.ask(t, http.MethodPost, "/nginx_allowed", key, "not read", "permit-user-key", user, "Permit-Tenant-Id", tenant, "PERMIT-ACTION", "read", "permit-resource-type", "doc")
		return w.Code, w.Body.String()
	}
	for _, c := range []struct{ tenant, user, want string }{{"acme", "ann", yes}, {"lab", "ann", no}, {"", "ann", no}, {"acme", "bob", no}} {
		if status, got := ask(c.tenant, c.user); status != 200 || got != c.want {
			t.Errorf("%s in %s: got %d %s, want %s", c.user, c.tenant, status, got, c.want)
		}
	}
	if status, got := ask("acme", ""); status != 422 || got != `{"detail":[{"loc":["header","permit-user-key"],"msg":"field required","type":"value_error.missing"}]}`+"\n" {
		t.Errorf("without a user: got %d %s", status, got)
	}
	r := newRequest(t, "/nginx_allowed")
	for _, name := range []string{"permit-user-key", "permit-user-key", "permit-tenant-id", "permit-action", "permit-resource-type"} {
		r.Header.Add(name, "x")
	}
	if w := d.serve(t, r); w.Code != 422 || !strings.Contains(w.Body.String(), "more than once") {
		t.Errorf("with two users: got %d %s, want 422", w.Code, w.Body)
	}
}

// TestKongIsRefusedWhereItIsNotSetUp: no route means that there is no Kong.
func TestKongIsRefusedWhereItIsNotSetUp(t *testing.T) {
	t.Parallel()
	d := open(t, true)
	mux := http.NewServeMux()
	(&permitpdp.API{Decisions: d.api.Decisions, Keys: d.api.Keys, Log: d.api.Log}).Mount(mux)
	d.Handler = mux
	if w := d.ask(t, http.MethodPost, "/kong", key, kongAsks("GET", "/docs", `{"username":"ann"}`)); w.Code != 503 {
		t.Errorf("got %d %s, want 503", w.Code, w.Body)
	}
}

// TestListsExplainTheirFirstAnswers: an explanation is dear, a list is long.
func TestListsExplainTheirFirstAnswers(t *testing.T) {
	t.Parallel()
	d := open(t, true, wide()...)
	body := `[` + strings.Repeat(asks+",", 149) + asks + `]`
	w := d.ask(t, http.MethodPost, "/allowed/bulk", key, body, "X-Gatehouse-Explain", "1")
	if explained, all := strings.Count(w.Body.String(), `"debug":`), strings.Count(w.Body.String(), `{"allow":true,"result":true`); explained != 100 || all != 150 {
		t.Errorf("got %d explained of %d, want 100 of 150", explained, all)
	}
	if allowed, denied := d.decisions.Counts(); allowed != 150 || denied != 0 {
		t.Errorf("got %d and %d counted, want 150 allowed", allowed, denied)
	}
	w = d.ask(t, http.MethodPost, "/allowed/all-tenants", key, `{"use_debugger":true,`+asks[1:])
	if got := w.Body.String(); !strings.HasPrefix(got, `{"allowed_tenants":[{"allow":true,"result":true,"debug":{"request":`) || !strings.HasSuffix(got, `"tenant":`+acmeWire+"}]}\n") {
		t.Errorf("got %s, want it explained", got)
	}
}

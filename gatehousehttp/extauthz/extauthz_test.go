package extauthz_test

import (
	"context"
	"encoding/json"
	"net"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	corev3 "github.com/envoyproxy/go-control-plane/envoy/config/core/v3"
	authv3 "github.com/envoyproxy/go-control-plane/envoy/service/auth/v3"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials/insecure"

	"github.com/gatehouse-authz/gatehouse/gatehousehttp"
	"github.com/gatehouse-authz/gatehouse/gatehousehttp/extauthz"
	"github.com/gatehouse-authz/gatehouse/internal/demo/stage"
)

const (
	base  = "https://api.example.com"
	api   = "https://reports.example.org/api"
	rules = `{"key":"api","name":"API","secret":"unused","auth_mechanism":"Bearer","mapping_rules":[
{"url":"` + base + `/reports","http_method":"get","resource":"reports","action":"view"},
{"url":"` + base + `/public/{page}","http_method":"get","resource":"reports","action":"view"},
{"url":"` + base + `/reports","http_method":"delete","resource":"reports","action":"delete"}]}`
)

// A house is a Gatehouse with rules for an API, and what Envoy asks on TCP.
type house struct {
	*stage.Stage
	t      *testing.T
	offset atomic.Int64 // of the clock, in nanoseconds
	door   authv3.AuthorizationClient
}

func newHouse(t *testing.T, change ...func(*gatehousehttp.Config)) *house {
	t.Helper()
	h := &house{Stage: stage.New(t), t: t}
	h.Resource(api)
	h.Post("/v2/facts/default/dev/proxy_configs", rules)
	c := gatehousehttp.Config{
		Logto: h.Logto, Audience: api, Gatehouse: h.Gatehouse, APIKey: h.Key,
		Now: func() time.Time { return time.Now().Add(time.Duration(h.offset.Load())) },
	}
	for _, f := range change {
		f(&c)
	}
	forward, err := gatehousehttp.NewForwardAuth(c, base)
	if err != nil {
		t.Fatal(err)
	}
	h.door = dial(t, forward)
	return h
}

// dial serves a door on TCP, and returns a client of it.
func dial(t *testing.T, forward *gatehousehttp.ForwardAuth) authv3.AuthorizationClient {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	server := extauthz.NewServer(forward)
	go func() { _ = server.Serve(l) }()
	t.Cleanup(server.Stop)
	conn, err := grpc.NewClient(l.Addr().String(), grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	return authv3.NewAuthorizationClient(conn)
}

// A verdict is what a client of the gateway, or the service behind it, sees.
type verdict struct {
	status        int
	header        http.Header // that reaches the service, or of the answer
	error, reason string
}

// ask asks as Envoy does: of values under one name it makes one; headers are pairs.
func (h *house) ask(method, path string, headers ...string) verdict {
	h.t.Helper()
	sent := map[string]string{":path": "/reports", ":method": "GET", "x-gatehouse-user": "bob", "x-gatehouse-organization": "bob", "x-original-method": "GET", "x-forwarded-uri": "/reports", "x-envoy-original-path": "/reports"}
	for i := 0; i < len(headers); i += 2 {
		name := strings.ToLower(headers[i])
		if before, twice := sent[name]; twice {
			sent[name] = before + "," + headers[i+1]
		} else {
			sent[name] = headers[i+1]
		}
	}
	return h.send(sent, &authv3.AttributeContext_HttpRequest{Method: method, Path: path, Host: "evil.example.com", Headers: sent})
}

// send sends a request of which the service would see the headers.
func (h *house) send(sent map[string]string, asked *authv3.AttributeContext_HttpRequest) verdict {
	h.t.Helper()
	ctx, cancel := context.WithTimeout(h.t.Context(), time.Minute)
	defer cancel()
	out, err := h.door.Check(ctx, &authv3.CheckRequest{Attributes: &authv3.AttributeContext{Request: &authv3.AttributeContext_Request{Http: asked}}})
	if err != nil {
		h.t.Fatal(err) // on an error Envoy may let a request through
	}
	if no := out.GetDeniedResponse(); no != nil {
		v := verdict{status: int(no.GetStatus().GetCode()), header: http.Header{}}
		put(h.t, v.header, no.GetHeaders())
		var said struct{ Error, Reason string }
		if err := json.Unmarshal([]byte(no.GetBody()), &said); err != nil || out.GetStatus().GetCode() == int32(codes.OK) {
			h.t.Fatalf("got %v and %v, want a refusal with a reason", out, err)
		}
		v.error, v.reason = said.Error, said.Reason
		return v
	}
	if out.GetOkResponse() == nil || out.GetStatus().GetCode() != int32(codes.OK) {
		h.t.Fatalf("got %v, want a clear yes", out)
	}
	v := verdict{status: http.StatusOK, header: http.Header{}}
	for name, value := range sent {
		v.header.Set(name, value)
	}
	put(h.t, v.header, out.GetOkResponse().GetHeaders())
	for _, name := range out.GetOkResponse().GetHeadersToRemove() {
		v.header.Del(name)
	}
	return v
}

// put sets headers as Envoy does that is told to overwrite.
func put(t *testing.T, h http.Header, options []*corev3.HeaderValueOption) {
	t.Helper()
	for _, o := range options {
		if o.GetAppendAction() != corev3.HeaderValueOption_OVERWRITE_IF_EXISTS_OR_ADD || o.GetHeader().GetValue() == "" {
			t.Errorf("%v does not replace what the client sent", o)
		}
		h.Set(o.GetHeader().GetKey(), o.GetHeader().GetValue())
	}
}

// refused wants a refusal with a reason.
func refused(t *testing.T, what string, v verdict, status int, code string) {
	t.Helper()
	if v.status != status || v.error != code || v.reason == "" || v.header.Get("Content-Type") != "application/json" {
		t.Errorf("%s: got %+v, want %d %s with a reason", what, v, status, code)
	}
	if challenge := v.header.Get("WWW-Authenticate"); (status == http.StatusUnauthorized) != strings.HasPrefix(challenge, "Bearer") {
		t.Errorf("%s: got the challenge %q with %d", what, challenge, status)
	}
}

func TestEnvoyIsToldWhoMay(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	own, organization := "Bearer "+h.Token(api, ""), "Bearer "+h.Token(api, stage.Organization)
	v := h.ask("GET", "/reports?page=2", "Authorization", own)
	if v.status != http.StatusOK || v.header.Get("X-Gatehouse-User") != stage.User || v.header.Values("X-Gatehouse-Organization") != nil {
		t.Errorf("got %+v, want the user and no organization", v)
	}
	v = h.ask("DELETE", "/reports", "Authorization", organization)
	if v.status != http.StatusOK || v.header.Get("X-Gatehouse-User") != stage.User || v.header.Get("X-Gatehouse-Organization") != stage.Organization {
		t.Errorf("got %+v, want the user and the organization", v)
	}
	refused(t, "what no role allows", h.ask("DELETE", "/reports", "Authorization", own), http.StatusForbidden, "no_permission")
	refused(t, "what no rule is about", h.ask("GET", "/admin", "Authorization", own), http.StatusForbidden, "denied")
	refused(t, "nobody", h.ask("GET", "/reports"), http.StatusUnauthorized, "no_token")
}

// TestEnvoyMaySendHeadersAsTheyAre: with encode_raw_headers they come one by one.
func TestEnvoyMaySendHeadersAsTheyAre(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	raw := func(names ...string) verdict {
		asked := &authv3.AttributeContext_HttpRequest{Method: "GET", Path: "/reports", HeaderMap: &corev3.HeaderMap{}}
		for _, name := range names {
			asked.HeaderMap.Headers = append(asked.HeaderMap.Headers, &corev3.HeaderValue{Key: name, RawValue: []byte("Bearer " + h.Token(api, ""))})
		}
		return h.send(nil, asked)
	}
	if v := raw("authorization"); v.status != http.StatusOK || v.header.Get("X-Gatehouse-User") != stage.User {
		t.Errorf("got %+v, want the user", v)
	}
	refused(t, "two tokens", raw("authorization", "authorization"), http.StatusUnauthorized, "invalid_token")
	refused(t, "a lookalike", raw("authorization", "x_gatehouse_user"), http.StatusForbidden, "ambiguous_request")
}

// TestEnvoyIsToldThatABadTokenIsNone, whatever is bad about it.
func TestEnvoyIsToldThatABadTokenIsNone(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	good := "Bearer " + h.Token(api, "")
	for name, values := range h.BadAuthorizations(api) {
		var headers []string
		for _, value := range values {
			headers = append(headers, "Authorization", value)
		}
		refused(t, name, h.ask("GET", "/reports", headers...), http.StatusUnauthorized, "invalid_token")
	}
	h.offset.Store(int64(61 * time.Minute))
	refused(t, "expired", h.ask("GET", "/reports", "Authorization", good), http.StatusUnauthorized, "invalid_token")
}

// TestEnvoyIsToldThatOneReadingIsNeeded of the path, and of who asks.
func TestEnvoyIsToldThatOneReadingIsNeeded(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	own := "Bearer " + h.Token(api, "")
	for _, path := range []string{
		"", "*", "reports", "//reports", "https://api.example.com/reports", "/public/../admin", "/public/%2e%2e/admin", "/public/..%2fadmin",
		"/public/a;b", `/public/a\b`, "/public/a#b", "/public/%61", "/public/%00",
	} {
		refused(t, path, h.ask("GET", path, "Authorization", own), http.StatusForbidden, "ambiguous_request")
	}
	refused(t, "no method", h.ask("", "/reports", "Authorization", own), http.StatusForbidden, "ambiguous_request")
	for _, name := range []string{"X_Gatehouse_User", "x-gatehouse_organization", "x.gatehouse.user"} {
		refused(t, name, h.ask("GET", "/reports", "Authorization", own, name, "bob"), http.StatusForbidden, "ambiguous_request")
	}
}

// TestWithoutAClearYesEnvoyIsToldNo, as an answer and not as an error.
func TestWithoutAClearYesEnvoyIsToldNo(t *testing.T) {
	t.Parallel()
	h := newHouse(t, func(c *gatehousehttp.Config) { c.Gatehouse = "http://127.0.0.1:1" })
	own := "Bearer " + h.Token(api, "")
	refused(t, "no Gatehouse", h.ask("GET", "/reports", "Authorization", own), http.StatusServiceUnavailable, "no_answer")
	refused(t, "no HTTP request", h.send(nil, nil), http.StatusServiceUnavailable, "no_answer")

	away := newHouse(t)
	own = "Bearer " + away.Token(api, "")
	away.CloseLogto()
	refused(t, "no keys", away.ask("GET", "/reports", "Authorization", own), http.StatusServiceUnavailable, "no_keys")

	h.door = dial(t, nil) // which panics
	refused(t, "a defect", h.ask("GET", "/reports", "Authorization", own), http.StatusServiceUnavailable, "no_answer")
}

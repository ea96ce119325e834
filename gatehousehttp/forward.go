package gatehousehttp

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"path"
	"strings"
)

// The headers of an answer that lets a request through. A gateway must put them in
// the place of what the client sent under these names.
const (
	UserHeader         = "X-Gatehouse-User"         // [Token.User]
	OrganizationHeader = "X-Gatehouse-Organization" // [Token.Organization], if it is not empty
)

// codeBadRequest is the code of a request that cannot be held against rules.
const codeBadRequest = "ambiguous_request"

// A ForwardAuth is what a gateway asks about each request before it passes it on. It
// verifies the token itself, and the rules of the environment's proxy configs say
// which permission the method and the path need. It is safe for concurrent use. Make
// one with [NewForwardAuth].
//
// As a handler it answers
//
//	GET /nginx     for nginx: X-Original-Method and X-Original-URI
//	GET /forward   for Traefik and Caddy: X-Forwarded-Method and X-Forwarded-Uri
//
// The gateway sets these headers; each path reads its own two, so that a client
// behind one kind of gateway cannot bring those of the other. The answer is 200 with
// who asks in [UserHeader] and [OrganizationHeader], 401, 403 or 503. For Envoy there
// is the package extauthz.
type ForwardAuth struct {
	gate *Gate
	base string
	mux  *http.ServeMux
}

// NewForwardAuth returns a ForwardAuth that holds rules against base and the path of
// a request: its host is not read, for the client chooses it. It returns an error if
// the configuration says too little.
func NewForwardAuth(c Config, base string) (*ForwardAuth, error) {
	at, err := url.Parse(base)
	if err != nil || at.Scheme == "" || at.Host == "" || strings.HasSuffix(base, "/") || at.RawQuery != "" || at.Fragment != "" {
		return nil, errors.New("gatehousehttp: the base of the rules is an address such as https://api.example.com")
	}
	gate, err := New(c)
	if err != nil {
		return nil, err
	}
	f := &ForwardAuth{gate: gate, base: base, mux: http.NewServeMux()}
	f.mux.Handle("/nginx", f.at("X-Original-Method", "X-Original-Uri"))
	f.mux.Handle("/forward", f.at("X-Forwarded-Method", "X-Forwarded-Uri"))
	f.mux.HandleFunc("/", func(w http.ResponseWriter, _ *http.Request) {
		Refuse(w, &Refusal{Status: http.StatusForbidden, Code: "no_gateway", Reason: "Ask at /nginx or at /forward."})
	})
	return f, nil
}

// ServeHTTP answers a gateway.
func (f *ForwardAuth) ServeHTTP(w http.ResponseWriter, r *http.Request) { f.mux.ServeHTTP(w, r) }

func (f *ForwardAuth) at(methodHeader, uriHeader string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		methods, uris := r.Header.Values(methodHeader), r.Header.Values(uriHeader)
		if len(methods) != 1 || len(uris) != 1 {
			Refuse(w, ambiguous("The gateway must say once, in "+methodHeader+" and "+uriHeader+", what it is asked for."))
			return
		}
		t, err := f.Decide(r.Context(), Forwarded{Method: methods[0], URI: uris[0], Header: r.Header})
		if err != nil {
			Refuse(w, err)
			return
		}
		w.Header().Set(UserHeader, t.User)
		w.Header().Set(OrganizationHeader, t.Organization)
		w.WriteHeader(http.StatusOK)
	}
}

// A Forwarded is a request that a gateway asks about, as the client sent it.
type Forwarded struct {
	Method string
	URI    string // path and query, nothing decoded
	Header http.Header
}

// Decide returns whose request it is if it may pass. The error is a [*Refusal], or
// without one a reason to answer 503.
//
// A path that a gateway and a service may read differently, such as one with "..",
// an empty segment, or an encoded slash, is refused; and so is a header that can be
// taken for one of the answer's, such as X_Gatehouse_User.
func (f *ForwardAuth) Decide(ctx context.Context, r Forwarded) (Token, error) {
	t, err := f.gate.verifier.fromHeader(ctx, r.Header)
	if err != nil {
		return Token{}, err
	}
	if p, _, _ := strings.Cut(r.URI, "?"); r.Method == "" || !plain(p) {
		return Token{}, ambiguous("The path can be read in more than one way.")
	}
	if err := lookalike(r.Header); err != nil {
		return Token{}, err
	}
	if err := f.gate.checkURL(ctx, t, r.Method, f.base+r.URI); err != nil {
		return Token{}, err
	}
	return t, nil
}

func ambiguous(reason string) error {
	return &Refusal{Status: http.StatusForbidden, Code: codeBadRequest, Reason: reason}
}

// plain reports whether everybody reads the path in the same way.
func plain(p string) bool {
	if !strings.HasPrefix(p, "/") || strings.ContainsAny(p, `\#;`) {
		return false
	}
	for i, c := range []byte(p) {
		if c <= ' ' || c >= 0x7f || c == '%' && !harmless(p[i:]) {
			return false
		}
	}
	clean := path.Clean(p)
	return p == clean || p == clean+"/"
}

// harmless reports whether the escape at the beginning of s had to be one, and
// separates or begins nothing in a path: a space, or a letter beyond ASCII.
func harmless(s string) bool {
	if len(s) < 3 {
		return false
	}
	decoded, err := url.PathUnescape(s[:3])
	return err == nil && (decoded == " " || len(decoded) == 1 && decoded[0] >= 0x80)
}

// checkURL asks Gatehouse whether who holds the token may send the request.
func (g *Gate) checkURL(ctx context.Context, t Token, method, address string) error {
	type user struct {
		Key string `json:"key"`
	}
	body, err := json.Marshal(struct {
		User   user   `json:"user"`
		Method string `json:"http_method"`
		URL    string `json:"url"`
		Tenant string `json:"tenant"`
	}{user{t.User}, method, address, cmp.Or(t.Organization, defaultTenant)})
	if err != nil {
		return err
	}
	a, err := g.ask(ctx, "/allowed_url", body)
	if err == nil && !a.Allow {
		err = denied(a)
	}
	return err
}

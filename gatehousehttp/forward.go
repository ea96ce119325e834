package gatehousehttp

import (
	"cmp"
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
	userHeader         = "X-Gatehouse-User"
	organizationHeader = "X-Gatehouse-Organization"
)

// codeBadRequest is the code of a request that cannot be held against rules.
const codeBadRequest = "ambiguous_request"

// NewForwardAuth returns the handler that a gateway asks about each request before
// it passes it on. It verifies the token itself, and the rules of the environment's
// proxy configs say which permission the method and the path need.
//
//	GET /nginx     for nginx: X-Original-Method and X-Original-URI
//	GET /forward   for Traefik and Caddy: X-Forwarded-Method and X-Forwarded-Uri
//
// The gateway sets these headers; each path reads its own two, so that a client
// behind one kind of gateway cannot bring those of the other. Rules are held against
// base and the path: the host is not taken from the request, for the client chooses
// it. A path that a gateway and a service may read differently, such as one with
// "..", an empty segment, or an encoded slash, is refused; and so is a header that
// can be taken for one of the answer's, such as X_Gatehouse_User.
//
// The answer is 200 with who asks in X-Gatehouse-User and X-Gatehouse-Organization,
// 401, 403 or 503. It returns an error if the configuration says too little.
func NewForwardAuth(c Config, base string) (http.Handler, error) {
	at, err := url.Parse(base)
	if err != nil || at.Scheme == "" || at.Host == "" || strings.HasSuffix(base, "/") || at.RawQuery != "" || at.Fragment != "" {
		return nil, errors.New("gatehousehttp: the base of the rules is an address such as https://api.example.com")
	}
	gate, err := New(c)
	if err != nil {
		return nil, err
	}
	mux := http.NewServeMux()
	mux.Handle("/nginx", gate.forward(base, "X-Original-Method", "X-Original-Uri"))
	mux.Handle("/forward", gate.forward(base, "X-Forwarded-Method", "X-Forwarded-Uri"))
	mux.HandleFunc("/", func(w http.ResponseWriter, _ *http.Request) {
		Refuse(w, &Refusal{Status: http.StatusForbidden, Code: "no_gateway", Reason: "Ask at /nginx or at /forward."})
	})
	return mux, nil
}

func (g *Gate) forward(base, methodHeader, uriHeader string) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		t, err := g.verifier.FromRequest(r)
		if err != nil {
			Refuse(w, err)
			return
		}
		method, uri, err := original(r.Header, methodHeader, uriHeader)
		if err == nil {
			err = lookalike(r.Header)
		}
		if err == nil {
			err = g.checkURL(r, t, method, base+uri)
		}
		if err != nil {
			Refuse(w, err)
			return
		}
		w.Header().Set(userHeader, t.User)
		w.Header().Set(organizationHeader, t.Organization)
		w.WriteHeader(http.StatusOK)
	})
}

// original is the method and the path with the query of the request that a gateway
// asks about.
func original(h http.Header, methodHeader, uriHeader string) (method, uri string, err error) {
	methods, uris := h.Values(methodHeader), h.Values(uriHeader)
	if len(methods) != 1 || len(uris) != 1 || methods[0] == "" {
		return "", "", &Refusal{
			Status: http.StatusForbidden, Code: codeBadRequest,
			Reason: "The gateway must say once, in " + methodHeader + " and " + uriHeader + ", what it is asked for.",
		}
	}
	p, _, _ := strings.Cut(uris[0], "?")
	if !plain(p) {
		return "", "", &Refusal{Status: http.StatusForbidden, Code: codeBadRequest, Reason: "The path can be read in more than one way."}
	}
	return methods[0], uris[0], nil
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
func (g *Gate) checkURL(r *http.Request, t Token, method, address string) error {
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
	a, err := g.ask(r.Context(), "/allowed_url", body)
	if err == nil && !a.Allow {
		err = denied(a)
	}
	return err
}

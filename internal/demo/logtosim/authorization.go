package logtosim

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"
)

// How long a person may take to sign in, and an application to use its code.
const (
	interactionTTL = time.Hour
	codeTTL        = time.Minute
)

// sessionCookie holds the browser's session.
const sessionCookie = "_session"

// A login is what the stand-in remembers of people signing in. It is guarded by
// mu of the Sim.
type login struct {
	registrations map[string]Registration   // by the application's id
	sessions      map[string]string         // users, by the browser's cookie
	waiting       map[string]*authorization // until somebody has signed in
	codes         map[string]*code
	refresh       map[string]*refreshToken
	opaque        map[string]*opaqueToken
}

func newLogin() login {
	return login{
		registrations: map[string]Registration{}, sessions: map[string]string{}, waiting: map[string]*authorization{},
		codes: map[string]*code{}, refresh: map[string]*refreshToken{}, opaque: map[string]*opaqueToken{},
	}
}

// An authorization is a request to sign somebody in to an application.
type authorization struct {
	clientID, redirectURI string
	scopes, resources     []string
	state, nonce          string
	challenge             string // of PKCE, S256; empty is without
	prompts               []string
	until                 time.Time
}

// authorization answers GET /oidc/auth: with a code if the browser has a session,
// else with the way to the sign-in page.
func (s *Sim) authorization(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	reg, ok := s.registration(q.Get("client_id"))
	switch {
	case q.Get("client_id") == "":
		writeOIDCError(w, r, invalidRequest("missing required parameter 'client_id'"))
		return
	case !ok:
		writeOIDCError(w, r, invalidClient(http.StatusBadRequest, "client is invalid"))
		return
	case !reg.mayReturnTo(q.Get("redirect_uri")): // nobody is sent to an address that is not registered
		writeOIDCError(w, r, &oidcError{
			http.StatusBadRequest, "invalid_redirect_uri",
			"`redirect_uri` did not match any of the client's registered `redirect_uris`.",
			"redirect_uri did not match any of the client's registered redirect_uris",
		})
		return
	}
	a := &authorization{
		clientID: reg.ID, redirectURI: q.Get("redirect_uri"), state: q.Get("state"), nonce: q.Get("nonce"),
		scopes: distinct(strings.Fields(q.Get("scope"))), resources: distinct(q["resource"]),
		challenge: q.Get("code_challenge"), prompts: strings.Fields(q.Get("prompt")), until: s.config.Now().Add(interactionTTL),
	}
	if name, description := s.objection(q, reg, a); name != "" {
		a.refuse(w, r, name, description)
		return
	}
	if user := s.session(r); user != "" && !slices.Contains(a.prompts, "login") {
		http.Redirect(w, r, a.answer(issuer(r), url.Values{"code": {s.newCode(a, user)}}), http.StatusSeeOther)
		return
	}
	if slices.Contains(a.prompts, "none") {
		a.refuse(w, r, "login_required", "End-User authentication is required")
		return
	}
	id := randomToken()
	s.mu.Lock()
	s.login.waiting[id] = a
	s.mu.Unlock()
	http.Redirect(w, r, "/sign-in?"+url.Values{"interaction": {id}}.Encode(), http.StatusSeeOther)
}

// objection is why the request is refused, and nothing if it is not.
func (s *Sim) objection(q url.Values, reg Registration, a *authorization) (name, description string) {
	method := q.Get("code_challenge_method")
	switch {
	case q.Get("response_type") != "code":
		return "unsupported_response_type", "unsupported response_type requested"
	case q.Get("response_mode") != "" && q.Get("response_mode") != "query":
		return "unsupported_response_mode", "unsupported response_mode requested"
	case a.challenge != "" && method != "S256":
		return "invalid_request", "not supported value of code_challenge_method"
	case a.challenge == "" && method != "":
		return "invalid_request", "code_challenge must be provided with code_challenge_method"
	case a.challenge == "" && reg.Secret == "":
		return "invalid_request", "Authorization Server policy requires PKCE to be used for this request"
	}
	for _, resource := range a.resources {
		if resource != organizationsResource && !s.knownResource(resource) {
			return "invalid_target", "resource indicator is missing, or unknown"
		}
	}
	if !slices.Contains(a.prompts, "consent") { // without it nobody has agreed to be represented while away
		a.scopes = without(a.scopes, "offline_access")
	}
	return "", ""
}

// refuse sends the browser back to the application with an error.
func (a *authorization) refuse(w http.ResponseWriter, r *http.Request, name, description string) {
	http.Redirect(w, r, a.answer(issuer(r), url.Values{"error": {name}, "error_description": {description}}), http.StatusSeeOther)
}

// answer is the application's address with the answer in it.
func (a *authorization) answer(issuer string, q url.Values) string {
	if a.state != "" {
		q.Set("state", a.state)
	}
	q.Set("iss", issuer)
	separator := "?"
	if strings.Contains(a.redirectURI, "?") {
		separator = "&"
	}
	return a.redirectURI + separator + q.Encode()
}

// resume answers GET /oidc/auth/{interaction}, to which the sign-in page sends
// whoever has signed in. An interaction is resumed once.
func (s *Sim) resume(w http.ResponseWriter, r *http.Request) {
	user, id := s.session(r), r.PathValue("interaction")
	a := s.interaction(id)
	if a == nil || user == "" {
		writeOIDCError(w, r, &oidcError{
			http.StatusBadRequest, "session_not_found", "Session not found. Please go back and sign in again.",
			"authorization request has expired",
		})
		return
	}
	s.mu.Lock()
	delete(s.login.waiting, id)
	s.mu.Unlock()
	http.Redirect(w, r, a.answer(issuer(r), url.Values{"code": {s.newCode(a, user)}}), http.StatusSeeOther)
}

// interaction is the request that waits for somebody to sign in, or nil.
func (s *Sim) interaction(id string) *authorization {
	s.mu.Lock()
	defer s.mu.Unlock()
	a := s.login.waiting[id]
	if a != nil && s.config.Now().After(a.until) {
		delete(s.login.waiting, id)
		return nil
	}
	return a
}

// session is the user of the browser's session; a user who has gone or is
// suspended has none.
func (s *Sim) session(r *http.Request) string {
	c, err := r.Cookie(sessionCookie)
	if err != nil {
		return ""
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	user := s.login.sessions[c.Value]
	if s.active(user) == nil {
		return ""
	}
	return user
}

// active is the person if there is one who may sign in. The caller holds mu.
func (s *Sim) active(userID string) *person {
	p := s.person(userID)
	if p == nil || p.user.IsSuspended {
		return nil
	}
	return p
}

// begin begins a session of the browser. It is not Secure, since the stand-in has
// no TLS of its own.
func (s *Sim) begin(w http.ResponseWriter, userID string) {
	id := randomToken()
	s.mu.Lock()
	s.login.sessions[id] = userID
	s.mu.Unlock()
	http.SetCookie(w, &http.Cookie{Name: sessionCookie, Value: id, Path: "/", HttpOnly: true, SameSite: http.SameSiteLaxMode})
}

// endSession answers GET /oidc/session/end: the browser's session ends, and the
// person is sent to an address that the application has registered.
func (s *Sim) endSession(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	target := q.Get("post_logout_redirect_uri")
	reg, _ := s.registration(q.Get("client_id"))
	if target != "" && !slices.Contains(reg.PostLogoutRedirectURIs, target) {
		writeOIDCError(w, r, invalidRequest("post_logout_redirect_uri not registered"))
		return
	}
	if c, err := r.Cookie(sessionCookie); err == nil {
		s.mu.Lock()
		delete(s.login.sessions, c.Value)
		s.mu.Unlock()
	}
	http.SetCookie(w, &http.Cookie{Name: sessionCookie, Path: "/", MaxAge: -1, HttpOnly: true, SameSite: http.SameSiteLaxMode})
	if target == "" {
		target = "/"
	} else if state := q.Get("state"); state != "" {
		target += "?" + url.Values{"state": {state}}.Encode()
	}
	http.Redirect(w, r, target, http.StatusSeeOther)
}

// distinct drops what is there twice.
func distinct(list []string) []string {
	var kept []string
	for _, one := range list {
		if !slices.Contains(kept, one) {
			kept = append(kept, one)
		}
	}
	return kept
}

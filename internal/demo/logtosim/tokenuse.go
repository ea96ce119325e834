package logtosim

import (
	"net/http"
	"strings"
)

// userInfo answers /oidc/me: what an opaque access token lets be known.
func (s *Sim) userInfo(r *http.Request) (any, *oidcError) {
	token, ok := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	if !ok || token == "" {
		return nil, invalidRequest("no access token provided")
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	t := s.valid(token)
	if t == nil {
		return nil, invalidToken()
	}
	return s.personClaims(s.person(t.userID), t.scopes, true), nil
}

// introspect answers POST /oidc/token/introspection for an application's own
// tokens; of any other it says only that it is not active.
func (s *Sim) introspect(r *http.Request) (any, *oidcError) {
	reg, oops := s.client(r)
	if oops != nil {
		return nil, oops
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	t := s.valid(r.PostForm.Get("token"))
	if t == nil || t.clientID != reg.ID {
		return object{{"active", false}}, nil
	}
	return object{
		{"active", true}, {"sub", t.userID}, {"client_id", t.clientID}, {"exp", t.until}, {"iat", t.issued}, {"iss", issuer(r)},
		{"scope", ownScopes(t.scopes)}, {"token_type", "Bearer"},
	}, nil
}

// valid is the opaque token if it may be used. The caller holds mu.
func (s *Sim) valid(token string) *opaqueToken {
	t := s.login.opaque[token]
	if t == nil || t.revoked || t.until <= s.config.Now().Unix() || s.active(t.userID) == nil {
		return nil
	}
	return t
}

// revoke answers POST /oidc/token/revocation. The tokens of a sign-in end
// together; an unknown token is no error, as RFC 7009 has it. Logto's SDKs revoke
// without a secret, which Logto refuses to applications that have one.
func (s *Sim) revoke(r *http.Request) (any, *oidcError) {
	reg, oops := s.client(r)
	if oops != nil {
		return nil, oops
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	token := r.PostForm.Get("token")
	if t := s.login.refresh[token]; t != nil && t.clientID == reg.ID {
		t.revoked = true
	}
	if t := s.login.opaque[token]; t != nil && t.clientID == reg.ID {
		t.revoked = true
	}
	return nil, nil
}

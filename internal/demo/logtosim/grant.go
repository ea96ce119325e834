package logtosim

import (
	"crypto/sha256"
	"crypto/subtle"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"
)

// refreshTTL is how long a refresh token may be used.
const refreshTTL = 14 * 24 * time.Hour

// A permit is what a person has let an application do, by signing in to it. All
// codes and tokens of one sign-in share it, and end with it.
type permit struct {
	clientID, userID  string
	scopes, resources []string
	nonce             string
	revoked           bool
}

// A code is what the application exchanges for tokens, once.
type code struct {
	*permit
	redirectURI, challenge string
	until                  time.Time
	used                   bool
}

// A refreshToken is exchanged for access tokens again and again. That of a public
// application is replaced at each use.
type refreshToken struct {
	*permit
	until time.Time
	used  bool // and replaced
}

// An opaqueToken is an access token for the stand-in itself.
type opaqueToken struct {
	*permit
	issued, until int64 // seconds since 1970
}

// newCode lets the application act for the user, and returns the code.
func (s *Sim) newCode(a *authorization, userID string) string {
	id := randomToken()
	s.mu.Lock()
	defer s.mu.Unlock()
	s.login.codes[id] = &code{
		permit:      &permit{clientID: a.clientID, userID: userID, scopes: a.scopes, resources: a.resources, nonce: a.nonce},
		redirectURI: a.redirectURI, challenge: a.challenge, until: s.config.Now().Add(codeTTL),
	}
	return id
}

// grant answers POST /oidc/token. It checks a request in the order in which Logto
// complains: the client, the grant, the resource.
func (s *Sim) grant(r *http.Request) (any, *oidcError) {
	reg, oops := s.client(r)
	if oops != nil {
		return nil, oops
	}
	switch r.PostForm.Get("grant_type") {
	case "client_credentials":
		if reg.Secret == "" {
			break
		}
		return s.grantMachine(r, reg.ID)
	case "authorization_code":
		p, oops := s.exchange(r, reg)
		if oops != nil {
			return nil, oops
		}
		return s.tokens(r, p, reg, "")
	case "refresh_token":
		p, token, oops := s.renew(r, reg)
		if oops != nil {
			return nil, oops
		}
		return s.tokens(r, p, reg, token)
	}
	return nil, &oidcError{
		http.StatusBadRequest, "unsupported_grant_type",
		"Unsupported `grant_type` requested.", "unsupported grant_type requested",
	}
}

// exchange uses a code. One that comes again has been stolen: what the first gave
// ends, as RFC 6749 section 4.1.2 has it.
func (s *Sim) exchange(r *http.Request, reg Registration) (*permit, *oidcError) {
	s.mu.Lock()
	defer s.mu.Unlock()
	c := s.login.codes[r.PostForm.Get("code")]
	switch {
	case c == nil || c.clientID != reg.ID || s.config.Now().After(c.until):
		return nil, invalidGrant()
	case c.used:
		c.revoked = true
		return nil, invalidGrant()
	case c.redirectURI != r.PostForm.Get("redirect_uri") || !proves(r.PostForm.Get("code_verifier"), c.challenge):
		return nil, invalidGrant()
	case s.active(c.userID) == nil:
		return nil, invalidGrant()
	}
	c.used = true
	return c.permit, nil
}

// proves reports whether the verifier is that of the challenge, by RFC 7636.
func proves(verifier, challenge string) bool {
	if challenge == "" {
		return verifier == ""
	}
	sum := sha256.Sum256([]byte(verifier))
	return subtle.ConstantTimeCompare([]byte(encode(sum[:])), []byte(challenge)) == 1
}

// renew uses a refresh token, and returns the one to be used next.
func (s *Sim) renew(r *http.Request, reg Registration) (*permit, string, *oidcError) {
	s.mu.Lock()
	defer s.mu.Unlock()
	id := r.PostForm.Get("refresh_token")
	t := s.login.refresh[id]
	switch {
	case t == nil || t.clientID != reg.ID || t.revoked || s.config.Now().After(t.until) || s.active(t.userID) == nil:
		return nil, "", invalidGrant()
	case t.used: // stolen, like a code that comes again
		t.revoked = true
		return nil, "", invalidGrant()
	case reg.Secret != "":
		return t.permit, id, nil
	}
	t.used = true
	next := randomToken()
	s.login.refresh[next] = &refreshToken{permit: t.permit, until: t.until}
	return t.permit, next, nil
}

// tokens is the answer of a sign-in: an access token, an ID token if OpenID was
// asked for, and the refresh token.
func (s *Sim) tokens(r *http.Request, p *permit, reg Registration, refresh string) (any, *oidcError) {
	access, scope, oops := s.accessFor(r, p)
	if oops != nil {
		return nil, oops
	}
	ttl := int64(s.config.TokenTTL.Seconds())
	o := object{{"access_token", access}, {"expires_in", ttl}}
	if slices.Contains(p.scopes, "openid") {
		o = append(o, member{"id_token", s.idToken(r, p, ttl)})
	}
	if refresh == "" && slices.Contains(p.scopes, "offline_access") {
		refresh = randomToken()
		s.mu.Lock()
		s.login.refresh[refresh] = &refreshToken{permit: p, until: s.config.Now().Add(refreshTTL)}
		s.mu.Unlock()
	}
	if refresh != "" {
		o = append(o, member{"refresh_token", refresh})
	}
	return append(o, member{"scope", scope}, member{"token_type", "Bearer"}), nil
}

// accessFor is the access token that a request asks for: of a resource, of an
// organization, of a resource within an organization, or of the stand-in itself.
func (s *Sim) accessFor(r *http.Request, p *permit) (token, scope string, oops *oidcError) {
	asked := p.scopes
	if narrower := strings.Fields(r.PostForm.Get("scope")); len(narrower) > 0 {
		asked = slices.DeleteFunc(slices.Clone(asked), func(scope string) bool { return !slices.Contains(narrower, scope) })
	}
	indicator, organizationID := r.PostForm.Get("resource"), r.PostForm.Get("organization_id")
	if indicator != "" && !slices.Contains(p.resources, indicator) {
		return "", "", invalidTarget("resource indicator is missing, or unknown")
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	user := s.person(p.userID)
	if user == nil {
		return "", "", invalidGrant()
	}
	granted := s.grantedByRoles(user.roles)
	var held []string // organization roles
	if organizationID != "" {
		if held, oops = s.heldIn(organizationID, p); oops != nil {
			return "", "", oops
		}
		granted = s.grantedByOrganizationRoles(held, func(r *organizationRole) []string { return r.resourceScopes })
	}
	c := claims{Subject: p.userID, ClientID: p.clientID, Issuer: issuer(r)}
	switch {
	case indicator != "":
		res := byID(s.resources, indicator, func(r *resource) string { return r.Indicator })
		if res == nil {
			return "", "", invalidTarget("resource indicator is missing, or unknown")
		}
		c.Audience, c.OrganizationID, c.Scope = indicator, organizationID, s.resourceScopes(res.ID, granted, asked)
	case organizationID != "":
		c.Audience, c.Scope = organizationAudience+organizationID, s.organizationScopeNames(held, asked)
	default:
		token, scope = s.opaqueFor(p, asked)
		return token, scope, nil
	}
	return s.issue(c), c.Scope, nil
}

// heldIn are the roles of the person in an organization. Whoever is no member, or
// has not let the application ask for organizations, gets no token of it. The
// caller holds mu.
func (s *Sim) heldIn(organizationID string, p *permit) ([]string, *oidcError) {
	if !slices.Contains(p.scopes, scopeOrganizations) {
		return nil, &oidcError{
			http.StatusForbidden, "insufficient_scope", "Token missing scope `" + scopeOrganizations + "`.",
			"refresh token missing required scope",
		}
	}
	if o := s.organization(organizationID); o != nil {
		if i, found := o.members.find(p.userID); found {
			return o.members[i].roles, nil
		}
	}
	return nil, accessDenied("user is not a member of the organization")
}

// opaqueFor is an access token for the stand-in itself. The caller holds mu.
func (s *Sim) opaqueFor(p *permit, asked []string) (token, scope string) {
	now := s.config.Now().Unix()
	token = randomToken()
	s.login.opaque[token] = &opaqueToken{permit: p, issued: now, until: now + int64(s.config.TokenTTL.Seconds())}
	return token, ownScopes(asked)
}

// ownScopes are those of the asked that tell of a person.
func ownScopes(asked []string) string {
	var own []string
	for _, scope := range asked {
		if slices.Contains(supportedScopes, scope) {
			own = append(own, scope)
		}
	}
	return strings.Join(own, " ")
}

// idToken says who has signed in.
func (s *Sim) idToken(r *http.Request, p *permit, ttl int64) string {
	s.mu.Lock()
	now := s.config.Now().Unix()
	o := s.personClaims(s.person(p.userID), p.scopes, false)
	k := s.keys[0]
	s.mu.Unlock()
	if p.nonce != "" {
		o = append(o, member{"nonce", p.nonce})
	}
	return k.sign("", append(o, member{"aud", p.clientID}, member{"exp", now + ttl}, member{"iat", now}, member{"iss", issuer(r)}))
}

// AccessToken is the token that a sign-in of the user would give an application at
// the address: for a resource, for an organization, or for both; and for the
// stand-in itself if both are empty. Tests of what takes tokens use it. The error
// is an OpenID Connect one.
func (s *Sim) AccessToken(address, userID, clientID, resource, organizationID string, scopes ...string) (string, error) {
	at, err := url.Parse(address)
	if err != nil {
		return "", err
	}
	r := &http.Request{Host: at.Host, PostForm: url.Values{"resource": {resource}, "organization_id": {organizationID}}}
	p := &permit{clientID: clientID, userID: userID, scopes: append([]string{"openid", scopeOrganizations}, scopes...), resources: []string{resource}}
	token, _, oops := s.accessFor(r, p)
	if oops != nil {
		return "", errors.New(oops.name + ": " + oops.description)
	}
	return token, nil
}

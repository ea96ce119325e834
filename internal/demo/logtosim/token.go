package logtosim

import (
	"encoding/base64"
	"encoding/json"
	"net/http"
	"slices"
	"strings"
)

// scopeAll is the one scope that the Management API has.
const scopeAll = "all"

// claims is the payload of an access token, in Logto's order.
type claims struct {
	OrganizationID string `json:"organization_id"` // of a resource's token
	ID             string `json:"jti"`
	Subject        string `json:"sub"`
	IssuedAt       int64  `json:"iat"` // seconds since 1970
	Expires        int64  `json:"exp"` // seconds since 1970
	Scope          string `json:"scope"`
	ClientID       string `json:"client_id"`
	Issuer         string `json:"iss"`
	Audience       string `json:"aud"`
}

// MarshalJSON keeps the empty scope of a token that is not the application's own
// for a resource.
func (c claims) MarshalJSON() ([]byte, error) {
	var o object
	if c.OrganizationID != "" {
		o = append(o, member{"organization_id", c.OrganizationID})
	}
	o = append(o, member{"jti", c.ID}, member{"sub", c.Subject}, member{"iat", c.IssuedAt}, member{"exp", c.Expires})
	if c.Scope != "" || c.Subject != c.ClientID || strings.HasPrefix(c.Audience, organizationAudience) {
		o = append(o, member{"scope", c.Scope})
	}
	return stringify(append(o, member{"client_id", c.ClientID}, member{"iss", c.Issuer}, member{"aud", c.Audience}))
}

// grantMachine is the token that an application gets for itself.
func (s *Sim) grantMachine(r *http.Request, clientID string) (any, *oidcError) {
	indicator, organizationID := r.PostForm.Get("resource"), r.PostForm.Get("organization_id")
	asked := strings.Fields(r.PostForm.Get("scope"))
	c := claims{Subject: clientID, ClientID: clientID, Issuer: issuer(r), Audience: indicator}
	switch {
	case indicator == "" && organizationID == "":
		return nil, invalidTarget("both `resource` and `organization_id` are not provided")
	case indicator == "":
		held, member := s.applicationRoles(organizationID, clientID)
		if !member {
			return nil, accessDenied("app has not associated with the organization")
		}
		s.mu.Lock()
		c.Audience, c.Scope = organizationAudience+organizationID, s.organizationScopeNames(held, asked)
		s.mu.Unlock()
	case !s.knownResource(indicator):
		return nil, invalidTarget("resource indicator is missing, or unknown")
	case indicator == s.config.Resource && slices.Contains(asked, scopeAll):
		c.Scope = scopeAll // a scope the resource does not have is left out, not an error
	}
	s.noteToken(r, c.Scope)
	s.mu.Lock()
	token := s.issue(c)
	s.mu.Unlock()
	o := object{{"access_token", token}, {"expires_in", int64(s.config.TokenTTL.Seconds())}, {"token_type", "Bearer"}}
	if c.Scope != "" || organizationID != "" {
		o = append(o, member{"scope", c.Scope})
	}
	return o, nil
}

// applicationRoles are the roles of an application in an organization, and whether
// it is a member.
func (s *Sim) applicationRoles(organizationID, applicationID string) ([]string, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	o := s.organization(organizationID)
	if o == nil {
		return nil, false
	}
	i, found := o.apps.find(applicationID)
	if !found {
		return nil, false
	}
	return o.apps[i].roles, true
}

// knownResource reports whether there is a resource of that indicator.
func (s *Sim) knownResource(indicator string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return byID(s.resources, indicator, func(r *resource) string { return r.Indicator }) != nil
}

// issue returns a signed access token of c, which gets an id and its times. The
// caller holds mu.
func (s *Sim) issue(c claims) string {
	now := s.config.Now().Unix()
	c.ID, c.IssuedAt, c.Expires = randomToken(), now, now+int64(s.config.TokenTTL.Seconds())
	token := s.keys[0].sign("at+jwt", c)
	s.live[token] = c
	return token
}

// pass is a token of the stand-in's own, which nobody has signed, and how to end it.
func (s *Sim) pass() (token string, forget func()) {
	token = randomToken()
	s.mu.Lock()
	defer s.mu.Unlock()
	s.live[token] = claims{Scope: scopeAll, Audience: s.config.Resource, Expires: s.config.Now().Add(s.config.TokenTTL).Unix()}
	return token, func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		delete(s.live, token)
	}
}

// verify reads an access token for the Management API. One that this Sim has
// issued is known by heart, since ES384 is slow. Errors are in jose's words, the
// library Logto verifies with; that of an expired token is read from jose, not
// recorded.
func (s *Sim) verify(token string) (claims, *Error) {
	s.mu.Lock()
	c, live := s.live[token]
	s.mu.Unlock()
	if !live {
		parts := strings.Split(token, ".")
		if len(parts) != 3 {
			return claims{}, errUnauthorized("ERR_JWS_INVALID", "JWSInvalid")
		}
		if !s.signed(token) {
			return claims{}, errUnauthorized("ERR_JWS_SIGNATURE_VERIFICATION_FAILED", "JWSSignatureVerificationFailed")
		}
		payload, err := base64.RawURLEncoding.DecodeString(parts[1])
		if err != nil || json.Unmarshal(payload, &c) != nil {
			return claims{}, errUnauthorized("ERR_JWT_INVALID", "JWTInvalid")
		}
	}
	if c.Audience != s.config.Resource {
		return claims{}, errUnauthorized("ERR_JWT_CLAIM_VALIDATION_FAILED", "JWTClaimValidationFailed",
			member{"claim", "aud"}, member{"reason", "check_failed"}, member{"payload", c})
	}
	if !live || c.Expires <= s.config.Now().Unix() {
		return claims{}, errUnauthorized("ERR_JWT_EXPIRED", "JWTExpired",
			member{"claim", "exp"}, member{"reason", "check_failed"}, member{"payload", c})
	}
	return c, nil
}

func errUnauthorized(code, name string, more ...member) *Error {
	return &Error{
		Status: http.StatusUnauthorized, Code: "auth.unauthorized", Message: "Unauthorized. Please check credentials and its scope.",
		data: append(object{{"code", code}, {"name", name}}, more...),
	}
}

// issuer is who signs the tokens, under the address by which this Sim was called.
func issuer(r *http.Request) string { return origin(r) + "/oidc" }

// origin is the address by which this Sim was called, without a path.
func origin(r *http.Request) string {
	if r.TLS != nil {
		return "https://" + r.Host
	}
	return "http://" + r.Host
}

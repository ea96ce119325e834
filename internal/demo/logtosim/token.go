package logtosim

import (
	"crypto/hmac"
	"crypto/sha512"
	"crypto/subtle"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// scopeAll is the one scope that the Management API has.
const scopeAll = "all"

// claims is the payload of an access token, in Logto's order.
type claims struct {
	ID       string `json:"jti"`
	Subject  string `json:"sub"`
	IssuedAt int64  `json:"iat"` // seconds since 1970
	Expires  int64  `json:"exp"` // seconds since 1970
	Scope    string `json:"scope,omitempty"`
	ClientID string `json:"client_id"`
	Issuer   string `json:"iss"`
	Audience string `json:"aud"`
}

// granted is the answer of the token endpoint.
type granted struct {
	AccessToken string `json:"access_token"`
	ExpiresIn   int64  `json:"expires_in"` // seconds
	TokenType   string `json:"token_type"`
	Scope       string `json:"scope,omitempty"`
}

// An oidcError is an error of the token endpoint.
type oidcError struct {
	status      int
	name        string // as in RFC 6749
	message     string
	description string
}

func invalidClient(status int, description string) *oidcError {
	return &oidcError{status, "invalid_client", "An OIDC error occurred: oidc.invalid_client.", description}
}

func invalidTarget(description string) *oidcError {
	return &oidcError{http.StatusBadRequest, "invalid_target", "Invalid resource indicator.", description}
}

// token answers POST /oidc/token.
func (s *Sim) token(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	h.Set("Access-Control-Allow-Origin", "*")
	h.Set("Access-Control-Expose-Headers", "WWW-Authenticate")
	h.Set("Cache-Control", "no-store")
	answer, oops := s.grant(r)
	if oops == nil {
		writeJSON(w, http.StatusOK, answer)
		return
	}
	if oops.status == http.StatusUnauthorized {
		h.Set("Www-Authenticate", fmt.Sprintf(`Basic realm="%s", error="%s", error_description="%s"`,
			issuer(r), oops.name, oops.description))
	}
	writeJSON(w, oops.status, object{
		{"code", "oidc." + oops.name}, {"message", oops.message}, {"error", oops.name}, {"error_description", oops.description},
	})
}

// grant checks a token request in the order in which Logto complains: the
// client, the grant, the resource.
func (s *Sim) grant(r *http.Request) (*granted, *oidcError) {
	if err := r.ParseForm(); err != nil {
		return nil, &oidcError{http.StatusBadRequest, "invalid_request", "Request is invalid.", "failed to parse the request body"}
	}
	id, secret, oops := credentials(r)
	if oops != nil {
		return nil, oops
	}
	if id != s.config.AppID || id == "" {
		return nil, invalidClient(http.StatusBadRequest, "invalid client "+id)
	}
	if subtle.ConstantTimeCompare([]byte(secret), []byte(s.config.AppSecret)) == 0 {
		return nil, invalidClient(http.StatusUnauthorized, "client authentication failed")
	}
	if r.PostForm.Get("grant_type") != "client_credentials" {
		return nil, &oidcError{
			http.StatusBadRequest, "unsupported_grant_type",
			"Unsupported `grant_type` requested.", "unsupported grant_type requested",
		}
	}
	resource := r.PostForm.Get("resource")
	if resource == "" {
		return nil, invalidTarget("both `resource` and `organization_id` are not provided")
	}
	if !s.knownResource(resource) {
		return nil, invalidTarget("resource indicator is missing, or unknown")
	}
	scope := ""
	if resource == s.config.Resource && slices.Contains(strings.Fields(r.PostForm.Get("scope")), scopeAll) {
		scope = scopeAll // a scope the resource does not have is left out, not an error
	}
	s.noteToken(r, scope)
	return &granted{
		AccessToken: s.issue(issuer(r), resource, scope),
		ExpiresIn:   int64(s.config.TokenTTL.Seconds()),
		TokenType:   "Bearer", Scope: scope,
	}, nil
}

// knownResource reports whether there is a resource of that indicator.
func (s *Sim) knownResource(indicator string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return byID(s.resources, indicator, func(r *resource) string { return r.Indicator }) != nil
}

// credentials reads the client from the Authorization header or the body. In the
// header both parts are form-encoded, as RFC 6749 section 2.3.1 has it.
func credentials(r *http.Request) (id, secret string, oops *oidcError) {
	if user, pass, ok := r.BasicAuth(); ok {
		id, err1 := url.QueryUnescape(user)
		secret, err2 := url.QueryUnescape(pass)
		if err1 != nil || err2 != nil {
			return "", "", &oidcError{
				http.StatusBadRequest, "invalid_request", "Request is invalid.",
				"client_id and client_secret in the authorization header are not properly encoded",
			}
		}
		return id, secret, nil
	}
	if r.PostForm.Get("client_id") == "" {
		return "", "", &oidcError{
			http.StatusBadRequest, "invalid_request", "Request is invalid.", "no client authentication mechanism provided",
		}
	}
	return r.PostForm.Get("client_id"), r.PostForm.Get("client_secret"), nil
}

// issue returns a signed JWT. Logto signs with ES384; here the one that signs is
// the only one that verifies, and a shared key is a hundred times faster.
func (s *Sim) issue(issuer, audience, scope string) string {
	id := randomID(43)
	s.mu.Lock()
	s.live[id] = true
	s.mu.Unlock()
	now := s.config.Now().Unix()
	head := mustStringify(object{{"alg", "HS512"}, {"typ", "at+jwt"}})
	payload := mustStringify(claims{
		ID: id, Subject: s.config.AppID, IssuedAt: now, Expires: now + int64(s.config.TokenTTL.Seconds()),
		Scope: scope, ClientID: s.config.AppID, Issuer: issuer, Audience: audience,
	})
	enc := base64.RawURLEncoding
	signed := enc.EncodeToString(head) + "." + enc.EncodeToString(payload)
	return signed + "." + enc.EncodeToString(s.tokenSignature(signed))
}

// tokenSignature returns the signature of the first two parts of a token.
func (s *Sim) tokenSignature(signed string) []byte {
	mac := hmac.New(sha512.New, s.tokenKey)
	mac.Write([]byte(signed))
	return mac.Sum(nil)
}

// verify reads a token of this Sim. Errors are in jose's words, the library
// Logto verifies with; that of an expired token is read from jose, not recorded.
func (s *Sim) verify(token string) (claims, *Error) {
	parts := strings.Split(token, ".")
	if len(parts) != 3 {
		return claims{}, errUnauthorized("ERR_JWS_INVALID", "JWSInvalid")
	}
	enc := base64.RawURLEncoding
	signature, err := enc.DecodeString(parts[2])
	if err != nil || !hmac.Equal(signature, s.tokenSignature(parts[0]+"."+parts[1])) {
		return claims{}, errUnauthorized("ERR_JWS_SIGNATURE_VERIFICATION_FAILED", "JWSSignatureVerificationFailed")
	}
	var c claims
	payload, err := enc.DecodeString(parts[1])
	if err != nil || json.Unmarshal(payload, &c) != nil {
		return claims{}, errUnauthorized("ERR_JWT_INVALID", "JWTInvalid")
	}
	if c.Audience != s.config.Resource {
		return claims{}, errUnauthorized("ERR_JWT_CLAIM_VALIDATION_FAILED", "JWTClaimValidationFailed",
			member{"claim", "aud"}, member{"reason", "check_failed"}, member{"payload", c})
	}
	s.mu.Lock()
	live := s.live[c.ID]
	s.mu.Unlock()
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

package logtosim

import (
	"fmt"
	"net/http"
)

// supportedScopes are those of people; the scopes of resources and organizations
// come on top.
var supportedScopes = []string{
	"openid", "offline_access", "profile", "email", "phone", "address", "custom_data", "identities", "roles",
	scopeOrganizations, scopeOrganizationRoles, "urn:logto:scope:sessions", "urn:logto:scope:trusted_devices",
}

const (
	scopeOrganizations     = "urn:logto:scope:organizations"
	scopeOrganizationRoles = "urn:logto:scope:organization_roles"

	// organizationsResource is what a client asks for beside the scope of
	// organizations; it is no resource.
	organizationsResource = "urn:logto:resource:organizations"

	// organizationAudience is the audience of an organization's tokens, without
	// the organization's id.
	organizationAudience = "urn:logto:organization:"
)

func (s *Sim) mountOIDC(mux *http.ServeMux) {
	mux.HandleFunc("GET /oidc/.well-known/openid-configuration", s.discovery)
	mux.HandleFunc("GET /oidc/jwks", s.keySet)
	mux.HandleFunc("GET /oidc/auth", s.authorization)
	mux.HandleFunc("GET /oidc/auth/{interaction}", s.resume)
	mux.HandleFunc("POST /oidc/token", answering(s.grant))
	mux.HandleFunc("POST /oidc/token/introspection", answering(s.introspect))
	mux.HandleFunc("POST /oidc/token/revocation", answering(s.revoke))
	mux.HandleFunc("GET /oidc/me", answering(s.userInfo))
	mux.HandleFunc("POST /oidc/me", answering(s.userInfo))
	mux.HandleFunc("GET /oidc/session/end", s.endSession)
	mux.HandleFunc("OPTIONS /oidc/", func(w http.ResponseWriter, _ *http.Request) { // of applications in a browser
		h := w.Header()
		h.Set("Access-Control-Allow-Origin", "*")
		h.Set("Access-Control-Allow-Methods", "GET, POST")
		h.Set("Access-Control-Allow-Headers", "Authorization, Content-Type")
		w.WriteHeader(http.StatusNoContent)
	})
}

// An oidcError is an error of OpenID Connect.
type oidcError struct {
	status      int
	name        string // as in RFC 6749
	message     string
	description string
}

func (e *oidcError) body() object {
	return object{{"code", "oidc." + e.name}, {"message", e.message}, {"error", e.name}, {"error_description", e.description}}
}

func invalidClient(status int, description string) *oidcError {
	return &oidcError{status, "invalid_client", "An OIDC error occurred: oidc.invalid_client.", description}
}

func invalidTarget(description string) *oidcError {
	return &oidcError{http.StatusBadRequest, "invalid_target", "Invalid resource indicator.", description}
}

func invalidRequest(description string) *oidcError {
	return &oidcError{http.StatusBadRequest, "invalid_request", "Request is invalid.", description}
}

// invalidGrant says nothing about the cause, as in Logto.
func invalidGrant() *oidcError {
	return &oidcError{http.StatusBadRequest, "invalid_grant", "Grant request is invalid.", "grant request is invalid"}
}

func accessDenied(description string) *oidcError {
	return &oidcError{http.StatusForbidden, "access_denied", "Access denied.", description}
}

func invalidToken() *oidcError {
	return &oidcError{http.StatusUnauthorized, "invalid_token", "Invalid token provided.", "invalid token provided"}
}

// answering serves what programs ask for.
func answering(serve func(*http.Request) (any, *oidcError)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Access-Control-Allow-Origin", "*")
		h.Set("Access-Control-Expose-Headers", "WWW-Authenticate")
		h.Set("Cache-Control", "no-store")
		r.Body = http.MaxBytesReader(w, r.Body, maxBody)
		if err := r.ParseForm(); err != nil {
			writeOIDCError(w, r, invalidRequest("failed to parse the request body"))
			return
		}
		body, oops := serve(r)
		switch {
		case oops != nil:
			writeOIDCError(w, r, oops)
		case body == nil:
			writeRaw(w, http.StatusOK, nil)
		default:
			writeJSON(w, http.StatusOK, body)
		}
	}
}

func writeOIDCError(w http.ResponseWriter, r *http.Request, e *oidcError) {
	if e.status == http.StatusUnauthorized {
		scheme := "Basic"
		if e.name == "invalid_token" {
			scheme = "Bearer"
		}
		w.Header().Set("Www-Authenticate", fmt.Sprintf(`%s realm="%s", error="%s", error_description="%s"`,
			scheme, issuer(r), e.name, e.description))
	}
	writeJSON(w, e.status, e.body())
}

// discovery is what Logto says of itself, in its order. What the stand-in does not
// offer of it is in the README.
func (s *Sim) discovery(w http.ResponseWriter, r *http.Request) {
	iss := issuer(r)
	w.Header().Set("Access-Control-Allow-Origin", "*")
	writeTagged(w, r, object{
		{"authorization_endpoint", iss + "/auth"},
		{"device_authorization_endpoint", iss + "/device/auth"},
		{"claims_parameter_supported", false},
		{"claims_supported", claimNames},
		{"code_challenge_methods_supported", []string{"S256"}},
		{"end_session_endpoint", iss + "/session/end"},
		{"grant_types_supported", []string{
			"implicit", "authorization_code", "refresh_token", "client_credentials",
			"urn:ietf:params:oauth:grant-type:device_code", "urn:ietf:params:oauth:grant-type:token-exchange",
		}},
		{"issuer", iss},
		{"jwks_uri", iss + "/jwks"},
		{"authorization_response_iss_parameter_supported", true},
		{"response_modes_supported", []string{"form_post", "fragment", "query"}},
		{"response_types_supported", []string{"code id_token", "code", "id_token", "none"}},
		{"scopes_supported", supportedScopes},
		{"subject_types_supported", []string{"public"}},
		{"token_endpoint_auth_methods_supported", []string{
			"client_secret_basic", "client_secret_jwt", "client_secret_post", "private_key_jwt", "none",
		}},
		{"token_endpoint_auth_signing_alg_values_supported", []string{"HS256", "RS256", "PS256", "ES256", "Ed25519", "EdDSA"}},
		{"token_endpoint", iss + "/token"},
		{"id_token_signing_alg_values_supported", []string{"ES384"}},
		{"pushed_authorization_request_endpoint", iss + "/request"},
		{"request_uri_parameter_supported", false},
		{"userinfo_endpoint", iss + "/me"},
		{"introspection_endpoint", iss + "/token/introspection"},
		{"revocation_endpoint", iss + "/token/revocation"},
		{"backchannel_logout_supported", true},
		{"backchannel_logout_session_supported", true},
		{"claim_types_supported", []string{"normal"}},
	})
}

// keySet is the public half of the keys, the latest first.
func (s *Sim) keySet(w http.ResponseWriter, _ *http.Request) {
	s.mu.Lock()
	keys := make([]object, len(s.keys))
	for i, k := range s.keys {
		keys[i] = k.jwk()
	}
	s.mu.Unlock()
	h := w.Header()
	h.Set("Access-Control-Allow-Origin", "*")
	h.Set("Cache-Control", "no-cache, max-age=0, must-revalidate")
	h.Set("Content-Type", "application/jwk-set+json; charset=utf-8")
	writeRaw(w, http.StatusOK, mustStringify(object{{"keys", keys}}))
}

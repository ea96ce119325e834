package logtosim

import (
	"crypto/subtle"
	"net/http"
	"net/url"
	"slices"
)

// A Registration is what an application needs beside its row to sign people in,
// or to get tokens for itself. One without a secret is public, as those in a
// browser are, and must use PKCE.
type Registration struct {
	ID     string // of the application
	Secret string

	RedirectURIs           []string // compared to the letter
	PostLogoutRedirectURIs []string
}

// Register puts what an application needs to sign people in, without a webhook.
// An application that is not there is made: a Traditional one, or an SPA if it
// has no secret.
func (s *Sim) Register(r Registration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.login.registrations[r.ID] = r
	if s.application(r.ID) == nil {
		kind := "Traditional"
		if r.Secret == "" {
			kind = "SPA"
		}
		s.applications = append(s.applications, s.newApplication(r.ID, r.ID, kind, nil))
	}
}

// registration is how the application is registered, and whether it is.
func (s *Sim) registration(id string) (Registration, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	r, ok := s.login.registrations[id]
	return r, ok && id != ""
}

// registered is the application as its webhooks show it. The caller holds mu.
func (s *Sim) registered(id string) Application {
	if a := s.application(id); a != nil && id != s.config.App.ID {
		return Application{ID: a.ID, Type: a.Type, Name: a.Name, Description: a.Description}
	}
	return s.config.App
}

// client authenticates the application that makes a request.
func (s *Sim) client(r *http.Request) (Registration, *oidcError) {
	id, secret, oops := credentials(r)
	if oops != nil {
		return Registration{}, oops
	}
	reg, ok := s.registration(id)
	if !ok {
		return Registration{}, invalidClient(http.StatusBadRequest, "invalid client "+id)
	}
	if subtle.ConstantTimeCompare([]byte(secret), []byte(reg.Secret)) == 0 {
		return Registration{}, invalidClient(http.StatusUnauthorized, "client authentication failed")
	}
	return reg, nil
}

// credentials reads the client from the Authorization header or the body. In the
// header both parts are form-encoded, as RFC 6749 section 2.3.1 has it.
func credentials(r *http.Request) (id, secret string, oops *oidcError) {
	if user, pass, ok := r.BasicAuth(); ok {
		id, err1 := url.QueryUnescape(user)
		secret, err2 := url.QueryUnescape(pass)
		if err1 != nil || err2 != nil {
			return "", "", invalidRequest("client_id and client_secret in the authorization header are not properly encoded")
		}
		return id, secret, nil
	}
	if r.PostForm.Get("client_id") == "" {
		return "", "", invalidRequest("no client authentication mechanism provided")
	}
	return r.PostForm.Get("client_id"), r.PostForm.Get("client_secret"), nil
}

func (r Registration) mayReturnTo(uri string) bool { return slices.Contains(r.RedirectURIs, uri) }

package sample

import (
	"cmp"
	"crypto/rand"
	"maps"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"github.com/logto-io/go/v2/client"
	"github.com/logto-io/go/v2/core"
)

const (
	cookieName = "reports_inc"

	// maxSessions is how many browsers are remembered; the one that has been
	// there longest is forgotten first.
	maxSessions = 1000
)

// A Person is who has signed in, as Logto's ID token says.
type Person struct {
	ID   string
	Name string // never empty
}

// A session is what is remembered of one browser. It is the storage of Logto's
// SDK, which keeps its tokens here, where the browser does not see them.
type session struct {
	since time.Time

	mu     sync.Mutex
	values map[string]string
}

// GetItem returns what is kept under the key, or nothing.
func (s *session) GetItem(key string) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.values[key]
}

// SetItem keeps a value.
func (s *session) SetItem(key, value string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.values[key] = value
}

// sessions are those of all browsers, by their cookie.
type sessions struct {
	mu  sync.Mutex
	all map[string]*session
}

// find is the session of the browser, or nil.
func (s *sessions) find(r *http.Request) *session {
	c, err := r.Cookie(cookieName)
	if err != nil {
		return nil
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.all[c.Value]
}

// begin gives the browser a session under an id of its own, which nobody could
// have planted, with what its former one kept.
func (s *sessions) begin(w http.ResponseWriter, r *http.Request) *session {
	fresh := &session{since: time.Now(), values: map[string]string{}}
	if former := s.find(r); former != nil {
		former.mu.Lock()
		maps.Copy(fresh.values, former.values)
		former.mu.Unlock()
	}
	s.forget(r)
	id := rand.Text()
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.all) >= maxSessions {
		delete(s.all, oldest(s.all))
	}
	if s.all == nil {
		s.all = map[string]*session{}
	}
	s.all[id] = fresh
	http.SetCookie(w, cookie(id, 0))
	return fresh
}

func oldest(all map[string]*session) string {
	first := ""
	for id, s := range all {
		if first == "" || s.since.Before(all[first].since) {
			first = id
		}
	}
	return first
}

// forget ends the session of the browser.
func (s *sessions) forget(r *http.Request) {
	if c, err := r.Cookie(cookieName); err == nil {
		s.mu.Lock()
		defer s.mu.Unlock()
		delete(s.all, c.Value)
	}
}

// cookie names the session. It is not Secure, since the demo has no TLS.
func cookie(value string, maxAge int) *http.Cookie {
	return &http.Cookie{Name: cookieName, Value: value, Path: "/", MaxAge: maxAge, HttpOnly: true, SameSite: http.SameSiteLaxMode}
}

// logto is Logto's official SDK, for one session.
func (a *App) logto(s *session) *client.LogtoClient {
	return client.NewLogtoClient(&client.LogtoConfig{
		Endpoint: a.config.Logto, AppId: a.config.AppID, AppSecret: a.config.AppSecret, Scopes: []string{core.UserScopeEmail},
	}, s)
}

// signIn sends the browser to Logto. It does so from the application's own
// address only, for only there is the cookie that the way back needs.
func (a *App) signIn(w http.ResponseWriter, r *http.Request) {
	if own, err := url.Parse(a.config.Address); err == nil && r.Host != own.Host {
		http.Redirect(w, r, a.config.Address+"/sign-in", http.StatusSeeOther)
		return
	}
	to, err := a.logto(a.sessions.begin(w, r)).SignInWithRedirectUri(a.config.Address + "/callback")
	if err != nil {
		a.failed(w, http.StatusBadGateway, err)
		return
	}
	http.Redirect(w, r, escaped(to), http.StatusSeeOther)
}

// escaped is an address of the SDK as it may stand in a header: the SDK leaves
// spaces between the scopes.
func escaped(address string) string { return strings.ReplaceAll(address, " ", "%20") }

// callback is where Logto sends the browser back. The SDK holds the state, the
// code and the ID token against what Logto says.
func (a *App) callback(w http.ResponseWriter, r *http.Request) {
	s := a.sessions.find(r)
	if s == nil {
		http.Redirect(w, r, "/sign-in", http.StatusSeeOther)
		return
	}
	if err := a.logto(s).HandleSignInCallback(r); err != nil {
		a.failed(w, http.StatusBadRequest, err)
		return
	}
	if p, ok := a.person(a.sessions.begin(w, r)); ok {
		a.config.Happened(Event{Person: p, Kind: SignedIn})
	}
	http.Redirect(w, r, "/reports", http.StatusSeeOther)
}

// leave signs out, here and at Logto.
func (a *App) leave(w http.ResponseWriter, r *http.Request) {
	s := a.sessions.find(r)
	a.sessions.forget(r)
	http.SetCookie(w, cookie("", -1))
	if s == nil {
		http.Redirect(w, r, "/", http.StatusSeeOther)
		return
	}
	p, signedIn := a.person(s)
	to, err := a.logto(s).SignOut(a.config.Address + "/")
	if err != nil {
		a.failed(w, http.StatusBadGateway, err)
		return
	}
	if signedIn {
		a.config.Happened(Event{Person: p, Kind: SignedOut})
	}
	http.Redirect(w, r, escaped(to), http.StatusSeeOther)
}

// failed is the page of a sign-in that came to nothing.
func (a *App) failed(w http.ResponseWriter, status int, err error) {
	a.config.Log.Warn("sign-in failed", "error", err)
	a.write(w, status, view{Title: "The sign-in failed", Door: true, Failed: err.Error()})
}

// present is who has signed in with this browser, and when; ok is false if nobody
// has.
func (a *App) present(r *http.Request) (p Person, since time.Time, ok bool) {
	s := a.sessions.find(r)
	if s == nil {
		return Person{}, time.Time{}, false
	}
	p, ok = a.person(s)
	return p, s.since, ok
}

// person is who has signed in within a session. The ID token was verified when it
// came, and has been out of the browser's reach since.
func (a *App) person(s *session) (Person, bool) {
	c, err := a.logto(s).GetIdTokenClaims()
	if err != nil {
		return Person{}, false
	}
	return Person{ID: c.Sub, Name: cmp.Or(c.Name, c.Username, c.Email, c.Sub)}, true
}

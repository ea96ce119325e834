package main

import (
	"crypto/rand"
	"maps"
	"net/http"
	"sync"
	"time"
)

const (
	cookieName = "session"

	// lifetime is how long a browser is remembered after its sign-in.
	lifetime = 12 * time.Hour
)

// A session is what is remembered of one browser: the storage of Logto's SDK, so that
// its tokens are out of the browser's reach.
type session struct {
	began time.Time

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

// sessions are those of all browsers, by their cookie. They end with the process; a
// service of several keeps them where all of them see them.
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
	if found := s.all[c.Value]; found != nil && time.Since(found.began) < lifetime {
		return found
	}
	return nil
}

// end forgets the session of the browser and returns it, or nil.
func (s *sessions) end(r *http.Request) *session {
	found := s.find(r)
	if found != nil {
		s.mu.Lock()
		defer s.mu.Unlock()
		maps.DeleteFunc(s.all, func(_ string, other *session) bool { return other == found })
	}
	return found
}

// begin gives the browser a session under an id of its own, with what its former one
// kept, and forgets those that are over.
func (s *sessions) begin(w http.ResponseWriter, r *http.Request, secure bool) *session {
	fresh := &session{began: time.Now(), values: map[string]string{}}
	if former := s.end(r); former != nil {
		former.mu.Lock()
		maps.Copy(fresh.values, former.values)
		former.mu.Unlock()
	}
	id := rand.Text()
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.all == nil {
		s.all = map[string]*session{}
	}
	maps.DeleteFunc(s.all, func(_ string, other *session) bool { return time.Since(other.began) >= lifetime })
	s.all[id] = fresh
	http.SetCookie(w, &http.Cookie{Name: cookieName, Value: id, Path: "/", HttpOnly: true, Secure: secure, SameSite: http.SameSiteLaxMode})
	return fresh
}

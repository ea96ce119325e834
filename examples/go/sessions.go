package main

import (
	"crypto/rand"
	"net/http"
	"sync"
	"time"
)

const (
	cookieName = "session"

	// lifetime is how long a browser is remembered after its sign-in.
	lifetime = 12 * time.Hour
)

// A session is the storage of Logto's SDK for one browser, so that its tokens are out
// of the browser's reach.
type session struct {
	began  time.Time
	values sync.Map // text by key
}

func (s *session) over() bool { return time.Since(s.began) >= lifetime }

// GetItem returns what is kept under the key, or nothing.
func (s *session) GetItem(key string) string {
	kept, _ := s.values.Load(key)
	text, _ := kept.(string)
	return text
}

// SetItem keeps a value.
func (s *session) SetItem(key, value string) { s.values.Store(key, value) }

// sessions are those of all browsers. They end with the process; a service of several
// keeps them where all of them see them.
type sessions struct {
	byCookie sync.Map // *session by the value of the cookie
}

// find is the session of the browser, or nil.
func (s *sessions) find(r *http.Request) *session {
	c, err := r.Cookie(cookieName)
	if err != nil {
		return nil
	}
	found, _ := s.byCookie.Load(c.Value)
	if of, ok := found.(*session); ok && !of.over() {
		return of
	}
	return nil
}

// end forgets the session of the browser and returns it, or nil.
func (s *sessions) end(r *http.Request) *session {
	of := s.find(r)
	s.drop(func(other *session) bool { return other == of })
	return of
}

// begin gives the browser a session under an id of its own, with what its former one
// kept, and forgets those that are over.
func (s *sessions) begin(w http.ResponseWriter, r *http.Request, secure bool) *session {
	fresh := &session{began: time.Now()}
	if former := s.end(r); former != nil {
		former.values.Range(func(key, value any) bool {
			fresh.values.Store(key, value)
			return true
		})
	}
	s.drop((*session).over)
	id := rand.Text()
	s.byCookie.Store(id, fresh)
	http.SetCookie(w, &http.Cookie{Name: cookieName, Value: id, Path: "/", HttpOnly: true, Secure: secure, SameSite: http.SameSiteLaxMode})
	return fresh
}

func (s *sessions) drop(which func(*session) bool) {
	s.byCookie.Range(func(id, of any) bool {
		if which(of.(*session)) {
			s.byCookie.Delete(id)
		}
		return true
	})
}

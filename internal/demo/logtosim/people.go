package logtosim

import (
	"context"
	"net/http"
	"strings"
)

// A SignUp is what a person types into the sign-up page. Spaces around a value
// do not count; empty is not given. At least a username or an e-mail is needed.
type SignUp struct {
	Username string
	Email    string
	Name     string
	Password string // never kept; only that there is one
}

// SignUp registers a person. It fires User.Created, as the step of identification
// does, and then PostRegister, as the end of the interaction does; they are
// separate deliveries and may arrive in any order. The first consent that follows
// sets the application id and fires nothing. Errors are [*Error] with Field set:
// 400 for a bad value, 422 for a taken one or for no identifier at all.
func (s *Sim) SignUp(ctx context.Context, in SignUp) (User, error) {
	f := Fields{}
	for name, value := range map[string]string{"username": in.Username, "primaryEmail": in.Email, "name": in.Name} {
		if value = strings.TrimSpace(value); value != "" {
			f[name] = value
		}
	}
	if err := f.check(); err != nil {
		return User{}, err
	}
	if f["username"] == nil && f["primaryEmail"] == nil {
		return User{}, errUnprocessable("username", "user.missing_profile", "You need to provide additional info before signing-in.")
	}
	if holdsNUL(map[string]any(f)) {
		return User{}, wire(nil)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	u := s.newUser()
	f.put(&u)
	u.HasPassword = in.Password != ""
	if err := s.collision(u); err != nil {
		return User{}, err
	}
	p := s.add(u)
	s.giveDefaultRoles(p)
	session := s.id(43)
	for _, id := range s.join(u) {
		s.send(membershipUpdated, u.ID, append(s.interacted(callerOf(ctx), membershipUpdated, session), delta(id, "User", []string{u.ID}, nil)...))
	}
	s.send("User.Created", u.ID, s.identified(callerOf(ctx), session, u))
	p.user.LastSignInAt, p.user.UpdatedAt = new(s.now()), s.now()
	s.send("PostRegister", u.ID, s.submitted(callerOf(ctx), "PostRegister", session, p.user))
	s.consent(p, s.applicationOf(callerOf(ctx)))
	return p.user.clone(), nil
}

// SignIn signs a person in and fires PostSignIn. Errors are [*Error]: 404 for an
// unknown user, 401 for a suspended one.
func (s *Sim) SignIn(ctx context.Context, id string) (User, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	p := s.person(id)
	if p == nil {
		return User{}, errNotFound()
	}
	if p.user.IsSuspended {
		return User{}, &Error{Status: http.StatusUnauthorized, Code: "user.suspended", Message: "This account is suspended."}
	}
	p.user.LastSignInAt, p.user.UpdatedAt = new(s.now()), s.now()
	s.send("PostSignIn", id, s.submitted(callerOf(ctx), "PostSignIn", s.id(43), p.user))
	s.consent(p, s.applicationOf(callerOf(ctx)))
	return p.user.clone(), nil
}

// consent is the first use of an application. No webhook tells of it. The caller
// holds mu.
func (s *Sim) consent(p *person, a Application) {
	if p.user.ApplicationID == nil {
		p.user.ApplicationID, p.user.UpdatedAt = new(a.ID), s.now()
	}
}

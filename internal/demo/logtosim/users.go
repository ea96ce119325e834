package logtosim

import (
	"context"
	"encoding/json"
	"net/http"
	"strings"
)

// Create makes a user as POST /api/users does and fires User.Created in the form
// of the Management API. Keys: username, primaryEmail, primaryPhone, name,
// avatar, customData, profile, password or passwordDigest. Errors are [*Error]: 400 for a bad
// value, 422 for a taken username, e-mail or phone.
func (s *Sim) Create(ctx context.Context, f Fields) (User, error) {
	if err := f.check(); err != nil {
		return User{}, err
	}
	for _, name := range []string{"password", "passwordDigest", "passwordAlgorithm"} {
		if err := f.checkText(name, nil); err != nil {
			return User{}, err
		}
	}
	password, _ := f["password"].(string)
	digest, _ := f["passwordDigest"].(string)
	if password != "" && digest != "" {
		return User{}, &Error{
			Status: http.StatusBadRequest, Code: "user.password_and_digest",
			Message: "You cannot set both plain text password and password digest.",
		}
	}
	if holdsNUL(map[string]any(f)) {
		return User{}, wire(nil)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	u := s.newUser()
	f.put(&u)
	u.HasPassword = password != "" || digest != ""
	if err := s.collision(u); err != nil {
		return User{}, err
	}
	s.giveDefaultRoles(s.add(u))
	s.tell(ctx, happened{
		event: "User.Created", userID: u.ID, method: http.MethodPost, route: "/users", status: http.StatusOK,
		data: u.answer(),
	})
	return u.clone(), nil
}

// Patch changes a user as PATCH /api/users/{id} does and fires
// User.Data.Updated, also when the values are the ones it had. Custom data and
// profile are replaced whole. Errors are those of [Sim.Create], 404 for an
// unknown user and 422 for no known key.
func (s *Sim) Patch(ctx context.Context, id string, f Fields) (User, error) {
	if err := f.check(); err != nil {
		return User{}, err
	}
	if holdsNUL(map[string]any(f)) {
		return User{}, wire(nil)
	}
	return s.change(ctx, id, "User.Data.Updated", "/users/:userId", func(u *User) (any, error) {
		if !f.put(u) {
			return nil, errEmptyPatch()
		}
		if err := s.collision(*u); err != nil {
			return nil, err
		}
		return nil, nil
	})
}

// PatchCustomData puts top-level keys over the user's custom data, as PATCH
// /api/users/{id}/custom-data does, and returns all of it. The event's data is
// the custom data, not the user. Errors: 404.
func (s *Sim) PatchCustomData(ctx context.Context, id string, more map[string]any) (json.RawMessage, error) {
	if holdsNUL(more) {
		return nil, wire(nil)
	}
	u, err := s.change(ctx, id, "User.Data.Updated", "/users/:userId/custom-data", func(u *User) (data any, err error) {
		u.CustomData, err = merged(u.CustomData, more)
		return u.CustomData, err
	})
	return u.CustomData, err
}

// PatchProfile puts top-level keys over the user's profile, as PATCH
// /api/users/{id}/profile does, and returns all of it. The event's data is the
// profile, not the user. Errors: 400 for a value that is not text, 404.
func (s *Sim) PatchProfile(ctx context.Context, id string, more map[string]any) (json.RawMessage, error) {
	if err := checkProfile(more, "profile"); err != nil {
		return nil, err
	}
	if holdsNUL(more) {
		return nil, wire(nil)
	}
	u, err := s.change(ctx, id, "User.Data.Updated", "/users/:userId/profile", func(u *User) (data any, err error) {
		u.Profile, err = merged(u.Profile, knownProfile(more))
		return inSchemaOrder(u.Profile), err
	})
	return inSchemaOrder(u.Profile), err
}

// Suspend sets whether the user may sign in, as PATCH
// /api/users/{id}/is-suspended does, and fires User.SuspensionStatus.Updated,
// also when nothing changes. Errors: 404.
func (s *Sim) Suspend(ctx context.Context, id string, suspended bool) (User, error) {
	return s.change(ctx, id, "User.SuspensionStatus.Updated", "/users/:userId/is-suspended", func(u *User) (any, error) {
		u.IsSuspended = suspended
		return nil, nil
	})
}

// Delete removes the user and its memberships, and fires User.Deleted and
// nothing else. Errors: 404.
func (s *Sim) Delete(ctx context.Context, id string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	p := s.person(id)
	if p == nil {
		return errNotFound()
	}
	s.forget(p)
	s.tell(ctx, happened{
		event: "User.Deleted", userID: id, method: http.MethodDelete, route: "/users/:userId", status: http.StatusNoContent,
		params: object{{"userId", id}}, data: p.user, dataFirst: true,
	})
	return nil
}

// change applies one change to one user and tells of it. What do returns is the
// event's data; nil stands for the user.
func (s *Sim) change(ctx context.Context, id, event, route string, do func(*User) (any, error)) (User, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	p := s.person(id)
	if p == nil {
		return User{}, errNotFound()
	}
	u := p.user
	data, err := do(&u)
	if err != nil {
		return User{}, err
	}
	u.UpdatedAt = s.now()
	p.user = u
	if data == nil {
		data = u.answer()
	}
	s.tell(ctx, happened{
		event: event, userID: id, method: http.MethodPatch, route: route, status: http.StatusOK,
		params: object{{"userId", id}}, data: data,
	})
	return u.clone(), nil
}

// add keeps a user. The caller holds mu.
func (s *Sim) add(u User) *person {
	p := &person{user: u}
	s.people, s.byID[u.ID] = append(s.people, p), p
	return p
}

// forget removes a person with the memberships. The caller holds mu.
func (s *Sim) forget(p *person) {
	s.people = without(s.people, p)
	delete(s.byID, p.user.ID)
	for _, o := range s.organizations {
		o.members.remove(p.user.ID)
	}
	for _, i := range s.invitations {
		if text(i.AcceptedUserID) == p.user.ID {
			i.AcceptedUserID = nil
		}
	}
}

// newUser returns a user nobody has seen yet.
func (s *Sim) newUser() User {
	now := s.now()
	empty := json.RawMessage("{}")
	return User{ID: s.id(12), CustomData: empty, Identities: empty, Profile: empty, CreatedAt: now, UpdatedAt: now}
}

// collision says which identifier of u somebody else has. The caller holds mu.
func (s *Sim) collision(u User) error {
	for _, p := range s.people {
		if p.user.ID == u.ID {
			continue
		}
		switch {
		case same(u.Username, p.user.Username):
			return errUsernameTaken()
		case same(u.PrimaryEmail, p.user.PrimaryEmail):
			return errEmailTaken()
		case same(u.PrimaryPhone, p.user.PrimaryPhone):
			return errPhoneTaken()
		}
	}
	return nil
}

// same compares identifiers; upper and lower case are one, and nothing is the
// same as nothing.
func same(a, b *string) bool {
	return text(a) != "" && strings.EqualFold(text(a), text(b))
}

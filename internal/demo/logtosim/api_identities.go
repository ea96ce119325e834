package logtosim

import (
	"encoding/json"
	"maps"
	"net/http"
)

// identityTarget is the connector whose identities POST can link here; Logto asks
// the connector who the person is.
const identityTarget = "mock-social"

// Identities of a person change without a webhook, on every route.

// identities returns the person of the request's path with the identities, to be
// changed. The caller holds mu.
func (s *Sim) identities(r *http.Request) (*person, map[string]any, error) {
	p := s.person(r.PathValue("userId"))
	if p == nil {
		return nil, nil, errNotFound()
	}
	all, err := readObject(p.user.Identities)
	return p, all, err
}

// identify stores identities. The caller holds mu.
func (s *Sim) identify(p *person, all map[string]any) {
	p.user.Identities, p.user.UpdatedAt = mustJSONB(all), s.now()
}

// identityTaken reports whether somebody else has the identity. The caller holds mu.
func (s *Sim) identityTaken(p *person, target, userID string) bool {
	for _, other := range s.people {
		var all map[string]struct {
			UserID string `json:"userId"`
		}
		if err := json.Unmarshal(other.user.Identities, &all); err != nil {
			continue
		}
		if one, ok := all[target]; ok && one.UserID == userID && other != p {
			return true
		}
	}
	return false
}

func errIdentityTaken() error {
	return errUnprocessable("", "user.identity_already_in_use", "The social account has been associated with an existing account.")
}

func errNoIdentity() error {
	return &Error{
		Status: http.StatusNotFound, Code: "user.identity_not_exist", Message: "The social account has not been registered yet.",
	}
}

func (s *Sim) getIdentity(r *http.Request, _ Fields) (int, any, error) {
	_, all, err := s.identities(r)
	if err != nil {
		return 0, nil, err
	}
	one, ok := all[r.PathValue("target")]
	if !ok {
		return 0, nil, errNoIdentity()
	}
	return http.StatusOK, object{{"identity", one}}, nil
}

func (s *Sim) putIdentity(r *http.Request, f Fields) (int, any, error) {
	userID, err := f.text("userId")
	if err != nil {
		return 0, nil, err
	}
	p, all, err := s.identities(r)
	if err != nil {
		return 0, nil, err
	}
	target, status := r.PathValue("target"), http.StatusOK
	if s.identityTaken(p, target, userID) {
		return 0, nil, errIdentityTaken()
	}
	if _, ok := all[target]; !ok {
		status = http.StatusCreated
	}
	one := map[string]any{"userId": userID}
	if details, ok := f["details"]; ok {
		one["details"] = details
	}
	all[target] = one
	s.identify(p, all)
	return status, p.user.Identities, nil
}

// postIdentity links the person that the connector's data names as userId.
func (s *Sim) postIdentity(r *http.Request, f Fields) (int, any, error) {
	if _, err := f.text("connectorId"); err != nil {
		return 0, nil, err
	}
	data, ok := f["connectorData"].(map[string]any)
	if !ok {
		return 0, nil, invalidType("object", kindOrUndefined(f, "connectorData"), "connectorData")
	}
	p, all, err := s.identities(r)
	if err != nil {
		return 0, nil, err
	}
	userID, _ := data["userId"].(string)
	if s.identityTaken(p, identityTarget, userID) {
		return 0, nil, errIdentityTaken()
	}
	details := maps.Clone(data)
	delete(details, "userId")
	details["id"] = userID
	all[identityTarget] = map[string]any{"userId": userID, "details": details}
	s.identify(p, all)
	return http.StatusOK, p.user.Identities, nil
}

// deleteIdentity answers with the user.
func (s *Sim) deleteIdentity(r *http.Request, _ Fields) (int, any, error) {
	p, all, err := s.identities(r)
	if err != nil {
		return 0, nil, err
	}
	target := r.PathValue("target")
	if _, ok := all[target]; !ok {
		return 0, nil, errNoIdentity()
	}
	delete(all, target)
	s.identify(p, all)
	return http.StatusOK, p.user.answer(), nil
}

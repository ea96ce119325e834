package logtosim

import "net/http"

func (s *Sim) listUsers(r *http.Request) ([]any, error) {
	match, err := search(r.URL.Query())
	if err != nil {
		return nil, err
	}
	list := []any{}
	for _, u := range s.Users() {
		if match(u) {
			list = append(list, u.answer())
		}
	}
	return list, nil
}

func (s *Sim) createUser(r *http.Request) (int, any, error) {
	f, err := readBody(r)
	if err != nil {
		return 0, nil, err
	}
	u, err := s.Create(r.Context(), f)
	return http.StatusOK, u.answer(), err
}

func (s *Sim) getUser(r *http.Request) (int, any, error) {
	u, ok := s.User(r.PathValue("userId"))
	if !ok {
		return 0, nil, errNotFound()
	}
	if r.URL.Query().Get("includeSsoIdentities") == "true" {
		return http.StatusOK, struct {
			answer
			SSOIdentities []any `json:"ssoIdentities"`
		}{u.answer(), []any{}}, nil
	}
	return http.StatusOK, u.answer(), nil
}

func (s *Sim) patchUser(r *http.Request) (int, any, error) {
	f, err := readBody(r)
	if err != nil {
		return 0, nil, err
	}
	u, err := s.Patch(r.Context(), r.PathValue("userId"), f)
	return http.StatusOK, u.answer(), err
}

func (s *Sim) deleteUser(r *http.Request) (int, any, error) {
	return http.StatusNoContent, nil, s.Delete(r.Context(), r.PathValue("userId"))
}

func (s *Sim) getCustomData(r *http.Request) (int, any, error) {
	u, ok := s.User(r.PathValue("userId"))
	if !ok {
		return 0, nil, errNotFound()
	}
	return http.StatusOK, u.CustomData, nil
}

func (s *Sim) patchCustomData(r *http.Request) (int, any, error) {
	more, err := readInner(r, "customData")
	if err != nil {
		return 0, nil, err
	}
	data, err := s.PatchCustomData(r.Context(), r.PathValue("userId"), more)
	return http.StatusOK, data, err
}

func (s *Sim) patchProfile(r *http.Request) (int, any, error) {
	more, err := readInner(r, "profile")
	if err != nil {
		return 0, nil, err
	}
	data, err := s.PatchProfile(r.Context(), r.PathValue("userId"), more)
	return http.StatusOK, data, err
}

// readInner reads a body that is one object under one key.
func readInner(r *http.Request, key string) (map[string]any, error) {
	f, err := readBody(r)
	if err != nil {
		return nil, err
	}
	if _, ok := f[key]; !ok {
		return nil, invalidType("object", "undefined", key)
	}
	if err := f.checkObject(key); err != nil {
		return nil, err
	}
	return f[key].(map[string]any), nil
}

func (s *Sim) suspendUser(r *http.Request) (int, any, error) {
	f, err := readBody(r)
	if err != nil {
		return 0, nil, err
	}
	v, ok := f["isSuspended"]
	if !ok {
		return 0, nil, invalidType("boolean", "undefined", "isSuspended")
	}
	suspended, ok := v.(bool)
	if !ok {
		return 0, nil, invalidType("boolean", kindOf(v), "isSuspended")
	}
	u, err := s.Suspend(r.Context(), r.PathValue("userId"), suspended)
	return http.StatusOK, u.answer(), err
}

// orEmpty is a list that is never null.
func orEmpty[T any](list []T) []T {
	if list == nil {
		return []T{}
	}
	return list
}

package logtosim

import (
	"cmp"
	"net/http"
	"slices"
)

// listRoles answers the roles that somebody holds. All of them are roles of users,
// whatever type is asked for.
func (s *Sim) listRoles(*http.Request) ([]any, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	known := map[string]Role{}
	for _, p := range s.people {
		for _, r := range p.roles {
			known[r.ID] = r
		}
	}
	roles := make([]Role, 0, len(known))
	for _, r := range known {
		roles = append(roles, r)
	}
	slices.SortFunc(roles, func(a, b Role) int { return cmp.Compare(a.ID, b.ID) })
	list := make([]any, len(roles))
	for i, r := range roles {
		list[i] = r
	}
	return list, nil
}

// listHolders answers the users who hold a role.
func (s *Sim) listHolders(r *http.Request) ([]any, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	list := []any{}
	for _, p := range s.people {
		if slices.ContainsFunc(p.roles, func(role Role) bool { return role.ID == r.PathValue("id") }) {
			list = append(list, p.user.answer())
		}
	}
	return list, nil
}

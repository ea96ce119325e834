package logtosim

import (
	"cmp"
	"net/http"
	"slices"
)

// A featuredOrganization is an organization as the list shows it on request.
type featuredOrganization struct {
	Organization
	UsersCount    int      `json:"usersCount"`
	FeaturedUsers []holder `json:"featuredUsers"`
}

func (s *Sim) listOrganizations(r *http.Request) ([]any, error) {
	q := r.URL.Query()
	s.mu.Lock()
	defer s.mu.Unlock()
	list := []any{}
	for _, o := range s.newestFirst() {
		if !holds(q.Get("q"), o.ID, o.Name) {
			continue
		}
		if !yes(q.Get("showFeatured")) {
			list = append(list, o.Organization)
			continue
		}
		row := featuredOrganization{Organization: o.Organization, UsersCount: len(o.members), FeaturedUsers: []holder{}}
		for _, m := range o.members[:min(featured, len(o.members))] {
			u := s.person(m.id).user
			row.FeaturedUsers = append(row.FeaturedUsers, holder{u.ID, u.Avatar, u.Name})
		}
		list = append(list, row)
	}
	return list, nil
}

// newestFirst returns the organizations in the order of lists. The caller holds mu.
func (s *Sim) newestFirst() []*organization {
	list := slices.Clone(s.organizations)
	slices.Reverse(list)
	slices.SortStableFunc(list, func(a, b *organization) int { return cmp.Compare(b.CreatedAt, a.CreatedAt) })
	return list
}

func (s *Sim) createOrganization(r *http.Request) (int, any, error) {
	f, err := readBody(r)
	if err != nil {
		return 0, nil, err
	}
	o, err := s.CreateOrganization(r.Context(), f)
	return http.StatusCreated, o, err
}

func (s *Sim) getOrganization(r *http.Request) (int, any, error) {
	id := r.PathValue("id")
	s.mu.Lock()
	defer s.mu.Unlock()
	o := s.organization(id)
	if o == nil {
		return 0, nil, errNoSuchID("organizations", id)
	}
	return http.StatusOK, o.Organization, nil
}

func (s *Sim) patchOrganization(r *http.Request) (int, any, error) {
	f, err := readBody(r)
	if err != nil {
		return 0, nil, err
	}
	o, err := s.PatchOrganization(r.Context(), r.PathValue("id"), f)
	return http.StatusOK, o, err
}

func (s *Sim) deleteOrganization(r *http.Request) (int, any, error) {
	return http.StatusNoContent, nil, s.DeleteOrganization(r.Context(), r.PathValue("id"))
}

package logtosim

import (
	"cmp"
	"slices"
)

// The types of a role: who may hold it.
const (
	typeUser    = "User"
	typeMachine = "MachineToMachine"
)

// A Role is a role that is held everywhere, as Logto shows it.
type Role struct {
	TenantID    string `json:"tenantId"`
	ID          string `json:"id"`
	Name        string `json:"name"`
	Description string `json:"description"`
	Type        string `json:"type"`
	IsDefault   bool   `json:"isDefault"`
}

// A role is a Role and the scopes it grants.
type role struct {
	Role
	scopes []string // ids, in the order they were given
}

// ImportRoles puts roles without a webhook. One whose id is known is replaced and
// keeps its scopes and holders; an empty id is filled in.
func (s *Sim) ImportRoles(roles ...Role) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, r := range roles {
		s.importRole(r)
	}
}

// GiveRoles sets the roles that the user holds. It fires nothing, as in Logto.
// The roles are imported; an unknown user is left alone.
func (s *Sim) GiveRoles(id string, roles ...Role) {
	s.mu.Lock()
	defer s.mu.Unlock()
	p := s.person(id)
	if p == nil {
		return
	}
	p.roles = nil
	for _, r := range roles {
		p.roles = append(p.roles, s.importRole(r).ID)
	}
}

// importRole puts one role and returns it. The caller holds mu.
func (s *Sim) importRole(in Role) *role {
	in.TenantID, in.Type = cmp.Or(in.TenantID, tenantID), cmp.Or(in.Type, typeUser)
	in.ID = cmp.Or(in.ID, s.id(21))
	if r := s.role(in.ID); r != nil {
		r.Role = in
		return r
	}
	r := &role{Role: in}
	s.roles = append(s.roles, r)
	return r
}

// role returns the role or nil. The caller holds mu.
func (s *Sim) role(id string) *role { return byID(s.roles, id, func(r *role) string { return r.ID }) }

// roleNamed returns the role of that name or nil. The caller holds mu.
func (s *Sim) roleNamed(name string) *role {
	return byID(s.roles, name, func(r *role) string { return r.Name })
}

// missingRole says which of the roles does not exist. The caller holds mu.
func (s *Sim) missingRole(ids []string) error {
	for _, id := range ids {
		if s.role(id) == nil {
			return errNoSuchID("roles", id)
		}
	}
	return nil
}

// forgetRole removes a role and takes it from its holders. The caller holds mu.
func (s *Sim) forgetRole(r *role) {
	s.roles = without(s.roles, r)
	for _, p := range s.people {
		p.roles = without(p.roles, r.ID)
	}
	for _, a := range s.applications {
		a.roles = without(a.roles, r.ID)
	}
}

// giveDefaultRoles is what Logto does to every user it creates. The caller holds mu.
func (s *Sim) giveDefaultRoles(p *person) {
	for _, r := range s.roles {
		if r.IsDefault && r.Type == typeUser {
			p.roles = append(p.roles, r.ID)
		}
	}
}

// byID returns the first of list whose key is id, or nil.
func byID[T any](list []*T, id string, key func(*T) string) *T {
	i := slices.IndexFunc(list, func(e *T) bool { return key(e) == id })
	if i < 0 {
		return nil
	}
	return list[i]
}

// without returns the list without e; the given list is not written to.
func without[T comparable](list []T, e T) []T {
	return slices.DeleteFunc(slices.Clone(list), func(other T) bool { return other == e })
}

// with returns the list with those of more that it does not have at its end.
func with(list, more []string) []string {
	list = slices.Clone(list)
	for _, e := range more {
		if !slices.Contains(list, e) {
			list = append(list, e)
		}
	}
	return list
}

// minus returns what of list is not in other, each once.
func minus(list, other []string) []string {
	var left []string
	for _, e := range list {
		if !slices.Contains(other, e) && !slices.Contains(left, e) {
			left = append(left, e)
		}
	}
	return left
}

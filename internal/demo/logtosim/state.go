package logtosim

import "slices"

// A State is what a directory that follows a Logto has to agree with. It shares
// nothing with the Sim. Lists of ids are sorted, and nil if empty.
type State struct {
	Users             map[string]UserState
	Roles             map[string]RoleState
	Resources         map[string]string     // indicators
	Scopes            map[string]ScopeState // of resources
	Applications      map[string][]string   // the roles of each application
	Organizations     map[string]OrganizationState
	OrganizationRoles map[string]OrganizationRoleState

	OrganizationScopes map[string]string // names
}

// A UserState is a user with the ids of the roles.
type UserState struct {
	User
	Roles []string
}

// A RoleState is a role with the ids of its scopes.
type RoleState struct {
	Role
	Scopes []string
}

// A ScopeState is a scope of a resource.
type ScopeState struct{ Name, Resource string }

// An OrganizationState is an organization with its members and the ids of their
// organization roles.
type OrganizationState struct {
	Organization
	Members      map[string][]string
	Applications map[string][]string
}

// An OrganizationRoleState is an organization role with what it grants, by id.
type OrganizationRoleState struct {
	Name, Type             string
	Scopes, ResourceScopes []string
}

// State returns the present state, all of it at one moment.
func (s *Sim) State() State {
	s.mu.Lock()
	defer s.mu.Unlock()
	st := State{
		Users: map[string]UserState{}, Roles: map[string]RoleState{}, Resources: map[string]string{}, Scopes: map[string]ScopeState{},
		Applications: map[string][]string{}, Organizations: map[string]OrganizationState{},
		OrganizationRoles: map[string]OrganizationRoleState{}, OrganizationScopes: map[string]string{},
	}
	for _, p := range s.people {
		st.Users[p.user.ID] = UserState{p.user.clone(), sorted(p.roles)}
	}
	for _, r := range s.roles {
		st.Roles[r.ID] = RoleState{r.Role, sorted(r.scopes)}
	}
	for _, r := range s.resources {
		st.Resources[r.ID] = r.Indicator
	}
	for _, c := range s.scopes {
		st.Scopes[c.ID] = ScopeState{c.Name, c.ResourceID}
	}
	for _, a := range s.applications {
		st.Applications[a.ID] = sorted(a.roles)
	}
	for _, o := range s.organizations {
		shown := o.Organization
		shown.Description, shown.CustomCSS = copied(shown.Description), copied(shown.CustomCSS)
		st.Organizations[o.ID] = OrganizationState{shown, o.members.state(), o.apps.state()}
	}
	for _, r := range s.organizationRoles {
		st.OrganizationRoles[r.ID] = OrganizationRoleState{r.Name, r.Type, sorted(r.scopes), sorted(r.resourceScopes)}
	}
	for _, c := range s.organizationScopes {
		st.OrganizationScopes[c.ID] = c.Name
	}
	return st
}

// state is who is a member with which roles.
func (m memberships) state() map[string][]string {
	all := map[string][]string{}
	for _, one := range m {
		all[one.id] = sorted(one.roles)
	}
	return all
}

func sorted(ids []string) []string {
	if len(ids) == 0 {
		return nil
	}
	ids = slices.Clone(ids)
	slices.Sort(ids)
	return ids
}

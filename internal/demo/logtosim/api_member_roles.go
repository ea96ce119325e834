package logtosim

import (
	"net/http"
	"strings"
)

// The roles of a member change without a webhook, on every route.

// membershipOf returns the membership of the request's path: of a user, or of an
// application if who is applicationId. The caller holds mu.
func (s *Sim) membershipOf(r *http.Request, who string) (*membership, error) {
	if o := s.organization(r.PathValue("id")); o != nil {
		list := o.members
		if who == "applicationId" {
			list = o.apps
		}
		if i, found := list.find(r.PathValue(who)); found {
			return &list[i], nil
		}
	}
	return nil, errUnprocessable("", "organization.require_membership", "The user must be a member of the organization to proceed.")
}

// memberRoles makes the list of a member's roles.
func (s *Sim) memberRoles(who string) func(*http.Request) ([]any, error) {
	return s.locked(func(r *http.Request) ([]any, error) {
		m, err := s.membershipOf(r, who)
		if err != nil {
			return nil, err
		}
		list := []any{}
		for _, id := range m.roles {
			list = append(list, s.organizationRole(id).templateRole)
		}
		return list, nil
	})
}

func (s *Sim) postMemberRoles(r *http.Request, f Fields) (int, any, error) {
	m, err := s.membershipOf(r, "userId")
	if err != nil {
		return 0, nil, err
	}
	ids, err := s.roleIDs(f)
	if err != nil {
		return 0, nil, err
	}
	m.roles = with(m.roles, ids)
	return http.StatusCreated, object{{"organizationRoleIds", orEmpty(ids)}}, nil
}

func (s *Sim) putMemberRoles(r *http.Request, f Fields) (int, any, error) {
	m, err := s.membershipOf(r, "userId")
	if err != nil {
		return 0, nil, err
	}
	ids, err := s.roleIDs(f)
	if err != nil {
		return 0, nil, err
	}
	m.roles = ids
	return http.StatusNoContent, nil, nil
}

// roleIDs reads the roles of a body, given by id or by name. The caller holds mu.
func (s *Sim) roleIDs(f Fields) ([]string, error) {
	ids, err := f.someTexts("organizationRoleIds")
	if err != nil {
		return nil, err
	}
	names, err := f.someTexts("organizationRoleNames")
	if err != nil {
		return nil, err
	}
	var missing []string
	for _, name := range names {
		if role := s.organizationRoleNamed(name); role != nil {
			ids = append(ids, role.ID)
			continue
		}
		missing = append(missing, name)
	}
	if len(missing) > 0 {
		return nil, errUnprocessable("", "organization.role_names_not_found",
			"Invalid role names detected: "+strings.Join(missing, ", ")+". Please create these roles first before proceeding.")
	}
	if !s.allOrganizationRoles(ids) {
		return nil, errForeignKey()
	}
	return with(nil, ids), nil
}

// changeApplicationRoles makes the handler of one change of the roles of an
// application in an organization.
func (s *Sim) changeApplicationRoles(method string) func(*http.Request) (int, any, error) {
	return s.acts(func(r *http.Request, f Fields) (int, any, error) {
		m, err := s.membershipOf(r, "applicationId")
		if err != nil {
			return 0, nil, err
		}
		status, err := relate(&m.roles, method, r.PathValue("organizationRoleId"), f, "organizationRoleIds", s.allOrganizationRoles)
		return status, nil, err
	})
}

func (s *Sim) deleteMemberRole(r *http.Request, _ Fields) (int, any, error) {
	m, err := s.membershipOf(r, "userId")
	if err != nil {
		return 0, nil, err
	}
	return http.StatusNoContent, nil, drop(&m.roles, r.PathValue("organizationRoleId"))
}

// rolesOfMany makes the handler that gives roles to many members at once.
func (s *Sim) rolesOfMany(field string) func(*http.Request) (int, any, error) {
	return s.acts(func(r *http.Request, f Fields) (int, any, error) {
		who, err := f.texts(field, 1)
		if err != nil {
			return 0, nil, err
		}
		roles, err := f.texts("organizationRoleIds", 1)
		if err != nil {
			return 0, nil, err
		}
		o := s.organization(r.PathValue("id"))
		if o == nil || !s.allOrganizationRoles(roles) {
			return 0, nil, errForeignKey()
		}
		list := o.members
		if field == "applicationIds" {
			list = o.apps
		}
		for _, id := range who {
			if _, found := list.find(id); !found {
				return 0, nil, errForeignKey()
			}
		}
		for _, id := range who {
			i, _ := list.find(id)
			list[i].roles = with(list[i].roles, roles)
		}
		return http.StatusCreated, nil, nil
	})
}

// listMemberScopes answers what the member may do in the organization.
func (s *Sim) listMemberScopes(r *http.Request, _ Fields) (int, any, error) {
	var ids []string
	if m, err := s.membershipOf(r, "userId"); err == nil {
		for _, id := range m.roles {
			ids = with(ids, s.organizationRole(id).scopes)
		}
	}
	return http.StatusOK, s.templateScopes(ids), nil
}

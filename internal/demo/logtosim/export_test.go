package logtosim

import "encoding/json"

// Seed puts rows of a table as the Management API shows them, so that a recorded
// state can be had with its ids. Rows that are there already are left.
func (s *Sim) Seed(table string, rows []byte) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch table {
	case "roles":
		return seed(rows, &s.roles)
	case "resources":
		var with []scopedResource
		if err := json.Unmarshal(rows, &with); err != nil {
			return err
		}
		s.resources, s.scopes = nil, nil
		for _, r := range with {
			s.resources = append(s.resources, &r.resource)
			s.scopes = append(s.scopes, r.Scopes...)
		}
	case "organizationRoles":
		var granting []grantingRole
		if err := json.Unmarshal(rows, &granting); err != nil {
			return err
		}
		for _, g := range granting {
			r := s.importOrganizationRole(OrganizationRole{ID: g.ID})
			r.templateRole = g.templateRole
			for _, c := range g.Scopes {
				r.scopes = append(r.scopes, c.ID)
			}
			for _, c := range g.ResourceScopes {
				r.resourceScopes = append(r.resourceScopes, c.ID)
			}
		}
	case "organizationScopes":
		return seed(rows, &s.organizationScopes)
	case "applications":
		s.applications = nil
		return seed(rows, &s.applications)
	case "hooks":
		return seed(rows, &s.hooks)
	case "logs":
		var list []logRow
		if err := json.Unmarshal(rows, &list); err != nil {
			return err
		}
		for _, row := range list {
			var p struct{ HookID, Result string }
			if err := json.Unmarshal(row.Payload, &p); err != nil {
				return err
			}
			row.hookID, row.failed = p.HookID, p.Result == "Error"
			s.logs = append([]logRow{row}, s.logs...)
		}
	case "invitations":
		type row struct {
			invitationRow
			OrganizationRoles []OrganizationRole
		}
		var list []row
		if err := json.Unmarshal(rows, &list); err != nil {
			return err
		}
		for _, r := range list {
			i := &invitation{invitationRow: r.invitationRow}
			for _, role := range r.OrganizationRoles {
				i.roles = append(i.roles, role.ID)
			}
			s.invitations = append([]*invitation{i}, s.invitations...)
		}
	}
	return nil
}

func seed[T any](rows []byte, to *[]*T) error {
	var list []*T
	if err := json.Unmarshal(rows, &list); err != nil {
		return err
	}
	*to = append(*to, list...)
	return nil
}

// GrantRole gives scopes to a role without a webhook.
func (s *Sim) GrantRole(id string, scopes ...string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.role(id).scopes = scopes
}

// GiveApplication gives a role to an application without a webhook.
func (s *Sim) GiveApplication(id, role string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.application(id).roles = []string{role}
}

// Thumbprint is the id of a public key.
var Thumbprint = thumbprint

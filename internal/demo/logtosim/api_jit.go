package logtosim

import (
	"net/http"
	"slices"
	"strings"
)

// Who joins an organization by signing up changes without a webhook, on every
// route; the sign-up itself is told of.

// A jitDomain is an e-mail domain whose people become members, as Logto shows it.
type jitDomain struct {
	TenantID       string `json:"tenantId"`
	OrganizationID string `json:"organizationId"`
	EmailDomain    string `json:"emailDomain"`
}

func (s *Sim) listJITDomains(r *http.Request) ([]any, error) {
	list := []any{}
	if o := s.organization(r.PathValue("id")); o != nil {
		for _, d := range o.jitDomains {
			list = append(list, jitDomain{tenantID, o.ID, d})
		}
	}
	return list, nil
}

func (s *Sim) postJITDomain(r *http.Request, f Fields) (int, any, error) {
	d, err := f.text("emailDomain")
	if err != nil {
		return 0, nil, err
	}
	o := s.organization(r.PathValue("id"))
	if o == nil {
		return 0, nil, errForeignKey()
	}
	if slices.Contains(o.jitDomains, d) {
		return 0, nil, errTaken()
	}
	o.jitDomains = append(o.jitDomains, d)
	return http.StatusCreated, jitDomain{tenantID, o.ID, d}, nil
}

func (s *Sim) putJITDomains(r *http.Request, f Fields) (int, any, error) {
	domains, err := f.texts("emailDomains", 0)
	if err != nil {
		return 0, nil, err
	}
	o := s.organization(r.PathValue("id"))
	if o == nil {
		return 0, nil, errForeignKey()
	}
	o.jitDomains = with(nil, domains)
	return http.StatusNoContent, nil, nil
}

func (s *Sim) deleteJITDomain(r *http.Request, _ Fields) (int, any, error) {
	o := s.organization(r.PathValue("id"))
	if o == nil {
		return 0, nil, errNotFound()
	}
	return http.StatusNoContent, nil, drop(&o.jitDomains, r.PathValue("emailDomain"))
}

func (s *Sim) listJITRoles(r *http.Request) ([]any, error) {
	o := s.organization(r.PathValue("id"))
	if o == nil {
		return nil, errNoSuchID("organizations", r.PathValue("id"))
	}
	list := []any{}
	for _, role := range s.short(o.jitRoles) {
		list = append(list, s.organizationRole(role.ID).templateRole)
	}
	return list, nil
}

// changeJIT makes the handler of one change of the roles or the enterprise
// connectors. Connectors are ids and no more here; any is known.
func (s *Sim) changeJIT(method, field string) func(*http.Request) (int, any, error) {
	return s.acts(func(r *http.Request, f Fields) (int, any, error) {
		o := s.organization(r.PathValue("id"))
		switch {
		case o == nil && method == http.MethodDelete:
			return 0, nil, errNotFound()
		case o == nil:
			return 0, nil, errForeignKey()
		}
		list, known := &o.jitRoles, s.allOrganizationRoles
		if field == "ssoConnectorId" {
			list, known = &o.jitConnectors, func([]string) bool { return true }
		}
		status, err := relate(list, method, r.PathValue(field), f, field+"s", known)
		return status, nil, err
	})
}

// join makes a person who signs up a member of the organizations that want the
// domain of the e-mail, and returns their ids. The caller holds mu.
func (s *Sim) join(u User) []string {
	_, domain, ok := strings.Cut(text(u.PrimaryEmail), "@")
	if !ok {
		return nil
	}
	var joined []string
	for _, o := range s.organizations {
		if !slices.Contains(o.jitDomains, domain) {
			continue
		}
		o.members.add(u.ID)
		i, _ := o.members.find(u.ID)
		o.members[i].roles = with(o.members[i].roles, o.jitRoles)
		joined = append(joined, o.ID)
	}
	return joined
}

package logtosim

import (
	"encoding/json"
	"slices"
	"strings"
)

// claimNames are the claims there are, in the order in which tokens have them.
var claimNames = []string{
	"sub", "name", "family_name", "given_name", "middle_name", "nickname", "preferred_username", "profile", "picture",
	"website", "gender", "birthdate", "zoneinfo", "locale", "updated_at", "username", "created_at", "email",
	"email_verified", "phone_number", "phone_number_verified", "address", "custom_data", "identities", "sso_identities",
	"roles", "organizations", "organization_data", "organization_roles", "sid", "auth_time", "iss",
}

// personClaims are what the scopes tell of a person. Custom data, identities and
// the data of organizations are told by the userinfo endpoint only. The caller
// holds mu.
func (s *Sim) personClaims(p *person, scopes []string, userInfo bool) object {
	u := p.user
	o := object{{"sub", u.ID}}
	has := func(scope string) bool { return slices.Contains(scopes, scope) }
	if has("profile") {
		o = append(o, profileClaims(u)...)
	}
	if has("email") {
		o = append(o, member{"email", u.PrimaryEmail}, member{"email_verified", text(u.PrimaryEmail) != ""})
	}
	if has("phone") {
		o = append(o, member{"phone_number", u.PrimaryPhone}, member{"phone_number_verified", text(u.PrimaryPhone) != ""})
	}
	if pr := profileOf(u); has("address") && pr.Address != nil {
		o = append(o, member{"address", addressClaims(*pr.Address)})
	}
	if has("custom_data") && userInfo {
		o = append(o, member{"custom_data", u.CustomData})
	}
	if has("identities") && userInfo {
		o = append(o, member{"identities", u.Identities}, member{"sso_identities", []string{}})
	}
	if has("roles") {
		o = append(o, member{"roles", s.roleNames(p)})
	}
	return append(o, s.organizationClaims(u.ID, has(scopeOrganizations), has(scopeOrganizationRoles), userInfo)...)
}

// profileClaims leave out what the profile does not have; what is a column of its
// own is null. Times are milliseconds, unlike OpenID Connect's.
func profileClaims(u User) object {
	pr := profileOf(u)
	o := object{{"name", u.Name}}
	add := func(name string, value *string) {
		if value != nil {
			o = append(o, member{name, *value})
		}
	}
	add("family_name", pr.FamilyName)
	add("given_name", pr.GivenName)
	add("middle_name", pr.MiddleName)
	add("nickname", pr.Nickname)
	add("preferred_username", pr.PreferredUsername)
	add("profile", pr.Profile)
	o = append(o, member{"picture", u.Avatar})
	add("website", pr.Website)
	add("gender", pr.Gender)
	add("birthdate", pr.Birthdate)
	add("zoneinfo", pr.Zoneinfo)
	add("locale", pr.Locale)
	return append(o, member{"updated_at", u.UpdatedAt}, member{"username", u.Username}, member{"created_at", u.CreatedAt})
}

func addressClaims(a address) object {
	var o object
	for _, m := range []struct {
		name  string
		value *string
	}{
		{"formatted", a.Formatted}, {"street_address", a.StreetAddress}, {"locality", a.Locality}, {"region", a.Region},
		{"postal_code", a.PostalCode}, {"country", a.Country},
	} {
		if m.value != nil {
			o = append(o, member{m.name, *m.value})
		}
	}
	return o
}

// profileOf reads the stored profile; one that does not fit the schema is empty.
func profileOf(u User) profile {
	var p profile
	_ = json.Unmarshal(u.Profile, &p)
	return p
}

// roleNames are the names of the person's roles. The caller holds mu.
func (s *Sim) roleNames(p *person) []string {
	names := []string{}
	for _, id := range p.roles {
		if r := s.role(id); r != nil {
			names = append(names, r.Name)
		}
	}
	return names
}

// organizationClaims are what is told of the organizations somebody is a member
// of. The caller holds mu.
func (s *Sim) organizationClaims(userID string, ids, roles, userInfo bool) object {
	members, data, held := []string{}, []object{}, []string{}
	for _, org := range s.organizations {
		i, found := org.members.find(userID)
		if !found {
			continue
		}
		members = append(members, org.ID)
		data = append(data, object{{"id", org.ID}, {"name", org.Name}, {"description", org.Description}})
		for _, r := range s.short(org.members[i].roles) {
			held = append(held, org.ID+":"+r.Name)
		}
	}
	var o object
	if ids {
		o = append(o, member{"organizations", members})
	}
	if ids && userInfo {
		o = append(o, member{"organization_data", data})
	}
	if roles {
		o = append(o, member{"organization_roles", held})
	}
	return o
}

// resourceScopes are the names of the resource's scopes that roles grant and that
// were asked for, oldest first. The caller holds mu.
func (s *Sim) resourceScopes(resourceID string, granted, asked []string) string {
	var names []string
	for _, c := range s.scopesOf(resourceID) {
		if slices.Contains(granted, c.ID) && slices.Contains(asked, c.Name) {
			names = append(names, c.Name)
		}
	}
	return strings.Join(names, " ")
}

// organizationScopeNames are the names of the organization scopes that the roles
// grant and that were asked for. The caller holds mu.
func (s *Sim) organizationScopeNames(roles, asked []string) string {
	granted := s.grantedByOrganizationRoles(roles, func(r *organizationRole) []string { return r.scopes })
	var names []string
	for _, c := range s.organizationScopes {
		if slices.Contains(granted, c.ID) && slices.Contains(asked, c.Name) {
			names = append(names, c.Name)
		}
	}
	return strings.Join(names, " ")
}

func (s *Sim) grantedByOrganizationRoles(roles []string, scopes func(*organizationRole) []string) []string {
	var granted []string
	for _, id := range roles {
		if r := s.organizationRole(id); r != nil {
			granted = append(granted, scopes(r)...)
		}
	}
	return granted
}

func (s *Sim) grantedByRoles(roles []string) []string {
	var granted []string
	for _, id := range roles {
		if r := s.role(id); r != nil {
			granted = append(granted, r.scopes...)
		}
	}
	return granted
}

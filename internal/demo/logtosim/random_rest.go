package logtosim

import (
	"cmp"
	"regexp"
	"slices"
)

// A shape is a change whose path names kinds of things, in braces.
type shape struct {
	method, path string
	body         func(*driver) Fields // nil is none
}

// rest are the routes that no method of the driver takes by itself. Hooks are left
// alone: they are how a Sim is set up.
var rest = []shape{
	{"PATCH", "/users/{user}/password/expiration", always(Fields{"isExpired": false})},
	{"PATCH", "/users/{user}/logto-configs", always(Fields{"mfa": Fields{"skipped": true}})},
	{"POST", "/users/{user}/identities", func(d *driver) Fields {
		return Fields{"connectorId": "c", "connectorData": Fields{"userId": d.word("soc-")}}
	}},
	{"POST", "/users/{user}/mfa-verifications", always(Fields{"type": "Totp"})},
	{"DELETE", "/users/{user}/mfa-verifications/{factor}", nil},
	{"POST", "/users/{user}/personal-access-tokens", always(Fields{"name": "one"})},
	{"PATCH", "/users/{user with token}/personal-access-tokens", func(d *driver) Fields {
		return Fields{"currentName": d.choose("token"), "name": "two"}
	}},
	{"PATCH", "/users/{user with token}/personal-access-tokens/{token}", always(Fields{"name": "three"})},
	{"DELETE", "/users/{user with token}/personal-access-tokens/{token}", nil},
	{"POST", "/users/{user with token}/personal-access-tokens/delete", func(d *driver) Fields {
		return Fields{"name": d.choose("token")}
	}},

	{"PATCH", "/resources/{resource}", func(d *driver) Fields { return Fields{"name": d.word("api ")} }},
	{"PATCH", "/resources/{resource}/is-default", always(Fields{"isDefault": true})},
	{"PATCH", "/resources/{resource of scope}/scopes/{scope}", always(Fields{"description": "x"})},

	{"DELETE", "/applications/{application}", nil},
	{"PATCH", "/applications/{application}", func(d *driver) Fields { return Fields{"name": d.word("app ")} }},
	{"PATCH", "/applications/{application}/custom-data", always(Fields{"a": 1})},
	{"POST", "/roles", func(d *driver) Fields {
		return Fields{"name": d.word("robot "), "description": "d", "type": typeMachine}
	}},
	{"POST", "/applications/{machine}/roles", func(d *driver) Fields { return Fields{"roleIds": some(d, d.robots(), 2)} }},
	{"PUT", "/applications/{machine}/roles", func(d *driver) Fields { return Fields{"roleIds": some(d, d.robots(), 2)} }},
	{"DELETE", "/applications/{machine}/roles/{role of machine}", nil},
	{"POST", "/roles/{robot}/applications", func(d *driver) Fields { return Fields{"applicationIds": []string{one(d, d.machines())}} }},
	{"DELETE", "/roles/{role of machine}/applications/{machine}", nil},

	{"POST", "/organization-scopes", func(d *driver) Fields { return Fields{"name": d.scope()} }},
	{"PATCH", "/organization-scopes/{organization scope}", always(Fields{"description": "x"})},
	{"DELETE", "/organization-scopes/{organization scope}", nil},
	{"POST", "/organization-roles/{organization role}/scopes", (*driver).scopesOfTemplate},
	{"PUT", "/organization-roles/{organization role}/scopes", (*driver).scopesOfTemplate},
	{"DELETE", "/organization-roles/{organization role}/scopes/{granted}", nil},
	{"DELETE", "/organization-roles/{organization role}/resource-scopes/{granted of resources}", nil},

	{"POST", "/organizations/{organization with applications}/applications/roles", func(d *driver) Fields {
		return Fields{"applicationIds": some(d, d.employer().Applications, 2), "organizationRoleIds": some(d, d.templateRoles(typeMachine), 2)}
	}},
	{"POST", "/organization-roles", func(d *driver) Fields { return Fields{"name": d.word("org robot "), "type": typeMachine} }},
	{"POST", "/organizations/{organization with applications}/applications/{member application}/roles", (*driver).rolesOfRobots},
	{"PUT", "/organizations/{organization with applications}/applications/{member application}/roles", (*driver).rolesOfRobots},
	{"DELETE", "/organizations/{organization with applications}/applications/{member application}/roles/{role of member application}", nil},
	{"DELETE", "/organizations/{organization with applications}/applications/{member application}", nil},

	{"POST", "/organizations/{organization}/jit/email-domains", always(Fields{"emailDomain": "example.org"})},
	{"PUT", "/organizations/{organization}/jit/email-domains", always(Fields{"emailDomains": []string{"example.org"}})},
	{"DELETE", "/organizations/{organization}/jit/email-domains/example.org", nil},
	{"POST", "/organizations/{organization}/jit/roles", func(d *driver) Fields {
		return Fields{"organizationRoleIds": some(d, d.templateRoles("User"), 2)}
	}},
	{"PUT", "/organizations/{organization}/jit/roles", func(d *driver) Fields {
		return Fields{"organizationRoleIds": some(d, d.templateRoles("User"), 2)}
	}},
	{"DELETE", "/organizations/{organization with jit role}/jit/roles/{jit role}", nil},
	{"POST", "/organizations/{organization}/jit/sso-connectors", always(Fields{"ssoConnectorIds": []string{"c"}})},
	{"PUT", "/organizations/{organization}/jit/sso-connectors", always(Fields{"ssoConnectorIds": []string{"c"}})},
	{"DELETE", "/organizations/{organization}/jit/sso-connectors/c", nil},

	{"POST", "/organization-invitations", (*driver).invite},
	{"POST", "/organization-invitations", (*driver).invite},
	{"POST", "/organization-invitations/{invitation}/message", always(Fields{})},
	{"PUT", "/organization-invitations/{invitation}/status", (*driver).accept},
	{"PUT", "/organization-invitations/{invitation}/status", (*driver).accept},
	{"DELETE", "/organization-invitations/{invitation}", nil},
}

// always is a body that is the same each time.
func always(f Fields) func(*driver) Fields { return func(*driver) Fields { return f } }

var kinds = regexp.MustCompile(`\{([\w ]+)\}`)

// theRest takes one of the rest. Names in a path are chosen from left to right, and
// a later one may be of an earlier.
func (d *driver) theRest() Operation {
	c := rest[d.rng.IntN(len(rest))]
	d.chosen = map[string]string{}
	path := kinds.ReplaceAllStringFunc(c.path, func(kind string) string { return d.choose(kind[1 : len(kind)-1]) })
	if c.body == nil {
		return operation(c.method, path, nil)
	}
	return operation(c.method, path, c.body(d))
}

// choose is the id of something of the kind; a body may ask for it, too.
func (d *driver) choose(kind string) string {
	if id, again := d.chosen[kind]; again {
		return id
	}
	d.chosen[kind] = d.chosenOf(kind)
	return d.chosen[kind]
}

func (d *driver) chosenOf(kind string) string {
	switch kind {
	case "user":
		return one(d, d.state.Users)
	case "resource":
		return one(d, d.resources())
	case "scope":
		return one(d, d.userScopes())
	case "resource of scope": // it stands before its scope
		return cmp.Or(d.state.Scopes[d.choose("scope")].Resource, "nobody")
	case "application", "machine":
		return one(d, d.machines())
	case "robot":
		return one(d, d.robots())
	case "role of machine":
		return one(d, keyed(d.state.Applications[d.choose("machine")]))
	case "organization":
		return one(d, d.state.Organizations)
	case "organization role":
		return one(d, d.state.OrganizationRoles)
	case "granted":
		return one(d, keyed(d.state.OrganizationRoles[d.choose("organization role")].Scopes))
	case "granted of resources":
		return one(d, keyed(d.state.OrganizationRoles[d.choose("organization role")].ResourceScopes))
	case "member application":
		return one(d, d.employer().Applications)
	case "role of member application":
		return one(d, keyed(d.employer().Applications[d.choose("member application")]))
	case "organization with applications":
		return one(d, d.employers())
	case "organization with jit role":
		return one(d, d.jit)
	case "jit role":
		return d.jit[d.choose("organization with jit role")]
	case "user with token":
		return one(d, d.tokens)
	case "token":
		return d.tokens[d.choose("user with token")]
	}
	return one(d, keyed(d.unseen[kind]))
}

// employer is the organization that was chosen for its applications.
func (d *driver) employer() OrganizationState {
	return d.state.Organizations[d.choose("organization with applications")]
}

// employers are the organizations with applications; half of the time, if there are
// some, those whose applications hold roles.
func (d *driver) employers() map[string]OrganizationState {
	m, giving := map[string]OrganizationState{}, map[string]OrganizationState{}
	for id, o := range d.state.Organizations {
		if len(o.Applications) > 0 {
			m[id] = o
		}
		for _, roles := range o.Applications {
			if len(roles) > 0 {
				giving[id] = o
			}
		}
	}
	if len(giving) > 0 && d.rng.IntN(2) == 0 {
		return giving
	}
	return m
}

// machines are the applications that were made at random.
func (d *driver) machines() map[string][]string {
	m := map[string][]string{}
	for id, roles := range d.state.Applications {
		if !slices.Contains(d.unseen["built in"], id) {
			m[id] = roles
		}
	}
	return m
}

func (d *driver) robots() map[string]RoleState {
	m := map[string]RoleState{}
	for id, r := range d.state.Roles {
		if r.Type == typeMachine {
			m[id] = r
		}
	}
	return m
}

func (d *driver) templateRoles(kind string) map[string]OrganizationRoleState {
	m := map[string]OrganizationRoleState{}
	for id, r := range d.state.OrganizationRoles {
		if r.Type == kind {
			m[id] = r
		}
	}
	return m
}

func (d *driver) rolesOfRobots() Fields {
	return Fields{"organizationRoleIds": some(d, d.templateRoles(typeMachine), 2)}
}

func (d *driver) scopesOfTemplate() Fields {
	return Fields{"organizationScopeIds": some(d, keyed(d.unseen["organization scope"]), 2)}
}

func (d *driver) invite() Fields {
	return Fields{
		"invitee": text(d.state.Users[one(d, d.state.Users)].PrimaryEmail), "organizationId": one(d, d.state.Organizations),
		"organizationRoleIds": some(d, d.templateRoles("User"), 2), "expiresAt": int64(9_999_999_999_999),
	}
}

// accept has the invited user accept, if there is one.
func (d *driver) accept() Fields {
	invitee := d.invitees[d.choose("invitation")]
	for id, u := range d.state.Users {
		if invitee != "" && text(u.PrimaryEmail) == invitee {
			return Fields{"status": accepted, "acceptedUserId": id}
		}
	}
	return Fields{"status": revoked}
}

// look notes what the state does not show.
func (s *Sim) look() *driver {
	d := &driver{state: s.State(), unseen: map[string][]string{}, invitees: map[string]string{}, tokens: map[string]string{}, jit: map[string]string{}}
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, a := range s.applications[:2] { // ours and the one that people sign in to
		d.unseen["built in"] = append(d.unseen["built in"], a.ID)
	}
	for _, c := range s.organizationScopes {
		d.unseen["organization scope"] = append(d.unseen["organization scope"], c.ID)
	}
	for _, i := range s.invitations {
		d.unseen["invitation"] = append(d.unseen["invitation"], i.ID)
		if i.Status == pending {
			d.invitees[i.ID] = i.Invitee
		}
	}
	for _, o := range s.organizations {
		for _, role := range o.jitRoles {
			d.jit[o.ID] = role
		}
	}
	for _, p := range s.people {
		for _, t := range p.tokens {
			d.tokens[p.user.ID] = t.Name
		}
		for _, f := range p.factors {
			d.unseen["factor"] = append(d.unseen["factor"], f.ID)
		}
	}
	return d
}

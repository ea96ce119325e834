package logtosim

func (d *driver) createOrganization() Operation {
	return operation("POST", "/organizations", Fields{"name": d.word("Org ")})
}

func (d *driver) changeOrganization() Operation {
	return operation("PATCH", "/organizations/"+one(d, d.state.Organizations), Fields{"name": d.word("Renamed ")})
}

func (d *driver) deleteOrganization() Operation {
	return operation("DELETE", "/organizations/"+one(d, d.state.Organizations), nil)
}

func (d *driver) members() Operation {
	at := "/organizations/" + one(d, d.state.Organizations)
	if d.rng.IntN(4) == 0 {
		return operation(d.pick("POST", "PUT"), at+"/applications", Fields{"applicationIds": some(d, d.state.Applications, 2)})
	}
	return operation(d.pick("POST", "POST", "PUT"), at+"/users", Fields{"userIds": some(d, d.state.Users, 4)})
}

// membership returns an organization and one of its members.
func (d *driver) membership() (organization, user string) {
	organization = one(d, d.state.Organizations)
	return organization, one(d, d.state.Organizations[organization].Members)
}

func (d *driver) member() Operation {
	o, u := d.membership()
	return operation("DELETE", "/organizations/"+o+"/users/"+u, nil)
}

func (d *driver) organizationRole() Operation {
	return operation("POST", "/organization-roles", Fields{
		"name": d.word("org role "), "resourceScopeIds": some(d, d.userScopes(), 1),
	})
}

func (d *driver) deleteOrganizationRole() Operation {
	at := "/organization-roles/" + one(d, d.state.OrganizationRoles)
	if d.rng.IntN(2) == 0 {
		return operation("PATCH", at, Fields{"name": d.word("org renamed ")})
	}
	return operation("DELETE", at, nil)
}

func (d *driver) granted() Operation {
	return operation(d.pick("POST", "PUT"), "/organization-roles/"+one(d, d.state.OrganizationRoles)+"/resource-scopes",
		Fields{"scopeIds": some(d, d.userScopes(), 2)})
}

func (d *driver) memberRoles() Operation {
	o, u := d.membership()
	return operation(d.pick("POST", "PUT"), "/organizations/"+o+"/users/"+u+"/roles",
		Fields{"organizationRoleIds": some(d, d.state.OrganizationRoles, 2)})
}

func (d *driver) memberRole() Operation {
	o, u := d.membership()
	held := d.state.Organizations[o].Members[u]
	return operation("DELETE", "/organizations/"+o+"/users/"+u+"/roles/"+one(d, keyed(held)), nil)
}

func (d *driver) manyRoles() Operation {
	o := one(d, d.state.Organizations)
	return operation("POST", "/organizations/"+o+"/users/roles", Fields{
		"userIds": some(d, d.state.Organizations[o].Members, 3), "organizationRoleIds": some(d, d.state.OrganizationRoles, 2),
	})
}

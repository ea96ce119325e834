package logtosim

import (
	"cmp"
	"context"
	"net/http"
	"slices"
)

// maxDelta is how many ids a list of a membership event has at most. Nothing
// marks a list that was cut.
const maxDelta = 5000

// A membership is that of a user or an application, with its roles.
type membership struct {
	id    string
	roles []string // ids of organization roles
}

// memberships are ordered by id.
type memberships []membership

// find returns where the membership is or belongs.
func (m memberships) find(id string) (int, bool) {
	return slices.BinarySearchFunc(m, id, func(m membership, id string) int { return cmp.Compare(m.id, id) })
}

// add makes members of those who are not, and returns them.
func (m *memberships) add(ids ...string) []string {
	var added []string
	for _, id := range ids {
		if i, found := m.find(id); !found {
			*m = slices.Insert(*m, i, membership{id: id})
			added = append(added, id)
		}
	}
	return added
}

// remove ends a membership and reports whether there was one.
func (m *memberships) remove(id string) bool {
	i, found := m.find(id)
	if found {
		*m = slices.Delete(*m, i, i+1)
	}
	return found
}

// ids returns who is a member.
func (m memberships) ids() []string {
	ids := make([]string, len(m))
	for i, one := range m {
		ids[i] = one.id
	}
	return ids
}

// AddMembers makes users members and fires Organization.Membership.Updated with
// those who were not, also when that is nobody. Errors: 422 if the organization
// or a user does not exist; nobody is added then.
func (s *Sim) AddMembers(ctx context.Context, id string, userIDs ...string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	o := s.organization(id)
	if o == nil || !s.allPeople(userIDs) {
		return errForeignKey()
	}
	s.tell(ctx, happened{
		event: membershipUpdated, method: http.MethodPost, route: "/organizations/:id/users",
		status: http.StatusCreated, params: object{{"id", id}}, more: delta(id, "User", o.members.add(userIDs...), nil),
	})
	return nil
}

// RemoveMember ends a membership and fires Organization.Membership.Updated.
// Errors: 404 if there was none.
func (s *Sim) RemoveMember(ctx context.Context, id, userID string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	o := s.organization(id)
	if o == nil || !o.members.remove(userID) {
		return errNotFound()
	}
	s.tell(ctx, happened{
		event: membershipUpdated, method: http.MethodDelete, route: "/organizations/:id/users/:userId",
		status: http.StatusNoContent, params: object{{"id", id}, {"userId", userID}},
		more: delta(id, "User", nil, []string{userID}),
	})
	return nil
}

// ImportMember makes a user a member with exactly these roles. It fires nothing,
// as role changes do in Logto. The roles are imported; the user and the
// organization must exist, or nothing happens.
func (s *Sim) ImportMember(id, userID string, roles ...OrganizationRole) {
	s.mu.Lock()
	defer s.mu.Unlock()
	o := s.organization(id)
	if o == nil || s.person(userID) == nil {
		return
	}
	o.members.add(userID)
	i, _ := o.members.find(userID)
	o.members[i].roles = nil
	for _, r := range roles {
		o.members[i].roles = append(o.members[i].roles, s.importOrganizationRole(r).ID)
	}
}

const membershipUpdated = "Organization.Membership.Updated"

// delta is what a membership event says of the members; what is User or
// Application. A list of nobody is left out.
func delta(organizationID, what string, added, removed []string) object {
	o := object{{"organizationId", organizationID}}
	if len(added) > 0 {
		o = append(o, member{"added" + what + "Ids", added[:min(len(added), maxDelta)]})
	}
	if len(removed) > 0 {
		o = append(o, member{"removed" + what + "Ids", removed[:min(len(removed), maxDelta)]})
	}
	return o
}

// replace makes exactly ids members, who keep their roles, and returns who came
// and who went.
func (m *memberships) replace(ids []string) (added, removed []string) {
	removed = minus(m.ids(), ids)
	for _, id := range removed {
		m.remove(id)
	}
	return m.add(ids...), removed
}

// allPeople reports whether all the users exist. The caller holds mu.
func (s *Sim) allPeople(ids []string) bool {
	return !slices.ContainsFunc(ids, func(id string) bool { return s.person(id) == nil })
}

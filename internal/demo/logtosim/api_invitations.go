package logtosim

import (
	"net/http"
	"slices"
	"strings"
)

// The states of an invitation.
const (
	pending  = "Pending"
	accepted = "Accepted"
	expired  = "Expired"
	revoked  = "Revoked"
)

// An invitationRow is an invitation as Logto shows it.
type invitationRow struct {
	TenantID       string  `json:"tenantId"`
	ID             string  `json:"id"`
	InviterID      *string `json:"inviterId"`
	Invitee        string  `json:"invitee"` // e-mail address
	AcceptedUserID *string `json:"acceptedUserId"`
	OrganizationID string  `json:"organizationId"`
	Status         string  `json:"status"`
	CreatedAt      int64   `json:"createdAt"` // milliseconds since 1970, like those below
	UpdatedAt      int64   `json:"updatedAt"`
	ExpiresAt      int64   `json:"expiresAt"`
}

// An invitation is one to an organization.
type invitation struct {
	invitationRow
	roles []string // ids of organization roles that the invited one gets
}

// show is the invitation as it is answered: one whose time has passed is expired
// without having been changed. The caller holds mu.
func (s *Sim) show(i *invitation) any {
	row := i.invitationRow
	if row.Status == pending && row.ExpiresAt < s.now() {
		row.Status = expired
	}
	return struct {
		invitationRow
		OrganizationRoles []OrganizationRole `json:"organizationRoles"`
	}{row, s.short(i.roles)}
}

// listInvitations answers all of them; Logto does not page this list.
func (s *Sim) listInvitations(r *http.Request, _ Fields) (int, any, error) {
	q := r.URL.Query()
	list := []any{}
	for _, i := range slices.Backward(s.invitations) {
		id, invitee, inviter := q.Get("organizationId"), q.Get("invitee"), q.Get("inviterId")
		if id != "" && id != i.OrganizationID || invitee != "" && !strings.EqualFold(invitee, i.Invitee) ||
			inviter != "" && inviter != text(i.InviterID) {
			continue
		}
		list = append(list, s.show(i))
	}
	return http.StatusOK, list, nil
}

// invitationOf returns the invitation of the request's path. The caller holds mu.
func (s *Sim) invitationOf(r *http.Request) (*invitation, error) {
	if i := byID(s.invitations, r.PathValue("id"), func(i *invitation) string { return i.ID }); i != nil {
		return i, nil
	}
	return nil, errNotFound()
}

func (s *Sim) getInvitation(r *http.Request, _ Fields) (int, any, error) {
	i, err := s.invitationOf(r)
	if err != nil {
		return 0, nil, err
	}
	return http.StatusOK, s.show(i), nil
}

func (s *Sim) postInvitation(_ *http.Request, f Fields) (int, any, error) {
	i := &invitation{invitationRow: invitationRow{
		TenantID: tenantID, ID: s.id(21), Status: pending, CreatedAt: s.now(), UpdatedAt: s.now(),
	}}
	for _, name := range []string{"invitee", "organizationId"} {
		if _, err := f.text(name); err != nil {
			return 0, nil, err
		}
	}
	if _, err := f.putRow(
		map[string]*string{"invitee": &i.Invitee, "organizationId": &i.OrganizationID}, map[string]**string{"inviterId": &i.InviterID}, nil,
	); err != nil {
		return 0, nil, err
	}
	if !emailForm.MatchString(i.Invitee) {
		return 0, nil, invalidString("email", "Invalid email", "invitee")
	}
	at, ok := f["expiresAt"].(float64)
	if !ok {
		return 0, nil, invalidType("number", kindOrUndefined(f, "expiresAt"), "expiresAt")
	}
	if i.ExpiresAt = int64(at); i.ExpiresAt <= s.now() {
		return 0, nil, errInput(http.StatusBadRequest, "The value of `expiresAt` must be in the future.")
	}
	roles, err := f.someTexts("organizationRoleIds")
	if err != nil {
		return 0, nil, err
	}
	o := s.organization(i.OrganizationID)
	if o == nil || !s.allOrganizationRoles(roles) || i.InviterID != nil && s.person(*i.InviterID) == nil {
		return 0, nil, errForeignKey()
	}
	for _, m := range o.members {
		if text(s.person(m.id).user.PrimaryEmail) == i.Invitee {
			return 0, nil, errInput(http.StatusUnprocessableEntity, "The invitee is already a member of the organization.")
		}
	}
	for _, other := range s.invitations {
		if other.OrganizationID == i.OrganizationID && other.Status == pending && strings.EqualFold(other.Invitee, i.Invitee) {
			return 0, nil, errTaken()
		}
	}
	i.roles = with(nil, roles)
	s.invitations = append(s.invitations, i)
	return http.StatusCreated, s.show(i), nil
}

// kindOrUndefined is kindOf for a field that may be absent.
func kindOrUndefined(f Fields, name string) string {
	v, ok := f[name]
	if !ok {
		return "undefined"
	}
	return kindOf(v)
}

// putInvitationStatus accepts or revokes. Only accepting is told of, as a change
// of membership; the roles that come with it are not mentioned.
func (s *Sim) putInvitationStatus(r *http.Request, f Fields) (int, any, error) {
	if _, err := f.text("status"); err != nil {
		return 0, nil, err
	}
	status, err := f.choice("status", accepted, revoked)
	if err != nil {
		return 0, nil, err
	}
	userID, _ := f["acceptedUserId"].(string)
	if status == accepted && userID == "" {
		return 0, nil, errInput(http.StatusUnprocessableEntity, "The `acceptedUserId` is required when accepting an invitation.")
	}
	i, err := s.invitationOf(r)
	if err != nil {
		return 0, nil, err
	}
	if i.Status != pending || i.ExpiresAt < s.now() {
		return 0, nil, errInput(http.StatusUnprocessableEntity, "The status of the invitation cannot be changed anymore.")
	}
	if status == accepted {
		if err := s.accept(r, i, userID); err != nil {
			return 0, nil, err
		}
	}
	i.Status, i.UpdatedAt = status, s.now()
	return http.StatusOK, s.show(i), nil
}

// accept makes the user a member. The caller holds mu.
func (s *Sim) accept(r *http.Request, i *invitation, userID string) error {
	p := s.person(userID)
	if p == nil {
		return errNotFound()
	}
	if !strings.EqualFold(text(p.user.PrimaryEmail), i.Invitee) {
		return errInput(http.StatusUnprocessableEntity, "The accepted user must have the same email as the invitee.")
	}
	o := s.organization(i.OrganizationID)
	added := o.members.add(userID)
	at, _ := o.members.find(userID)
	o.members[at].roles = with(o.members[at].roles, i.roles)
	i.AcceptedUserID = &p.user.ID
	s.fire(r, membershipUpdated, http.StatusOK, nil, delta(o.ID, "User", added, nil)...)
	return nil
}

func (s *Sim) deleteInvitation(r *http.Request, _ Fields) (int, any, error) {
	i, err := s.invitationOf(r)
	if err != nil {
		return 0, nil, err
	}
	s.invitations = without(s.invitations, i)
	return http.StatusNoContent, nil, nil
}

// postInvitationMessage sends nothing: there is no mail here.
func (s *Sim) postInvitationMessage(r *http.Request, _ Fields) (int, any, error) {
	_, err := s.invitationOf(r)
	return http.StatusNoContent, nil, err
}

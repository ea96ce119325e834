package logto

import (
	"crypto/sha256"
	"encoding/hex"

	"github.com/gatehouse-authz/gatehouse/internal/authz"
	"github.com/gatehouse-authz/gatehouse/internal/ingest"
)

// A rule says what an event is about and where its id stands. Users have more
// than one way to stand in a message, so their rules are functions.
type rule struct {
	kind   ingest.SubjectKind
	places []string // the first where something stands
	user   func(message, *reading) error
}

// rules holds every event of Logto 1.42. An event that is not here is Unknown.
var rules = map[string]rule{
	"PostRegister":                    {user: readInteraction},
	"PostSignIn":                      {user: readInteraction},
	"PostSignInAdaptiveMfaTriggered":  {user: readInteraction},
	"PostResetPassword":               {user: readInteraction},
	"User.Created":                    {user: readCreated},
	"User.Data.Updated":               {user: readUpdated},
	"User.SuspensionStatus.Updated":   {user: readUpdated},
	"User.Deleted":                    {user: readDeleted},
	"Grant.LimitExceeded":             {kind: ingest.UserSubject, places: []string{"userId"}},
	"Role.Created":                    {kind: ingest.RoleSubject, places: []string{"data.id"}},
	"Role.Data.Updated":               {kind: ingest.RoleSubject, places: []string{"data.id"}},
	"Role.Deleted":                    {kind: ingest.RoleSubject, places: []string{"params.id"}},
	"Role.Scopes.Updated":             {kind: ingest.RoleSubject, places: []string{"params.id", "roleId"}},
	"Scope.Created":                   {kind: ingest.ScopeSubject, places: []string{"data.id"}},
	"Scope.Data.Updated":              {kind: ingest.ScopeSubject, places: []string{"data.id"}},
	"Scope.Deleted":                   {kind: ingest.ScopeSubject, places: []string{"params.scopeId"}},
	"Organization.Created":            {kind: ingest.OrganizationSubject, places: []string{"data.id"}},
	"Organization.Data.Updated":       {kind: ingest.OrganizationSubject, places: []string{"data.id"}},
	"Organization.Deleted":            {kind: ingest.OrganizationSubject, places: []string{"params.id"}},
	"Organization.Membership.Updated": {kind: ingest.OrganizationSubject, places: []string{"organizationId"}},
	"OrganizationRole.Created":        {kind: ingest.OrgRoleSubject, places: []string{"data.id"}},
	"OrganizationRole.Data.Updated":   {kind: ingest.OrgRoleSubject, places: []string{"data.id"}},
	"OrganizationRole.Deleted":        {kind: ingest.OrgRoleSubject, places: []string{"params.id"}},
	"OrganizationRole.Scopes.Updated": {kind: ingest.OrgRoleSubject, places: []string{"params.id", "organizationRoleId"}},
	"OrganizationScope.Created":       {kind: ingest.OrgScopeSubject, places: []string{"data.id"}},
	"OrganizationScope.Data.Updated":  {kind: ingest.OrgScopeSubject, places: []string{"data.id"}},
	"OrganizationScope.Deleted":       {kind: ingest.OrgScopeSubject, places: []string{"params.id"}},
	"Identifier.Lockout":              {}, // names what was typed, which may be nobody
	"Message.RateLimited":             {}, // names a recipient, who may be nobody
}

// A reading is a delivery and what its payload states of its user.
type reading struct {
	ingest.Delivery
	whole user           // with WholeAspect
	part  map[string]any // with CustomDataAspect and ProfileAspect

	organization authz.SourceOrganization // with WholeAspect of an organization
}

// Read reads a verified body and keeps it: it must not be changed afterwards. A
// Test or Unknown delivery has no subject. The error is Invalid and its Field is
// the place in the body at fault: the body is not one JSON object of valid UTF-8,
// has no event, or is about a subject whose id is missing or cannot be one.
func (s *Source) Read(body []byte) (ingest.Delivery, error) {
	r, err := read(body)
	if err != nil {
		return ingest.Delivery{}, err
	}
	return r.Delivery, nil
}

func read(body []byte) (reading, error) {
	m, err := decode(body)
	if err != nil {
		return reading{}, err
	}
	event, err := m.event()
	if err != nil {
		return reading{}, err
	}
	digest := sha256.Sum256(body)
	r := reading{Delivery: ingest.Delivery{
		Digest: hex.EncodeToString(digest[:]),
		Event:  event,
		SentAt: m.sentAt(),
		Body:   body,
	}}
	if !r.SentAt.IsZero() {
		r.Version = r.SentAt.UnixMilli()
	}
	rule, known := rules[event]
	switch {
	case m.isTest():
		r.Standing = ingest.Test
		return r, nil
	case !known:
		r.Standing = ingest.Unknown
		return r, nil
	}
	r.Standing = ingest.Live
	if rule.user != nil {
		err = rule.user(m, &r)
	} else if rule.kind != ingest.NoSubject {
		r.Subject.Kind = rule.kind
		if r.Subject.ID, err = m.id(rule.places...); rule.kind == ingest.OrganizationSubject {
			r.readOrganization(m)
		}
		switch event {
		case "Role.Data.Updated", "Role.Deleted", "OrganizationRole.Data.Updated", "OrganizationRole.Deleted":
			r.Shared = true
		}
	}
	return r, err
}

// readInteraction reads what the sign-in experience sends when a user has
// signed in or up.
func readInteraction(m message, r *reading) error {
	id, err := m.id("userId")
	if err != nil {
		return err
	}
	r.Subject = ingest.Subject{Kind: ingest.UserSubject, ID: id}
	r.stateWhole(m["user"])
	return nil
}

// readCreated reads a user made by the sign-in experience or by POST /users.
// Both answer with the user, whose id Logto has just chosen; no route has it.
func readCreated(m message, r *reading) error {
	id, err := m.id("data.id")
	if err != nil {
		return err
	}
	r.Subject = ingest.Subject{Kind: ingest.UserSubject, ID: id}
	if route := m.text("matchedRoute"); !m.managed() || route == "/users" {
		r.stateWhole(m["data"])
	}
	return nil
}

// readUpdated reads a change of a user. From the Management API the payload is
// the body of whatever route was called, so the payload is believed to be what the
// route is known to answer.
func readUpdated(m message, r *reading) error {
	if _, err := m.user(r); err != nil {
		return err
	}
	if !m.managed() {
		r.stateWhole(m["data"])
		return nil
	}
	switch m.text("matchedRoute") {
	case "/users/:userId", "/users/:userId/password", "/users/:userId/is-suspended":
		r.stateWhole(m["data"])
	case "/users/:userId/custom-data":
		r.statePart(ingest.CustomDataAspect, m["data"])
	case "/users/:userId/profile":
		r.statePart(ingest.ProfileAspect, m["data"])
	}
	return nil
}

// user reads whom a change is about. From the Management API the payload may be
// anything, so the id is only ever taken from the route.
func (m message) user(r *reading) (string, error) {
	place := "data.id"
	if m.managed() {
		place = "params.userId"
	}
	id, err := m.id(place)
	r.Subject = ingest.Subject{Kind: ingest.UserSubject, ID: id}
	return id, err
}

// readDeleted reads the deletion of a user. The payload is the user as it was;
// if it names somebody else, nothing is certain but that something happened.
func readDeleted(m message, r *reading) error {
	id, err := m.user(r)
	if err != nil {
		return err
	}
	if !m.has("data.id") || m.text("data.id") == id {
		r.Aspect = ingest.GoneAspect
	}
	return nil
}

// maxHints is how many users a delivery about an organization names besides it: of
// more, the organization's members are gone through.
const maxHints = 100

// readOrganization reads what the payload states of an organization: its row, its
// end, or who came and went. Logto cuts the last short without saying so.
func (r *reading) readOrganization(m message) {
	switch r.Event {
	case "Organization.Created", "Organization.Data.Updated":
		o, ok := readOrganization(m["data"])
		if ok && o.ID == r.Subject.ID && !r.SentAt.IsZero() && (!m.has("params.id") || m.text("params.id") == o.ID) {
			r.Aspect, r.organization = ingest.WholeAspect, o
		}
	case "Organization.Deleted":
		r.Aspect = ingest.GoneAspect
	case "Organization.Membership.Updated":
		for _, place := range []string{"addedUserIds", "removedUserIds"} {
			v, _ := m.at(place)
			ids, _ := v.([]any)
			for _, v := range ids {
				if id, ok := v.(string); ok && validID(id) && len(r.Hints) < maxHints {
					r.Hints = append(r.Hints, ingest.Subject{Kind: ingest.UserSubject, ID: id})
				}
			}
		}
	}
}

// managed reports whether a route of the Management API caused the message.
func (m message) managed() bool { return m.has("matchedRoute") || m.has("params") }

// stateWhole takes v as the whole user if it is one, and the subject.
func (r *reading) stateWhole(v any) {
	u, ok := readUser(v)
	if !ok || u.id != r.Subject.ID {
		return
	}
	r.Aspect, r.Version, r.whole = ingest.WholeAspect, u.updatedAt, u
}

// statePart takes v as one part of the subject. Without the time of the message
// it could not be ordered among the others, and is a hint only.
func (r *reading) statePart(aspect ingest.Aspect, v any) {
	part, ok := v.(map[string]any)
	if !ok || r.SentAt.IsZero() {
		return
	}
	if aspect == ingest.ProfileAspect {
		if _, ok := readProfile(part); !ok {
			return
		}
	}
	r.Aspect, r.part = aspect, part
}

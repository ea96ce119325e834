package logtosim

import (
	"bytes"
	"encoding/json"
)

// A User is the fifteen fields that Logto shows of a user, in its order. A nil
// pointer is null. Times are milliseconds since 1970. The raw fields are JSON
// objects; nil is taken for the empty one.
type User struct {
	ID           string          `json:"id"`
	Username     *string         `json:"username"`
	PrimaryEmail *string         `json:"primaryEmail"`
	PrimaryPhone *string         `json:"primaryPhone"`
	Name         *string         `json:"name"`
	Avatar       *string         `json:"avatar"`
	CustomData   json.RawMessage `json:"customData"`
	Identities   json.RawMessage `json:"identities"`
	LastSignInAt *int64          `json:"lastSignInAt"`
	CreatedAt    int64           `json:"createdAt"`
	UpdatedAt    int64           `json:"updatedAt"`
	Profile      json.RawMessage `json:"profile"`

	ApplicationID *string `json:"applicationId"` // set by the first consent
	CimdClientID  *string `json:"cimdClientId"`
	IsSuspended   bool    `json:"isSuspended"`

	HasPassword bool `json:"-"` // the sixteenth field, on most answers of the Management API only
}

// An answer is a user as most answers of the Management API show it.
type answer struct {
	User
	HasPassword bool `json:"hasPassword"`
}

// A profile has the keys that Logto knows, in the order of its schema.
type profile struct {
	FamilyName        *string  `json:"familyName,omitempty"`
	GivenName         *string  `json:"givenName,omitempty"`
	MiddleName        *string  `json:"middleName,omitempty"`
	Nickname          *string  `json:"nickname,omitempty"`
	PreferredUsername *string  `json:"preferredUsername,omitempty"`
	Profile           *string  `json:"profile,omitempty"`
	Website           *string  `json:"website,omitempty"`
	Gender            *string  `json:"gender,omitempty"`
	Birthdate         *string  `json:"birthdate,omitempty"`
	Zoneinfo          *string  `json:"zoneinfo,omitempty"`
	Locale            *string  `json:"locale,omitempty"`
	Address           *address `json:"address,omitempty"`
}

// An address is the address of a profile.
type address struct {
	Formatted     *string `json:"formatted,omitempty"`
	StreetAddress *string `json:"streetAddress,omitempty"`
	Locality      *string `json:"locality,omitempty"`
	Region        *string `json:"region,omitempty"`
	PostalCode    *string `json:"postalCode,omitempty"`
	Country       *string `json:"country,omitempty"`
}

// answer returns the user as the Management API shows it: there the profile has
// gone through the schema and has its key order, not the database's.
func (u User) answer() answer {
	u.Profile = inSchemaOrder(u.Profile)
	return answer{User: u, HasPassword: u.HasPassword}
}

// inSchemaOrder rewrites a stored profile in the order of the schema. A profile
// that does not fit the schema, which only [Sim.Import] can put, stays as it is.
func inSchemaOrder(stored json.RawMessage) json.RawMessage {
	var p profile
	if err := json.Unmarshal(stored, &p); err != nil {
		return stored
	}
	return mustStringify(p)
}

// clone returns a copy that shares nothing with u.
func (u User) clone() User {
	u.Username, u.PrimaryEmail, u.PrimaryPhone = copied(u.Username), copied(u.PrimaryEmail), copied(u.PrimaryPhone)
	u.Name, u.Avatar = copied(u.Name), copied(u.Avatar)
	u.LastSignInAt = copied(u.LastSignInAt)
	u.ApplicationID, u.CimdClientID = copied(u.ApplicationID), copied(u.CimdClientID)
	u.CustomData, u.Identities, u.Profile = bytes.Clone(u.CustomData), bytes.Clone(u.Identities), bytes.Clone(u.Profile)
	return u
}

func copied[T any](p *T) *T {
	if p == nil {
		return nil
	}
	return new(*p)
}

// text is what p points to, or nothing.
func text(p *string) string {
	if p == nil {
		return ""
	}
	return *p
}

package logto

import (
	"encoding/json"
	"maps"
	"net/mail"
	"slices"
	"strings"
	"unicode"

	"github.com/gatehouse-authz/gatehouse/internal/authz"
)

// maxCustomDepth is how deep custom data may nest before it is left out of the
// account. Users can write it, so what follows it must not depend on it; no
// condition reaches this far.
const maxCustomDepth = 64

// A user is what we read of a user of Logto.
type user struct {
	id         string
	username   *string
	email      *string
	phone      *string
	name       *string
	profile    profile
	customData map[string]any
	suspended  bool
	updatedAt  int64 // Unix milliseconds

	record map[string]any // all of it, as Logto wrote it
	about  map[string]any // the profile, likewise
}

// A profile is what we read of a user's profile.
type profile struct{ given, family string }

// readUser reads a whole user. It reports false unless every field is there and
// of its type: a user read by halves would lose, say, the suspension.
func readUser(v any) (user, bool) {
	m, _ := v.(map[string]any)
	var u user
	var isID, isFlag, isData, isProfile bool
	u.id, isID = m["id"].(string)
	u.suspended, isFlag = m["isSuspended"].(bool)
	u.customData, isData = m["customData"].(map[string]any)
	if p, ok := m["profile"].(map[string]any); ok {
		u.profile, isProfile = readProfile(p)
		u.record, u.about = m, p
	}
	if !isID || !validID(u.id) || !isFlag || !isData || !isProfile {
		return user{}, false
	}
	for key, field := range map[string]**string{"username": &u.username, "primaryEmail": &u.email, "primaryPhone": &u.phone, "name": &u.name} {
		v, ok := m[key]
		if s, isString := v.(string); isString {
			*field = &s
		} else if !ok || v != nil {
			return user{}, false
		}
	}
	n, _ := m["updatedAt"].(json.Number)
	at, err := n.Int64()
	if err != nil || at <= 0 {
		return user{}, false
	}
	u.updatedAt = at
	return u, true
}

// readProfile reads a profile, in which everything may be absent.
func readProfile(m map[string]any) (profile, bool) {
	var p profile
	for key, field := range map[string]*string{"givenName": &p.given, "familyName": &p.family} {
		v, ok := m[key]
		if s, isString := v.(string); isString {
			*field = s
		} else if ok && v != nil {
			return profile{}, false
		}
	}
	return p, true
}

// account says what is true of the user in the words of the house. Every
// attribute is always there, null if Logto has none, so that what a user has
// lost is lost here too.
func (u user) account() authz.Account {
	first, last := u.names()
	data := customData(u.customData)
	return authz.Account{
		Source:    sourceName,
		Key:       authz.UserKey(u.id),
		Exists:    true,
		Email:     u.plausibleEmail(),
		FirstName: clean(first),
		LastName:  clean(last),
		Attributes: authz.Attributes{
			"username":    textOrNil(u.username),
			"phone":       textOrNil(u.phone),
			"custom_data": data,
			"suspended":   u.suspended,
		},
		Suspended: u.suspended,
		Facts:     u.facts(data),
	}
}

// UserAttributes are the keys of the attributes that every account has, whatever is
// mapped, sorted.
func UserAttributes() []string {
	return slices.Sorted(maps.Keys((user{}).account().Attributes))
}

// facts are what expressions see of the user. Text that Logto has not is empty, so
// that asking for it fails for nobody, and an address that is not a bare one is none.
// data is the custom data, clean; nil if it nests too deep.
func (u user) facts(data any) authz.Facts {
	if data == nil {
		data = map[string]any{}
	}
	f := authz.Facts{
		"id": u.id, "primaryEmail": clean(u.plausibleEmail()), "isSuspended": u.suspended,
		"customData": data, "profile": objectOf(u.about), "identities": objectOf(u.record["identities"]),
		"createdAt": u.record["createdAt"], "lastSignInAt": u.record["lastSignInAt"],
	}
	for _, name := range []string{"username", "primaryPhone", "name", "avatar", "applicationId"} {
		text, _ := u.record[name].(string)
		f[name] = clean(text)
	}
	return f
}

// objectOf is a clean copy of an object, empty if it is none or nests too deep.
func objectOf(v any) map[string]any {
	m, _ := v.(map[string]any)
	if m, ok := customData(m).(map[string]any); ok {
		return m
	}
	return map[string]any{}
}

// gone is the account of a user that Logto does not have.
func gone(id string) authz.Account {
	return authz.Account{Source: sourceName, Key: authz.UserKey(id)}
}

// names returns the first and last name: the profile's if it has either, else
// the display name, of which the first word is the first name.
func (u user) names() (first, last string) {
	if u.profile.given != "" || u.profile.family != "" {
		return u.profile.given, u.profile.family
	}
	if u.name == nil {
		return "", ""
	}
	name := strings.TrimSpace(*u.name)
	space := strings.IndexFunc(name, unicode.IsSpace)
	if space < 0 {
		return name, ""
	}
	return name[:space], strings.TrimSpace(name[space:])
}

// maxEmail is the length of the longest address that can be mailed, in bytes
// (RFC 5321, section 4.5.3.1.3, without the angle brackets).
const maxEmail = 254

// plausibleEmail returns the address if it is a bare address, else "". Logto
// takes from social connectors what they say.
func (u user) plausibleEmail() string {
	if u.email == nil || len(*u.email) > maxEmail {
		return ""
	}
	parsed, err := mail.ParseAddress(*u.email)
	if err != nil || parsed.Address != *u.email {
		return ""
	}
	return *u.email
}

func textOrNil(s *string) any {
	if s == nil {
		return nil
	}
	return clean(*s)
}

// clean removes NUL characters: PostgreSQL's text cannot hold them.
func clean(s string) string { return strings.ReplaceAll(s, "\x00", "") }

// customData returns a clean copy, or nil if it nests too deep.
func customData(m map[string]any) any {
	v, ok := cleanValue(m, maxCustomDepth)
	if !ok {
		return nil
	}
	return v
}

// cleanValue copies a JSON value without NUL characters. It reports false if v
// nests deeper than depth.
func cleanValue(v any, depth int) (any, bool) {
	switch v := v.(type) {
	case string:
		return clean(v), true
	case []any:
		if depth == 0 {
			return nil, false
		}
		out := make([]any, len(v))
		for i := range v {
			var ok bool
			if out[i], ok = cleanValue(v[i], depth-1); !ok {
				return nil, false
			}
		}
		return out, true
	case map[string]any:
		if depth == 0 {
			return nil, false
		}
		return cleanObject(v, depth)
	}
	return v, true
}

// cleanObject copies an object. If removing NUL characters makes two keys one,
// the key that had none wins, then the first in order: the same every time.
func cleanObject(m map[string]any, depth int) (any, bool) {
	out := make(map[string]any, len(m))
	for _, key := range slices.Sorted(maps.Keys(m)) {
		name := clean(key)
		if _, taken := out[name]; taken && name != key {
			continue
		}
		v, ok := cleanValue(m[key], depth-1)
		if !ok {
			return nil, false
		}
		out[name] = v
	}
	return out, true
}

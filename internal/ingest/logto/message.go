package logto

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/gatehouse-authz/gatehouse/internal/authz"
)

// maxName bounds an id and an event's name, in bytes. Logto's ids have 12 or 21
// characters, its longest event name has 31.
const maxName = 128

// A message is one JSON object. It is a map and not a struct because
// encoding/json matches struct fields without regard to case, and "ID" is not
// "id".
type message map[string]any

// decode reads exactly one JSON object. Numbers stay as they are written. The
// error is Invalid.
//
// Nesting is bounded by encoding/json at 10000 levels. A lower bound would let a
// user with deep custom data have the news of his own suspension refused; deep
// custom data is left out of the account instead, see customData.
func decode(body []byte) (message, error) {
	m, err := decodeAs[message](body)
	if err == nil && m == nil {
		return nil, authz.Errorf(authz.Invalid, "the body is not a JSON object")
	}
	return m, err
}

// decodeAs reads exactly one JSON value. The error is Invalid.
func decodeAs[T any](body []byte) (v T, err error) {
	if !utf8.Valid(body) {
		return v, authz.Errorf(authz.Invalid, "the body is not valid UTF-8")
	}
	dec := json.NewDecoder(bytes.NewReader(body))
	dec.UseNumber()
	if err := dec.Decode(&v); err != nil {
		return v, &authz.Error{Kind: authz.Invalid, Message: "the body is not a JSON object", Err: err}
	}
	if _, err := dec.Token(); !errors.Is(err, io.EOF) {
		return v, authz.Errorf(authz.Invalid, "the body is more than one JSON value")
	}
	return v, nil
}

// at returns what stands at a dotted place.
func (m message) at(place string) (any, bool) {
	first, rest, more := strings.Cut(place, ".")
	v, ok := m[first]
	if !more || !ok {
		return v, ok
	}
	inner, ok := v.(map[string]any)
	if !ok {
		return nil, false
	}
	return message(inner).at(rest)
}

// text returns the string at a dotted place, or "".
func (m message) text(place string) string {
	v, _ := m.at(place)
	s, _ := v.(string)
	return s
}

// has reports whether anything stands at a place.
func (m message) has(place string) bool {
	_, ok := m.at(place)
	return ok
}

// id returns the id at the first of the places where something stands.
func (m message) id(places ...string) (string, error) {
	for _, place := range places {
		v, ok := m.at(place)
		if !ok {
			continue
		}
		s, ok := v.(string)
		if !ok {
			return "", authz.InvalidField(place, "the id in %s is not a string", place)
		}
		if !validID(s) {
			return "", authz.InvalidField(place, "the id in %s is empty, too long or has characters that no id has", place)
		}
		return s, nil
	}
	return "", authz.InvalidField(places[0], "there is no id in %s", strings.Join(places, " or "))
}

// validID reports whether s may be an id: 1 to 128 of A-Z a-z 0-9 | @ + - . _
// "." and ".." are refused because in the path of a URL they mean other things.
func validID(s string) bool {
	if s == "" || len(s) > maxName || s == "." || s == ".." {
		return false
	}
	for _, c := range []byte(s) {
		switch {
		case 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z', '0' <= c && c <= '9':
		case strings.IndexByte("|@+-._", c) >= 0:
		default:
			return false
		}
	}
	return true
}

// event returns the name of the event.
func (m message) event() (string, error) {
	s := m.text("event")
	if s == "" {
		return "", authz.InvalidField("event", "event is not a non-empty string")
	}
	if len(s) > maxName || strings.ContainsFunc(s, unicode.IsControl) {
		return "", authz.InvalidField("event", "event is not the name of an event")
	}
	return s, nil
}

// sentAt returns when Logto built the message, or the zero time.
func (m message) sentAt() time.Time {
	t, err := time.Parse(time.RFC3339, m.text("createdAt"))
	if err != nil || t.UnixMilli() <= 0 {
		return time.Time{}
	}
	return t.UTC().Truncate(time.Microsecond)
}

// isTest reports whether the message was sent by "Send test payload". Its data
// is made up: no route of Logto begins with /fake-path, and Logto gives no
// user the id fake-id.
func (m message) isTest() bool {
	return strings.HasPrefix(m.text("path"), "/fake-path") ||
		m.text("userId") == "fake-id" && m.text("user.id") == "fake-id"
}

// longestUserID is more than Logto's users have (12), and as much as anything of
// Logto's (21).
const longestUserID = 21

// MayBeUser reports whether Logto could have a user of that id: e-mail addresses
// and ids of other systems are not worth asking about.
func MayBeUser(key authz.UserKey) bool {
	return len(key) <= longestUserID && validID(string(key)) && !strings.ContainsAny(string(key), "|@+.")
}

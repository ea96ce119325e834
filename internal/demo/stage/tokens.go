package stage

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"net"
	"strings"

	"github.com/gatehouse-authz/gatehouse/internal/demo/logtosim"
)

// other is a resource of somebody else's.
const other = "https://other.example.org"

// BadAuthorizations are values of the header Authorization that prove nothing about
// the user to who wants tokens of Logto for the resource, by what is bad about them.
func (s *Stage) BadAuthorizations(resource string) map[string][]string {
	s.t.Helper()
	s.Resource(other)
	good := s.Token(resource, "")
	parts := strings.Split(good, ".")
	encode := base64.RawURLEncoding.EncodeToString
	changed := func(part, from, to string) string {
		b, err := base64.RawURLEncoding.DecodeString(part)
		if err != nil || !bytes.Contains(b, []byte(from)) {
			s.t.Fatalf("no %s in %s: %v", from, b, err)
		}
		return encode(bytes.Replace(b, []byte(from), []byte(to), 1))
	}
	none := encode([]byte(`{"alg":"none","typ":"at+jwt"}`))
	symmetric := changed(parts[0], `"ES384"`, `"HS256"`)
	mac := hmac.New(sha256.New, []byte(parts[1])) // as where a public key is taken for a secret
	mac.Write([]byte(symmetric + "." + parts[1]))
	return map[string][]string{
		"another audience":     {"Bearer " + s.Token(other, "")},
		"another issuer":       {"Bearer " + s.otherIssuer(resource)},
		"another Logto's key":  {"Bearer " + s.OtherKey(resource)},
		"an opaque token":      {"Bearer " + s.Token("", "")},
		"alg none":             {"Bearer " + none + "." + parts[1] + "."},
		"alg none and signed":  {"Bearer " + none + "." + parts[1] + "." + parts[2]},
		"a symmetric alg":      {"Bearer " + symmetric + "." + parts[1] + "." + encode(mac.Sum(nil))},
		"no type":              {"Bearer " + changed(parts[0], `"typ":"at+jwt",`, "") + "." + parts[1] + "." + parts[2]},
		"another user":         {"Bearer " + parts[0] + "." + changed(parts[1], User, "bob000000000") + "." + parts[2]},
		"a longer life":        {"Bearer " + parts[0] + "." + changed(parts[1], `"exp":1`, `"exp":2`) + "." + parts[2]},
		"another signature":    {"Bearer " + parts[0] + "." + parts[1] + "." + encode(make([]byte, 96))},
		"no signature":         {"Bearer " + parts[0] + "." + parts[1] + "."},
		"two parts":            {"Bearer " + parts[0] + "." + parts[1]},
		"no token":             {"Bearer "},
		"an endless token":     {"Bearer " + good + strings.Repeat("x", 20<<10)},
		"another scheme":       {"Basic " + good},
		"two tokens":           {"Bearer " + good, "Bearer " + good},
		"something in between": {"Bearer x " + good},
	}
}

// otherIssuer is a token of the user by this Logto under another name.
func (s *Stage) otherIssuer(resource string) string {
	s.t.Helper()
	_, port, _ := net.SplitHostPort(strings.TrimPrefix(s.Logto, "http://"))
	token, err := s.Sim.AccessToken("http://localhost:"+port, User, application, resource, "")
	if err != nil {
		s.t.Fatal(err)
	}
	return token
}

// OtherKey is a token of the user by another Logto that says it is this one.
func (s *Stage) OtherKey(resource string) string {
	s.t.Helper()
	sim := logtosim.New(logtosim.Config{})
	sim.Import(logtosim.User{ID: User})
	if err := sim.ImportResource(resource); err != nil {
		s.t.Fatal(err)
	}
	token, err := sim.AccessToken(s.Logto, User, application, resource, "")
	if err != nil {
		s.t.Fatal(err)
	}
	return token
}

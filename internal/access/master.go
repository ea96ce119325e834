package access

import (
	"crypto/hmac"
	"crypto/sha512"
	"encoding/base64"
	"strconv"

	"github.com/gatehouse-authz/gatehouse/internal/authz"
)

// A Master is the secret from which the own keys of environments are derived, so
// that they can be shown again although only digests are kept. The empty Master
// derives none. See docs/decisions/0005-keys-that-can-be-shown.md.
type Master string

// Secret is the secret of an environment's own key in that generation. It is
// empty if there is no master.
func (m Master) Secret(env authz.EnvID, generation int64) string {
	if m == "" {
		return ""
	}
	mac := hmac.New(sha512.New, []byte(m))
	_, _ = mac.Write([]byte("environment key/" + string(env) + "/" + strconv.FormatInt(generation, 10))) // never fails, says hash.Hash
	return secretPrefix + base64.RawURLEncoding.EncodeToString(mac.Sum(nil))
}

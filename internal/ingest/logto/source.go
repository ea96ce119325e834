package logto

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/hex"
	"net/http"
	"sync/atomic"

	"github.com/gatehouse-authz/gatehouse/internal/authz"
	"github.com/gatehouse-authz/gatehouse/internal/ingest"
)

// sourceName is the giver of everything Logto brings in.
const sourceName = "logto"

// signatureHeader is the header Logto signs with, in net/http's spelling.
const signatureHeader = "Logto-Signature-Sha-256"

// A Source is one Logto tenant. It is safe for concurrent use once its fields
// are set; afterwards [Source.Connect] replaces them.
type Source struct {
	// SigningKeys are the signing keys of Logto's webhooks, exactly as Logto
	// shows them. Logto rotates a key at once, so several may be valid here while
	// one replaces another. Empty strings are ignored, since anybody can sign
	// with an empty key; with no key left nothing is ever accepted.
	SigningKeys []string
	// Client asks the Management API; nil works from the payloads alone.
	Client *Client

	connected atomic.Pointer[connection]
}

// A connection is what Connect put in place of the fields.
type connection struct {
	keys   []string
	client *Client
}

// Connect replaces the signing keys and the Client, for whatever is asked later.
func (s *Source) Connect(signingKeys []string, client *Client) {
	s.connected.Store(&connection{keys: signingKeys, client: client})
}

// API is the Client in use; nil if there is none.
func (s *Source) API() *Client {
	if c := s.connected.Load(); c != nil {
		return c.client
	}
	return s.Client
}

// Keys are the signing keys in use.
func (s *Source) Keys() []string {
	if c := s.connected.Load(); c != nil {
		return c.keys
	}
	return s.SigningKeys
}

var _ ingest.Source = (*Source)(nil)

// Name returns "logto".
func (s *Source) Name() string { return sourceName }

// Verify checks that the header carries exactly one signature and that it is
// the lower-case hex HMAC-SHA256 of the raw body by one of the signing keys.
// Every key is tried whatever the others gave, so that the time taken does not
// tell which matched. The error is always Unauthorized and always the same.
//
// Upper-case hex, several header lines and comma-joined values are refused:
// Logto sends none of them, and a header set in a webhook's configuration can
// put a value of somebody's choice before the real one.
func (s *Source) Verify(header http.Header, body []byte) error {
	values := header.Values(signatureHeader)
	given := ""
	if len(values) == 1 {
		given = values[0]
	}
	match := 0
	for _, key := range s.Keys() {
		if key == "" {
			continue
		}
		match |= subtle.ConstantTimeCompare([]byte(sign(key, body)), []byte(given))
	}
	if match != 1 {
		return authz.Errorf(authz.Unauthorized, "the webhook's signature is not valid")
	}
	return nil
}

// sign returns the signature of body as Logto writes it.
func sign(key string, body []byte) string {
	mac := hmac.New(sha256.New, []byte(key))
	mac.Write(body)
	return hex.EncodeToString(mac.Sum(nil))
}

// Observe tells what is true of a user now. With a Client it asks Logto and
// never calls latest; without one it folds what latest returns. ok is false if
// there is no Client and no payload has stated the whole user yet. The error is
// Invalid if user is no user of Logto, Unavailable if Logto did not give a
// usable answer, and whatever latest returned.
func (s *Source) Observe(ctx context.Context, user ingest.Subject, latest func(context.Context) ([]ingest.Delivery, error)) (authz.Account, bool, error) {
	if user.Kind != ingest.UserSubject {
		return authz.Account{}, false, authz.Errorf(authz.Invalid, "logto can be asked about users only, not about %q", user.Kind)
	}
	if !validID(user.ID) {
		return authz.Account{}, false, authz.InvalidField("id", "%q is not an id of a logto user", user.ID)
	}
	client := s.API()
	if client == nil {
		deliveries, err := latest(ctx)
		if err != nil {
			return authz.Account{}, false, err
		}
		account, ok := fold(user.ID, deliveries)
		return account, ok, nil
	}
	u, exists, err := client.user(ctx, user.ID)
	switch {
	case err != nil:
		return authz.Account{}, false, err
	case !exists:
		return gone(user.ID), true, nil
	}
	account := u.account()
	if err := client.place(ctx, user.ID, &account); err != nil {
		return authz.Account{}, false, err
	}
	return account, true, nil
}

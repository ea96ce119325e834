package logtosim

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	crand "crypto/rand"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/base64"
	"fmt"
	"math/big"
	"slices"
	"strings"
)

// coordinate is the length of a number of the curve P-384, in bytes.
const coordinate = 48

// A signingKey signs tokens with ES384, as Logto does.
type signingKey struct {
	id   string // the thumbprint of RFC 7638
	key  *ecdsa.PrivateKey
	x, y string // of the public key, as in a JWK
}

func newSigningKey() *signingKey {
	key, err := ecdsa.GenerateKey(elliptic.P384(), crand.Reader)
	if err != nil {
		panic("logtosim: cannot make a key: " + err.Error()) // the curve is known and crypto/rand never fails
	}
	point, err := key.PublicKey.Bytes() // 4, x, y
	if err != nil {
		panic("logtosim: cannot encode a key: " + err.Error())
	}
	k := &signingKey{key: key, x: encode(point[1 : 1+coordinate]), y: encode(point[1+coordinate:])}
	k.id = thumbprint(k.x, k.y)
	return k
}

// thumbprint is the id of a public key of the curve P-384, by RFC 7638.
func thumbprint(x, y string) string {
	sum := sha256.Sum256(fmt.Appendf(nil, `{"crv":"P-384","kty":"EC","x":%q,"y":%q}`, x, y))
	return encode(sum[:])
}

// jwk is the public key as the key set shows it.
func (k *signingKey) jwk() object {
	return object{
		{"kty", "EC"}, {"use", "sig"}, {"kid", k.id}, {"alg", "ES384"}, {"crv", "P-384"}, {"x", k.x}, {"y", k.y},
	}
}

// sign returns a JWT. The type is left out of the header if it is empty, as in ID
// tokens.
func (k *signingKey) sign(typ string, payload any) string {
	head := object{{"alg", "ES384"}}
	if typ != "" {
		head = append(head, member{"typ", typ})
	}
	head = append(head, member{"kid", k.id})
	signed := encode(mustStringify(head)) + "." + encode(mustStringify(payload))
	sum := sha512.Sum384([]byte(signed))
	r, s, err := ecdsa.Sign(crand.Reader, k.key, sum[:])
	if err != nil {
		panic("logtosim: cannot sign: " + err.Error())
	}
	signature := make([]byte, 2*coordinate)
	r.FillBytes(signature[:coordinate])
	s.FillBytes(signature[coordinate:])
	return signed + "." + encode(signature)
}

// verifies reports whether the key has signed the first two parts of a token.
func (k *signingKey) verifies(signed string, signature []byte) bool {
	if len(signature) != 2*coordinate {
		return false
	}
	sum := sha512.Sum384([]byte(signed))
	r, s := new(big.Int).SetBytes(signature[:coordinate]), new(big.Int).SetBytes(signature[coordinate:])
	return ecdsa.Verify(&k.key.PublicKey, sum[:], r, s)
}

// RotateKey makes a key that signs from then on; the earlier ones stay in the key
// set, as they do in Logto until they are deleted there.
func (s *Sim) RotateKey() {
	k := newSigningKey()
	s.mu.Lock()
	defer s.mu.Unlock()
	s.keys = append([]*signingKey{k}, s.keys...)
}

// ForgetKeys deletes the earlier keys: what they have signed is not valid.
func (s *Sim) ForgetKeys() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.keys = s.keys[:1]
}

// signed reports whether one of the keys has signed the token.
func (s *Sim) signed(token string) bool {
	end := strings.LastIndexByte(token, '.')
	signature, err := base64.RawURLEncoding.DecodeString(token[end+1:])
	if err != nil {
		return false
	}
	s.mu.Lock()
	keys := slices.Clone(s.keys)
	s.mu.Unlock()
	return slices.ContainsFunc(keys, func(k *signingKey) bool { return k.verifies(token[:end], signature) })
}

func encode(b []byte) string { return base64.RawURLEncoding.EncodeToString(b) }

// randomToken is an opaque token or code: 43 characters.
func randomToken() string {
	var b [32]byte
	crand.Read(b[:]) //nolint:errcheck // crypto/rand.Read never fails
	return encode(b[:])
}

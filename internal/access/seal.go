package access

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha512"
	"encoding/base64"

	"github.com/gatehouse-authz/gatehouse/internal/authz"
)

// Seal encrypts a secret with AES-256-GCM, for a place: only there it opens again.
// It returns Invalid if there is no master.
func (m Master) Seal(place string, secret []byte) (string, error) {
	box, err := m.box()
	if err != nil {
		return "", err
	}
	nonce := make([]byte, box.NonceSize())
	_, _ = rand.Read(nonce) // never fails, says crypto/rand
	return base64.RawStdEncoding.EncodeToString(box.Seal(nonce, nonce, secret, []byte(place))), nil
}

// Open is the reverse of [Master.Seal]. It returns Invalid if there is no master,
// another one, or what is sealed was changed or is of another place.
func (m Master) Open(place, sealed string) ([]byte, error) {
	box, err := m.box()
	if err != nil {
		return nil, err
	}
	b, err := base64.RawStdEncoding.DecodeString(sealed)
	if err == nil && len(b) >= box.NonceSize() {
		if b, err = box.Open(nil, b[:box.NonceSize()], b[box.NonceSize():], []byte(place)); err == nil {
			return b, nil
		}
	}
	return nil, authz.InvalidField("GATEHOUSE_MASTER_KEY", "what is kept cannot be decrypted: GATEHOUSE_MASTER_KEY, or master.key in the data directory, is not the one it was encrypted with")
}

// box encrypts with a key of its own, which says nothing of the others.
func (m Master) box() (cipher.AEAD, error) {
	if m == "" {
		return nil, authz.InvalidField("GATEHOUSE_MASTER_KEY", "there is no GATEHOUSE_MASTER_KEY to encrypt secrets with; set it, the same for every process on the database")
	}
	mac := hmac.New(sha512.New, []byte(m))
	_, _ = mac.Write([]byte("sealed secrets")) // never fails, says hash.Hash
	block, err := aes.NewCipher(mac.Sum(nil)[:32])
	if err != nil {
		return nil, err
	}
	return cipher.NewGCM(block)
}

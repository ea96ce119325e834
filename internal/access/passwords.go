package access

import (
	"crypto/rand"
	"crypto/subtle"
	"encoding/base64"
	"fmt"

	"golang.org/x/crypto/argon2"
)

// How passwords are hashed: argon2id with the first choice of OWASP's password
// storage cheat sheet, 19 MiB and two passes.
const (
	hashMemory = 19 << 10 // KiB
	hashPasses = 2
	hashBytes  = 32
	saltBytes  = 16
)

// hashPrefix begins what is kept of a password; a later choice begins otherwise.
var hashPrefix = fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=1$", argon2.Version, hashMemory, hashPasses)

// HashPassword is what is kept of a password. It takes 19 MiB and some ten
// milliseconds.
func HashPassword(password string) string {
	var salt [saltBytes]byte
	_, _ = rand.Read(salt[:]) // never fails, says crypto/rand
	return hashed(password, salt[:])
}

func hashed(password string, salt []byte) string {
	sum := argon2.IDKey([]byte(password), salt, hashPasses, hashMemory, 1, hashBytes)
	return hashPrefix + base64.RawStdEncoding.EncodeToString(salt) + "$" + base64.RawStdEncoding.EncodeToString(sum)
}

// CheckPassword reports whether kept is of that password. What is not of
// [HashPassword] is of none.
func CheckPassword(kept, password string) bool {
	const saltText = (saltBytes*8 + 5) / 6
	if len(kept) < len(hashPrefix)+saltText || kept[:len(hashPrefix)] != hashPrefix {
		return false
	}
	salt, err := base64.RawStdEncoding.DecodeString(kept[len(hashPrefix) : len(hashPrefix)+saltText])
	return err == nil && subtle.ConstantTimeCompare([]byte(kept), []byte(hashed(password, salt))) == 1
}

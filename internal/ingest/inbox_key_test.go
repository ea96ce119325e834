package ingest

import (
	"strings"
	"testing"

	"github.com/gatehouse-authz/gatehouse/internal/authz"
)

// FuzzParseWorkKey: a key is read as what it was made of, whatever the id holds.
func FuzzParseWorkKey(f *testing.F) {
	f.Add("e", "logto", "user", "u1")
	f.Add("e", "logto", "organization", "a/b//")
	f.Add("", "", "", "")
	f.Fuzz(func(t *testing.T, env, source, kind, id string) {
		key := WorkKey(authz.EnvID(env), source, Subject{Kind: SubjectKind(kind), ID: id})
		e, s, subject, ok := ParseWorkKey(key)
		if !ok {
			t.Fatalf("%q cannot be read", key)
		}
		if strings.Contains(env+source+kind, "/") { // which no caller does
			return
		}
		if string(e) != env || s != source || subject != (Subject{Kind: SubjectKind(kind), ID: id}) {
			t.Fatalf("%q is read as %q %q %+v", key, e, s, subject)
		}
		if _, _, _, ok := ParseWorkKey(env + source + kind); ok {
			t.Fatalf("%q is read as a key", env+source+kind)
		}
	})
}

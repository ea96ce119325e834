package access

import (
	"strings"
	"testing"

	"github.com/gatehouse-authz/gatehouse/internal/authz"
)

func TestWhatIsSealedOpensInItsPlaceWithItsMasterOnly(t *testing.T) {
	t.Parallel()
	m := Master("a master key of the tests, long enough")
	sealed, err := m.Seal("here", []byte("the secret"))
	if err != nil || strings.Contains(sealed, "secret") {
		t.Fatalf("got %q (%v)", sealed, err)
	}
	again, _ := m.Seal("here", []byte("the secret"))
	if again == sealed {
		t.Error("the same secret is sealed the same way twice")
	}
	if got, err := m.Open("here", sealed); err != nil || string(got) != "the secret" {
		t.Errorf("got %q (%v)", got, err)
	}
	swap := map[byte]byte{'A': 'B'}
	changed := []byte(sealed)
	changed[20] = max(swap[changed[20]], 'A')
	for name, open := range map[string]func() ([]byte, error){
		"another place":   func() ([]byte, error) { return m.Open("there", sealed) },
		"another master":  func() ([]byte, error) { return Master("another").Open("here", sealed) },
		"no master":       func() ([]byte, error) { return Master("").Open("here", sealed) },
		"changed":         func() ([]byte, error) { return m.Open("here", string(changed)) },
		"cut":             func() ([]byte, error) { return m.Open("here", sealed[:10]) },
		"nothing":         func() ([]byte, error) { return m.Open("here", "") },
		"not even base64": func() ([]byte, error) { return m.Open("here", "***") },
	} {
		if got, err := open(); authz.KindOf(err) != authz.Invalid || got != nil {
			t.Errorf("%s: got %q (%v), want Invalid", name, got, err)
		}
	}
	if _, err := Master("").Seal("here", nil); authz.KindOf(err) != authz.Invalid {
		t.Errorf("without a master: got %v", err)
	}
}

// FuzzOpen: nothing opens but what was sealed for the place.
func FuzzOpen(f *testing.F) {
	m := Master("a master key of the tests, long enough")
	sealed, err := m.Seal("here", []byte("the secret"))
	if err != nil {
		f.Fatal(err)
	}
	for _, s := range []string{sealed, sealed[1:], "", "AAAA", strings.Repeat("A", 64)} {
		f.Add("here", s)
		f.Add("there", s)
	}
	f.Fuzz(func(t *testing.T, place, text string) {
		got, err := m.Open(place, text)
		if err == nil && (place != "here" || string(got) != "the secret") {
			t.Fatalf("%q opens at %q as %q", text, place, got)
		}
		if err != nil && authz.KindOf(err) != authz.Invalid {
			t.Fatalf("got %v, want Invalid", err)
		}
	})
}

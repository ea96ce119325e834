package logto_test

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/gatehouse-authz/gatehouse/internal/authz"
	"github.com/gatehouse-authz/gatehouse/internal/ingest/logto"
)

const signature = "Logto-Signature-Sha-256"

// A recording is a delivery as Logto 1.42 sent it.
type recording struct {
	name string // its number
	key  string
	head http.Header
	body []byte
}

// recordings returns every recorded delivery, in order.
func recordings(tb testing.TB) []recording {
	tb.Helper()
	files, err := filepath.Glob("testdata/webhooks/*.json")
	if err != nil || len(files) != 145 {
		tb.Fatalf("got %d recordings (%v), want 145", len(files), err)
	}
	all := make([]recording, 0, len(files))
	for _, file := range files {
		var r struct {
			Headers map[string]string
			Body    string `json:"body_base64"`
			Key     string `json:"signing_key"`
		}
		readJSON(tb, file, &r)
		body, err := base64.StdEncoding.DecodeString(r.Body)
		if err != nil {
			tb.Fatal(err)
		}
		head := http.Header{}
		for k, v := range r.Headers {
			head.Set(k, v)
		}
		all = append(all, recording{filepath.Base(file)[:3], r.Key, head, body})
	}
	return all
}

func readJSON(tb testing.TB, file string, v any) {
	tb.Helper()
	b, err := os.ReadFile(file)
	if err != nil {
		tb.Fatal(err)
	}
	if err := json.Unmarshal(b, v); err != nil {
		tb.Fatalf("%s: %v", file, err)
	}
}

// recorded returns the body of one recording.
func recorded(tb testing.TB, name string) []byte {
	tb.Helper()
	for _, r := range recordings(tb) {
		if r.name == name {
			return r.body
		}
	}
	tb.Fatalf("no recording %s", name)
	return nil
}

func signedBy(value string) http.Header { return http.Header{signature: {value}} }

func TestRealSignaturesVerify(t *testing.T) {
	t.Parallel()
	for _, r := range recordings(t) {
		for _, keys := range [][]string{{r.key}, {"another", r.key}, {r.key, "another"}, {"", r.key}} {
			s := logto.Source{SigningKeys: keys}
			if err := s.Verify(r.head, r.body); err != nil {
				t.Errorf("%s with keys %q: %v", r.name, keys, err)
			}
		}
	}
}

func TestAnyFlippedByteFails(t *testing.T) {
	t.Parallel()
	for _, r := range recordings(t) {
		s := logto.Source{SigningKeys: []string{r.key}}
		for i := range r.body {
			body := bytes.Clone(r.body)
			body[i] ^= 1
			if s.Verify(r.head, body) == nil {
				t.Errorf("%s verifies with byte %d flipped", r.name, i)
			}
			if len(r.body) > 5000 && i > 1000 {
				break // the same again, for seconds
			}
		}
		given := r.head.Get(signature)
		for i := range given {
			changed := []byte(given)
			changed[i] ^= 1
			if s.Verify(signedBy(string(changed)), r.body) == nil {
				t.Errorf("%s verifies with byte %d of its signature flipped", r.name, i)
			}
		}
	}
}

func TestOtherSignaturesFail(t *testing.T) {
	t.Parallel()
	r := recordings(t)[0]
	real := r.head.Get(signature)
	emptyKey := hex.EncodeToString(mac("", r.body))
	for name, c := range map[string]struct {
		keys []string
		head http.Header
	}{
		"noHeader":              {[]string{r.key}, http.Header{}},
		"emptyHeader":           {[]string{r.key}, signedBy("")},
		"noKeys":                {nil, signedBy(real)},
		"noKeysNoHeader":        {nil, http.Header{}},
		"anotherKey":            {[]string{"another"}, signedBy(real)},
		"emptyKey":              {[]string{""}, signedBy(emptyKey)},
		"upperCase":             {[]string{r.key}, signedBy(strings.ToUpper(real))},
		"prefixed":              {[]string{r.key}, signedBy("sha256=" + real)},
		"space":                 {[]string{r.key}, signedBy(real + " ")},
		"cut":                   {[]string{r.key}, signedBy(real[:63])},
		"spoofInOneLine":        {[]string{r.key}, signedBy("spoof, " + real)},
		"realFirstInOneLine":    {[]string{r.key}, signedBy(real + ", spoof")},
		"spoofInAnotherLine":    {[]string{r.key}, http.Header{signature: {"spoof", real}}},
		"realFirst":             {[]string{r.key}, http.Header{signature: {real, "spoof"}}},
		"twice":                 {[]string{r.key}, http.Header{signature: {real, real}}},
		"keyWithSpaceAround":    {[]string{" " + r.key}, signedBy(real)},
		"signatureOfAnotherKey": {[]string{r.key}, signedBy(hex.EncodeToString(mac("another", r.body)))},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := logto.Source{SigningKeys: c.keys}
			err := s.Verify(c.head, r.body)
			if authz.KindOf(err) != authz.Unauthorized {
				t.Fatalf("got %v, want Unauthorized", err)
			}
			if strings.Contains(err.Error(), real) {
				t.Errorf("the error tells the signature: %v", err)
			}
		})
	}
}

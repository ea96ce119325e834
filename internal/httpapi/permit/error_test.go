package permit

import (
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/gatehouse-authz/gatehouse/internal/authz"
	"github.com/gatehouse-authz/gatehouse/internal/httpapi"
)

// show renders err behind the toolkit.
func show(t *testing.T, err error) (*httptest.ResponseRecorder, string) {
	t.Helper()
	var log strings.Builder
	a := &API{Log: slog.New(slog.NewTextHandler(&log, nil))}
	w := httptest.NewRecorder()
	h := httpapi.Handle(func(http.ResponseWriter, *http.Request) error { return err }, a.render)
	h.ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/", nil))
	return w, log.String()
}

// known is Permit's enumeration of error_code, as far as we use it. An SDK
// falls back to an untyped error for any other.
var known = map[string]bool{
	"INVALID_INPUT": true, "UNEXPECTED_ERROR": true, "NOT_FOUND": true, "DUPLICATE_ENTITY": true,
	"FORBIDDEN_ACCESS": true, "UNAUTHORIZED": true, "INVALID_PERMISSION_FORMAT": true,
	"MISMATCH_RESOURCE_INSTANCES_TENANTS": true, "MISMATCH_RELATION_TYPE": true, "MISSING_PERMISSIONS": true, "MISSING_RESOURCE_ATTRIBUTE": true,
}

func TestEveryKindHasAFace(t *testing.T) {
	t.Parallel()
	want := map[authz.Kind]int{
		authz.Internal: 500, authz.Invalid: 400, authz.NotFound: 404, authz.Conflict: 409,
		authz.Unauthorized: 401, authz.Forbidden: 403, authz.Unavailable: 503, authz.Unsupported: 501,
	}
	// Kinds are numbered without gaps and Unsupported is the last.
	for kind := authz.Internal; kind <= authz.Unsupported; kind++ {
		f, ok := faces[kind]
		if !ok || f.status != want[kind] || !known[f.code] || f.title == "" {
			t.Errorf("kind %d: got face %+v, want status %d, a title and a code of Permit's", kind, f, want[kind])
		}
		w, _ := show(t, fmt.Errorf("wrapped: %w", authz.Errorf(kind, "the word")))
		var body map[string]any
		if err := json.Unmarshal(w.Body.Bytes(), &body); err != nil {
			t.Fatal(err)
		}
		shown := strings.Contains(body["message"].(string), "the word")
		if w.Code != want[kind] || body["error_code"] != f.code || body["id"] != w.Header().Get("X-Request-ID") || shown == (kind == authz.Internal) {
			t.Errorf("kind %d: got %d %v", kind, w.Code, body)
		}
	}
	if len(faces) != len(want) {
		t.Errorf("got %d faces, want %d", len(faces), len(want))
	}
}

func TestEveryCauseHasACodeOfPermits(t *testing.T) {
	t.Parallel()
	for cause, code := range codes {
		w, _ := show(t, &authz.Error{Kind: authz.Conflict, Message: "the word", Err: cause})
		if !known[code] || !strings.Contains(w.Body.String(), code) {
			t.Errorf("%v: got %s, want the code %s", cause, w.Body, code)
		}
	}
}

func TestOurFaultsAreLoggedAndNotShown(t *testing.T) {
	t.Parallel()
	hidden := &authz.Error{Kind: authz.NotFound, Message: "user not found", Err: errors.New("secret")}
	if w, log := show(t, hidden); strings.Contains(w.Body.String(), "secret") || log != "" {
		t.Errorf("got %s and log %q, want neither the cause nor a log", w.Body, log)
	}
	w, log := show(t, errors.New("disk secret"))
	if strings.Contains(w.Body.String(), "secret") || !strings.Contains(log, "disk secret") {
		t.Errorf("got %s and log %q, want the cause in the log only", w.Body, log)
	}
	if w, _ := show(t, &httpapi.PanicError{Value: "secret"}); w.Code != 500 || strings.Contains(w.Body.String(), "secret") {
		t.Errorf("got %d %s, want a plain 500", w.Code, w.Body)
	}
}

func TestEveryCodeHasWords(t *testing.T) {
	t.Parallel()
	for _, c := range []httpapi.Code{
		httpapi.CodeMissing, httpapi.CodeUnknown, httpapi.CodeNull, httpapi.CodeDuplicate, httpapi.CodeString, httpapi.CodeText,
		httpapi.CodeInteger, httpapi.CodeNumber, httpapi.CodeBoolean, httpapi.CodeList, httpapi.CodeObject, httpapi.CodeChoice,
		httpapi.CodeSmall, httpapi.CodeLarge, httpapi.CodeDeep, httpapi.CodeSyntax, httpapi.CodeValue,
	} {
		if words[c].kind == "" {
			t.Errorf("%s has no type", c)
		}
	}
}

func TestRulesBrokenByAFieldAre422(t *testing.T) {
	t.Parallel()
	w, _ := show(t, authz.InvalidField("attributes.age.type", "no such type"))
	want := `{"detail":[{"loc":["body","attributes","age","type"],"msg":"no such type","type":"value_error"}]}`
	if got := strings.TrimSpace(w.Body.String()); w.Code != 422 || got != want {
		t.Errorf("got %d %s, want 422 %s", w.Code, got, want)
	}
}

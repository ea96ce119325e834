package httpapi_test

import (
	"bytes"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/gatehouse-authz/gatehouse/internal/authz"
	"github.com/gatehouse-authz/gatehouse/internal/httpapi"
)

func plain(w http.ResponseWriter, r *http.Request, err error) {
	http.Error(w, fmt.Sprintf("%s %.20v", httpapi.RequestID(r.Context()), err), http.StatusTeapot)
}

func ask(t *testing.T, h http.Handler, method, target string, header ...string) *httptest.ResponseRecorder {
	t.Helper()
	r := httptest.NewRequestWithContext(t.Context(), method, target, nil)
	for i := 0; i < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

func TestErrorsAndPanicsAreRendered(t *testing.T) {
	t.Parallel()
	fails := httpapi.Handle(func(http.ResponseWriter, *http.Request) error { return errors.New("no") }, plain)
	panics := httpapi.Handle(func(http.ResponseWriter, *http.Request) error { panic("oh") }, plain)
	id := strings.Repeat("0a", 16)
	for want, h := range map[string]http.Handler{id + " no": fails, id + " panic: oh": panics} {
		w := ask(t, h, http.MethodGet, "/", "X-Request-ID", id)
		if got := w.Body.String(); w.Code != http.StatusTeapot || !strings.HasPrefix(got, want) || w.Header().Get("X-Request-ID") != id {
			t.Errorf("got %d %q %v, want %q", w.Code, got, w.Header(), want)
		}
	}
}

func TestAPanicAfterTheAnswerBeganCutsTheConnection(t *testing.T) {
	t.Parallel()
	h := httpapi.Handle(func(w http.ResponseWriter, _ *http.Request) error {
		_, _ = w.Write([]byte("half"))
		panic("oh")
	}, plain)
	defer func() {
		if v := recover(); v != "oh" {
			t.Errorf("got %v, want the panic to go on", v)
		}
	}()
	ask(t, h, http.MethodGet, "/")
}

func TestRequestIDsAreOursOrLikeOurs(t *testing.T) {
	t.Parallel()
	h := httpapi.Handle(func(w http.ResponseWriter, r *http.Request) error {
		return httpapi.Write(w, http.StatusOK, httpapi.RequestID(r.Context()))
	}, plain)
	for _, theirs := range []string{"", "abc", strings.Repeat("A", 32), strings.Repeat("a", 31) + "\n"} {
		got := ask(t, h, http.MethodGet, "/", "X-Request-ID", theirs).Header().Get("X-Request-ID")
		if !regexp.MustCompile(`^[0-9a-f]{32}$`).MatchString(got) {
			t.Errorf("%q: got %q, want 32 hex digits", theirs, got)
		}
	}
}

func TestWriteKeepsTextAndRefusesWhatIsNotJSON(t *testing.T) {
	t.Parallel()
	w := httptest.NewRecorder()
	if err := httpapi.Write(w, http.StatusCreated, map[string]string{"a": "<&>"}); err != nil {
		t.Fatal(err)
	}
	if w.Code != http.StatusCreated || w.Body.String() != "{\"a\":\"<&>\"}\n" || w.Header().Get("Content-Type") != "application/json" {
		t.Errorf("got %d %q %v", w.Code, w.Body, w.Header())
	}
	w = httptest.NewRecorder()
	if err := httpapi.Write(w, http.StatusOK, make(chan int)); err == nil || w.Body.Len() > 0 {
		t.Errorf("got %v and %q, want an error and nothing written", err, w.Body)
	}
}

func TestTheLogHoldsNoSecrets(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	mux := http.NewServeMux()
	mux.Handle("GET /things/{thing}", httpapi.Handle(func(w http.ResponseWriter, _ *http.Request) error {
		return httpapi.Write(w, http.StatusAccepted, nil)
	}, plain))
	h := httpapi.Log(slog.New(slog.NewTextHandler(&out, nil)), mux)
	ask(t, h, http.MethodGet, "/things/secret-a?token=secret-b", "Authorization", "Bearer secret-c")
	got := out.String()
	if strings.Contains(got, "secret") {
		t.Errorf("got %s, want no secrets", got)
	}
	for _, want := range []string{"method=GET", `pattern="GET /things/{thing}"`, "status=202", "duration=", "id="} {
		if !strings.Contains(got, want) {
			t.Errorf("got %s, want %s in it", got, want)
		}
	}
}

func TestQueriesReportEverythingAtOnce(t *testing.T) {
	t.Parallel()
	r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/?page=0&per_page=101&counted=maybe&order=sideways&user=a&user=b&user=c&search=%00&n=x", nil)
	q := httpapi.QueryOf(r)
	page, counted, order := q.Page(100), q.Bool("counted"), q.Choice("order", "up", "down")
	users, search, n := q.Texts("user", 2), q.Text("search"), q.Int("n", 7, 0, 0)
	if page != (httpapi.Page{Number: 1, Size: 30}) || counted || order != "up" || users != nil || search != "" || n != 7 {
		t.Errorf("got %v %v %v %v %q %d, want defaults", page, counted, order, users, search, n)
	}
	e, ok := errors.AsType[*httpapi.QueryError](q.Err())
	if !ok {
		t.Fatal("got no QueryError")
	}
	var got []string
	for _, f := range e.Fields {
		got = append(got, f.Path[0]+" "+string(f.Code))
	}
	want := []string{"page small", "per_page large", "counted boolean", "order choice", "user large", "search text", "n integer"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-want +got\n%s", diff)
	}
}

func TestAQueryThatCannotBeReadIsAnError(t *testing.T) {
	t.Parallel()
	for _, query := range []string{"user=%zz", "user=a;role=b"} {
		r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/", nil)
		r.URL.RawQuery = query
		if _, ok := errors.AsType[*httpapi.QueryError](httpapi.QueryOf(r).Err()); !ok {
			t.Errorf("%s: got no error", query)
		}
	}
}

func TestPagesCountAndNeverOverflow(t *testing.T) {
	t.Parallel()
	r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/?page=9223372036854775807&per_page=100", nil)
	q := httpapi.QueryOf(r)
	if p := q.Page(100); q.Err() != nil || p.Offset() < 0 {
		t.Errorf("got offset %d, error %v", p.Offset(), q.Err())
	}
	p := httpapi.Page{Number: 3, Size: 10}
	if p.Offset() != 20 || p.Count(0) != 0 || p.Count(10) != 1 || p.Count(11) != 2 {
		t.Errorf("got %d %d %d %d, want 20 0 1 2", p.Offset(), p.Count(0), p.Count(10), p.Count(11))
	}
}

func TestACatchAllKnowsTheOtherMethods(t *testing.T) {
	t.Parallel()
	mux := http.NewServeMux()
	var got []string
	nothing := func(http.ResponseWriter, *http.Request) {}
	mux.HandleFunc("GET /v2/users/{user}", nothing)
	mux.HandleFunc("PATCH /v2/users/{user}", nothing)
	mux.HandleFunc("/v2/", func(_ http.ResponseWriter, r *http.Request) { got = httpapi.Allowed(mux, r) })
	ask(t, mux, http.MethodPost, "/v2/users/a%2Fb")
	if !cmp.Equal(got, []string{"GET", "PATCH"}) {
		t.Errorf("got %v, want GET and PATCH", got)
	}
	if ask(t, mux, http.MethodPost, "/v2/else"); got != nil {
		t.Errorf("got %v, want none", got)
	}
}

func TestBearer(t *testing.T) {
	t.Parallel()
	for header, want := range map[string]string{
		"Bearer abc": "abc", "bearer abc": "abc", "BEARER  abc ": "abc",
		"": "", "Bearer": "", "Bearer ": "", "Basic abc": "", "abc": "",
	} {
		r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/", nil)
		r.Header.Set("Authorization", header)
		if got, ok := httpapi.Bearer(r); ok != (want != "") || ok && got != want {
			t.Errorf("%q: got %q %v, want %q", header, got, ok, want)
		}
	}
}

func TestGuardTurnsAPanicIntoAnError(t *testing.T) {
	t.Parallel()
	err := httpapi.Guard(func() error { panic("broken") })
	if p, ok := errors.AsType[*httpapi.PanicError](err); !ok || p.Value != "broken" {
		t.Errorf("got %v, want the panic", err)
	}
	if err := httpapi.Guard(func() error { return nil }); err != nil {
		t.Errorf("got %v, want none", err)
	}
}

func TestEveryKindHasAStatus(t *testing.T) {
	t.Parallel()
	for kind := authz.Internal; kind <= authz.Unsupported; kind++ {
		if httpapi.StatusOf(kind) < 400 {
			t.Errorf("kind %d has status %d", kind, httpapi.StatusOf(kind))
		}
	}
}

package hooks

import (
	"bufio"
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gatehouse-authz/gatehouse/internal/authz"
	"github.com/gatehouse-authz/gatehouse/internal/ingest"
	"github.com/gatehouse-authz/gatehouse/internal/ingest/logto"
	"github.com/gatehouse-authz/gatehouse/internal/store"
	"github.com/gatehouse-authz/gatehouse/internal/store/storetest"
)

const (
	signingKey = "the-signing-key"
	signIn     = `{"event":"PostSignIn","userId":"bob1","user":{"id":"bob1"}}`
)

func sign(body string) string {
	mac := hmac.New(sha256.New, []byte(signingKey))
	mac.Write([]byte(body))
	return hex.EncodeToString(mac.Sum(nil))
}

// A stand is the door on a listener, with a real store behind it.
type stand struct {
	url   string
	inbox *ingest.Inbox
	store *store.Store
}

func stands(t *testing.T) stand {
	t.Helper()
	s := storetest.Founded(t)
	inbox := &ingest.Inbox{Env: storetest.Env, Source: &logto.Source{SigningKeys: []string{signingKey}}, Store: s, Wake: func() {}}
	door := &Door{Inboxes: map[string]*ingest.Inbox{"logto": inbox}, Log: slog.New(slog.DiscardHandler)}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !Serves(r) {
			http.Error(w, "another door", http.StatusTeapot)
			return
		}
		door.ServeHTTP(w, r)
	}))
	t.Cleanup(server.Close)
	return stand{server.URL, inbox, s}
}

// work is how many subjects wait.
func (s stand) work(t *testing.T) int {
	t.Helper()
	b, err := s.store.Backlog(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return b.Waiting
}

// send sends a request and returns the answer; a redirect is a failure.
func (s stand) send(t *testing.T, method, path string, body io.Reader, signature string) (int, string, http.Header) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, s.url, body)
	if err != nil {
		t.Fatal(err)
	}
	r.URL.Path = path
	if signature != "" {
		r.Header.Set("Logto-Signature-Sha-256", signature)
	}
	client := &http.Client{CheckRedirect: func(r *http.Request, _ []*http.Request) error {
		return fmt.Errorf("redirected to %s", r.URL)
	}}
	answer, err := client.Do(r)
	if err != nil {
		t.Fatalf("%s %s: %v", method, path, err)
	}
	defer func() { _ = answer.Body.Close() }()
	text, err := io.ReadAll(answer.Body)
	if err != nil {
		t.Fatal(err)
	}
	return answer.StatusCode, string(text), answer.Header
}

func TestADeliveryIsAcceptedOnceItIsKept(t *testing.T) {
	t.Parallel()
	s := stands(t)
	for range 2 {
		status, text, header := s.send(t, http.MethodPost, "/hooks/logto", strings.NewReader(signIn), sign(signIn))
		if status != http.StatusAccepted || text != "{\"accepted\":true}\n" || header.Get("Content-Type") != "application/json" {
			t.Errorf("got %d %q", status, text)
		}
		if got := s.work(t); got != 1 {
			t.Errorf("got %d subjects waiting, want 1", got)
		}
	}
	if got, want := s.inbox.Counts(), (ingest.Counts{Accepted: 1, Duplicate: 1}); got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
}

// TestUnusualPathsAreServedAndNeverRedirected: a sender that follows a redirect
// sends a GET without a body, and the delivery is lost.
func TestUnusualPathsAreServedAndNeverRedirected(t *testing.T) {
	t.Parallel()
	s := stands(t)
	for i, path := range []string{"/hooks/logto", "/hooks/logto/", "//hooks/logto", "/hooks//logto", "/hooks/logto//", "/./hooks/logto", "/x/../hooks/logto"} {
		body := fmt.Sprintf(`{"event":"PostSignIn","userId":"bob%d"}`, i)
		if status, text, _ := s.send(t, http.MethodPost, path, strings.NewReader(body), sign(body)); status != http.StatusAccepted {
			t.Errorf("%s: got %d %q, want 202", path, status, text)
		}
	}
	for _, path := range []string{"/", "/hooks", "/hooks/", "/hook/logto", "/v2/hooks/logto", "/hooks/.."} {
		if status, _, _ := s.send(t, http.MethodPost, path, strings.NewReader(signIn), sign(signIn)); status != http.StatusTeapot {
			t.Errorf("%s: got %d, want it to be left to the other doors", path, status)
		}
	}
}

func TestWhatIsRefused(t *testing.T) {
	t.Parallel()
	long := strings.Repeat(" ", maxDelivery+1)
	for name, c := range map[string]struct {
		method, path, signature string
		body                    io.Reader
		want                    int
		refused                 int64
	}{
		"unsigned":       {"POST", "/hooks/logto", "", strings.NewReader(signIn), 401, 1},
		"badly signed":   {"POST", "/hooks/logto", sign("x"), strings.NewReader(signIn), 401, 1},
		"not JSON":       {"POST", "/hooks/logto", sign("x"), strings.NewReader("x"), 400, 1},
		"no body":        {"POST", "/hooks/logto", sign(""), nil, 400, 1},
		"another source": {"POST", "/hooks/nobody", sign(signIn), strings.NewReader(signIn), 404, 0},
		"below a source": {"POST", "/hooks/logto/x", sign(signIn), strings.NewReader(signIn), 404, 0},
		"GET":            {"GET", "/hooks/logto", "", nil, 405, 0},
		"PUT":            {"PUT", "/hooks/logto", sign(signIn), strings.NewReader(signIn), 405, 0},
		"declared long":  {"POST", "/hooks/logto", sign(long), strings.NewReader(long), 413, 1},
		"chunked long":   {"POST", "/hooks/logto", sign(long), io.MultiReader(strings.NewReader(long)), 413, 1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := stands(t)
			status, text, header := s.send(t, c.method, c.path, c.body, c.signature)
			if status != c.want || !strings.HasPrefix(text, `{"accepted":false,"error":"`) || len(text) > 200 {
				t.Errorf("got %d %q, want %d and a short error", status, text, c.want)
			}
			if allow := header.Get("Allow"); (status == 405) != (allow == "POST") {
				t.Errorf("got Allow %q with %d", allow, status)
			}
			if got := s.inbox.Counts(); got != (ingest.Counts{Refused: c.refused}) || s.work(t) != 0 {
				t.Errorf("got %+v, want %d refused and nothing kept", got, c.refused)
			}
		})
	}
}

// TestTheLongestDeliveryIsTaken, declared and chunked.
func TestTheLongestDeliveryIsTaken(t *testing.T) {
	t.Parallel()
	s := stands(t)
	body := signIn + strings.Repeat(" ", maxDelivery-len(signIn))
	for _, r := range []io.Reader{strings.NewReader(body), io.MultiReader(strings.NewReader(body))} {
		if status, text, _ := s.send(t, http.MethodPost, "/hooks/logto", r, sign(body)); status != http.StatusAccepted {
			t.Errorf("got %d %q, want 202", status, text)
		}
	}
}

// TestABodyThatEndsEarlyIsNotADelivery, even if what came is signed and whole.
func TestABodyThatEndsEarlyIsNotADelivery(t *testing.T) {
	t.Parallel()
	s := stands(t)
	conn, err := new(net.Dialer).DialContext(t.Context(), "tcp", strings.TrimPrefix(s.url, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close() }()
	_, err = fmt.Fprintf(conn, "POST /hooks/logto HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\nLogto-Signature-Sha-256: %s\r\n\r\n%s", len(signIn)+10, sign(signIn), signIn)
	if err != nil {
		t.Fatal(err)
	}
	if err := conn.(*net.TCPConn).CloseWrite(); err != nil {
		t.Fatal(err)
	}
	answer, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		t.Fatal(err)
	}
	_ = answer.Body.Close()
	if answer.StatusCode != http.StatusBadRequest || s.work(t) != 0 || s.inbox.Counts().Refused != 1 {
		t.Errorf("got %d, %+v; want 400 and nothing kept", answer.StatusCode, s.inbox.Counts())
	}
}

// full is a store that cannot keep anything.
type full struct{ ingest.DeliveryStore }

func (full) Keep(context.Context, authz.EnvID, string, ingest.Delivery, ...string) (bool, error) {
	return true, errors.New("secret detail of the disk")
}

func TestWhatCannotBeKeptIsNotAccepted(t *testing.T) {
	t.Parallel()
	s := stands(t)
	s.inbox.Store = full{}
	status, text, _ := s.send(t, http.MethodPost, "/hooks/logto", strings.NewReader(signIn), sign(signIn))
	if status != http.StatusInternalServerError || text != "{\"accepted\":false,\"error\":\"the delivery could not be kept\"}\n" {
		t.Errorf("got %d %q, want 500 without detail", status, text)
	}
}

// TestRefusalsAreNotedSparingly: anybody can send what is refused, and a log
// must not grow with it; how many were left out is said.
func TestRefusalsAreNotedSparingly(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var log bytes.Buffer
		door := &Door{Inboxes: map[string]*ingest.Inbox{}, Log: slog.New(slog.NewTextHandler(&log, nil))}
		refuse := func(n int) {
			for range n {
				w := httptest.NewRecorder()
				door.ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/hooks/nobody", nil))
				if w.Code != http.StatusNotFound {
					t.Errorf("got %d, want 404", w.Code)
				}
			}
		}
		noted := func(want int, last string) {
			t.Helper()
			lines := strings.Split(strings.TrimSpace(log.String()), "\n")
			if len(lines) != want || !strings.HasSuffix(lines[len(lines)-1], last) {
				t.Errorf("got %d notes, the last %q; want %d, the last with %s", len(lines), lines[len(lines)-1], want, last)
			}
		}
		refuse(1)
		noted(1, "others_since_last_note=0")
		refuse(7)
		noted(1, "others_since_last_note=0")
		time.Sleep(refusalInterval)
		refuse(3)
		noted(2, "others_since_last_note=7")
		time.Sleep(refusalInterval)
		refuse(1)
		noted(3, "others_since_last_note=2")
	})
}

package hooks

import (
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"path"
	"strings"
	"sync"
	"time"

	"github.com/gatehouse-authz/gatehouse/internal/authz"
	"github.com/gatehouse-authz/gatehouse/internal/httpapi"
	"github.com/gatehouse-authz/gatehouse/internal/ingest"
)

// maxDelivery bounds a delivery, in bytes. Logto's largest are a membership of
// 5,000 ids (about 80 kB) and a user with his custom data, which its own API
// takes in requests of about 1 MB.
const maxDelivery = 4 << 20

// A Door takes deliveries for its inboxes, by the name of their source. It is
// safe for concurrent use.
type Door struct {
	Inboxes map[string]*ingest.Inbox
	Log     *slog.Logger

	refusals refusals
}

// prefix is where webhooks are posted, followed by the name of a source.
const prefix = "/hooks/"

// Serves reports whether a request is for this door. It is asked before any
// router, since routers redirect paths with a trailing or a double slash.
func Serves(r *http.Request) bool {
	// No spelling of the path lacks the word, and most requests do.
	return strings.Contains(r.URL.Path, "hooks/") && strings.HasPrefix(path.Clean("/"+r.URL.Path), prefix)
}

// ServeHTTP takes one delivery. The answer is short, because Logto keeps it in
// its log.
func (d *Door) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	httpapi.Handle(d.accept, d.render).ServeHTTP(w, r)
}

func (d *Door) accept(w http.ResponseWriter, r *http.Request) error {
	inbox, ok := d.Inboxes[path.Clean("/" + r.URL.Path)[len(prefix):]]
	if !ok {
		return authz.Errorf(authz.NotFound, "no webhook is received here; the path is /hooks/ and the name of a source, such as /hooks/logto")
	}
	if r.Method != http.MethodPost {
		w.Header().Set("Allow", http.MethodPost)
		return &httpapi.StatusError{Status: http.StatusMethodNotAllowed, Message: "webhooks are posted"}
	}
	body, err := read(w, r)
	if err != nil {
		inbox.Refuse()
		return err
	}
	if _, err := inbox.Accept(r.Context(), r.Header, body); err != nil {
		return err
	}
	return httpapi.Write(w, http.StatusAccepted, answer{Accepted: true})
}

type answer struct {
	Accepted bool   `json:"accepted"`
	Error    string `json:"error,omitempty"`
}

func read(w http.ResponseWriter, r *http.Request) ([]byte, error) {
	tooLong := &httpapi.StatusError{Status: http.StatusRequestEntityTooLarge, Message: fmt.Sprintf("a delivery is at most %d bytes long", maxDelivery)}
	if r.ContentLength > maxDelivery {
		return nil, tooLong
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxDelivery))
	if _, long := errors.AsType[*http.MaxBytesError](err); long {
		return nil, tooLong
	}
	if err != nil {
		return nil, &httpapi.StatusError{Status: http.StatusBadRequest, Message: "the body ended before its declared length"}
	}
	return body, nil
}

func (d *Door) render(w http.ResponseWriter, r *http.Request, err error) {
	kind := authz.KindOf(err)
	status, message := httpapi.StatusOf(kind), "the delivery could not be kept"
	if e, ok := errors.AsType[*authz.Error](err); ok && kind != authz.Internal {
		message = e.Message
	}
	if e, ok := errors.AsType[*httpapi.StatusError](err); ok {
		status, message = e.Status, e.Message
	}
	switch {
	case status >= 500:
		d.Log.Error("delivery not kept", "path", r.URL.Path, "error", err)
	default:
		d.refusals.note(d.Log, r, status, message)
	}
	_ = httpapi.Write(w, status, answer{Error: message}) // always JSON
}

// refusals notes refused requests in the log, at most one each interval: anybody
// can send them.
type refusals struct {
	mu     sync.Mutex
	next   time.Time
	silent int // refusals since the last note
}

const refusalInterval = 10 * time.Second

func (f *refusals) note(log *slog.Logger, r *http.Request, status int, message string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if time.Now().Before(f.next) {
		f.silent++
		return
	}
	log.Warn("delivery refused", "path", r.URL.Path, "from", r.RemoteAddr, "status", status, "why", message, "others_since_last_note", f.silent)
	f.next, f.silent = time.Now().Add(refusalInterval), 0
}

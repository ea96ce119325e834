package httpapi

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"regexp"
	"runtime/debug"
	"time"
)

// A HandlerFunc answers a request or returns why it did not. It must not return
// an error once it has begun to answer; [Write] keeps that promise.
type HandlerFunc func(w http.ResponseWriter, r *http.Request) error

// A Renderer answers err in the shape of a door, and logs what is our fault.
type Renderer func(w http.ResponseWriter, r *http.Request, err error)

// A PanicError is a bug that [Handle] caught. It is not for callers.
type PanicError struct {
	Value any
	Stack []byte
}

// Error returns the panic and its stack, for logs.
func (e *PanicError) Error() string { return fmt.Sprintf("panic: %v\n%s", e.Value, e.Stack) }

// Handle returns a handler that runs h and lets render answer what h returns.
// A panic is rendered too, unless the answer has begun: then it goes on to
// net/http, which cuts the connection so that nobody takes the rest for whole.
func Handle(h HandlerFunc, render Renderer) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		r = identify(w, r)
		t := &tracker{ResponseWriter: w}
		defer func() {
			v := recover()
			if v == nil {
				return
			}
			err, _ := v.(error)
			if errors.Is(err, http.ErrAbortHandler) || t.status != 0 {
				panic(v)
			}
			render(t, r, &PanicError{Value: v, Stack: debug.Stack()})
		}()
		if err := h(t, r); err != nil {
			render(t, r, err)
		}
	})
}

// Guard runs h and returns a panic in it as a [PanicError]: what [Handle] does for
// panics, without its bookkeeping, for handlers that write their answer at once
// and last.
func Guard(h func() error) (err error) {
	defer func() {
		if v := recover(); v != nil {
			err = &PanicError{Value: v, Stack: debug.Stack()}
		}
	}()
	return h()
}

// Write answers with v as JSON. It returns an error, and has written nothing,
// if v is not JSON; a caller that went away is nobody's error.
func Write(w http.ResponseWriter, status int, v any) error {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		return fmt.Errorf("encode response: %w", err)
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_, _ = w.Write(b.Bytes())
	return nil
}

// Log writes one line for each request that next answers: the route rather than
// the path, and no headers, bodies or query values, since those hold secrets.
func Log(log *slog.Logger, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		r = identify(w, r)
		t := &tracker{ResponseWriter: w}
		start := time.Now()
		aborted := true
		defer func() {
			log.LogAttrs(r.Context(), slog.LevelInfo, "request",
				slog.String("id", RequestID(r.Context())),
				slog.String("method", r.Method),
				slog.String("pattern", r.Pattern),
				slog.Int("status", t.answered()),
				slog.Bool("aborted", aborted),
				slog.Duration("duration", time.Since(start)))
		}()
		next.ServeHTTP(t, r)
		aborted = false
	})
}

// requestIDHeader carries the id of a request in and out.
const requestIDHeader = "X-Request-ID"

var requestID = regexp.MustCompile(`^[0-9a-f]{32}$`)

type requestIDKey struct{}

// RequestID returns the id of the request that ctx belongs to: 32 lower-case hex
// digits, or nothing outside [Handle] and [Log].
func RequestID(ctx context.Context) string {
	id, _ := ctx.Value(requestIDKey{}).(string)
	return id
}

// identify gives the request an id, the caller's own if it looks like ours, and
// says it in the answer.
func identify(w http.ResponseWriter, r *http.Request) *http.Request {
	if RequestID(r.Context()) != "" {
		return r
	}
	id := r.Header.Get(requestIDHeader)
	if !requestID.MatchString(id) {
		var b [16]byte
		_, _ = rand.Read(b[:]) // never fails, says crypto/rand
		id = hex.EncodeToString(b[:])
	}
	w.Header().Set(requestIDHeader, id)
	return r.WithContext(context.WithValue(r.Context(), requestIDKey{}, id))
}

// A tracker remembers the status that was written; 0 is none.
type tracker struct {
	http.ResponseWriter
	status int
}

func (t *tracker) WriteHeader(status int) {
	if t.status == 0 && status >= 200 {
		t.status = status
	}
	t.ResponseWriter.WriteHeader(status)
}

func (t *tracker) Write(b []byte) (int, error) {
	if t.status == 0 {
		t.status = http.StatusOK
	}
	return t.ResponseWriter.Write(b)
}

// Unwrap lets http.ResponseController reach the writer of the server.
func (t *tracker) Unwrap() http.ResponseWriter { return t.ResponseWriter }

// answered is the status as the caller sees it.
func (t *tracker) answered() int {
	if t.status == 0 {
		return http.StatusOK // what net/http sends for a handler that wrote nothing
	}
	return t.status
}

package permit

import (
	"context"
	"io"
	"net"
	"net/http"
	"time"

	"github.com/gatehouse-authz/gatehouse/internal/access"
	"github.com/gatehouse-authz/gatehouse/internal/authz"
	"github.com/gatehouse-authz/gatehouse/internal/directory"
)

// keeping mounts handlers so that the requests that want to change something are
// kept, with their answers: see /v2/history.
type keeping struct {
	Mux
	requests *access.Requests
}

// Handle implements [Mux].
func (k keeping) Handle(pattern string, h http.Handler) { k.Mux.Handle(pattern, keep(k.requests, h)) }

// noted is what is found out about a request while it is answered.
type noted struct {
	key   access.Key
	reach access.Reach
	needs access.Access
}

type notedKey struct{}

// note adds to what is known of r, if it is kept.
func note(r *http.Request, f func(*noted)) {
	if n, ok := r.Context().Value(notedKey{}).(*noted); ok {
		f(n)
	}
}

func reachOf(e authz.Environment) access.Reach {
	return access.Reach{Organization: e.Organization, Project: e.Project, Environment: e.ID}
}

// keep is next, with its requests kept. What nobody known asked is not: anyone could
// fill the log. What is not offered is not either: it changes nothing, and nobody
// knows what is secret in it.
func keep(requests *access.Requests, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if requests == nil || needed(r) == access.Read {
			next.ServeHTTP(w, r)
			return
		}
		at := time.Now()
		n := &noted{needs: access.Write}
		r = r.WithContext(context.WithValue(r.Context(), notedKey{}, n))
		body := &copiedBody{ReadCloser: r.Body}
		r.Body = body
		answer := &copiedAnswer{ResponseWriter: w, status: http.StatusOK}
		next.ServeHTTP(answer, r)
		if n.key.ID == "" || answer.status == http.StatusNotImplemented || answer.status == http.StatusMethodNotAllowed {
			return
		}
		requests.Keep(access.Request{
			ID: directory.NewID(), At: at.UTC(), Key: n.key.ID, Needs: n.needs, Reach: n.reach,
			Method: r.Method, Path: r.URL.EscapedPath(), Status: answer.status, RequestID: w.Header().Get("X-Request-ID"), Client: client(r),
			Body: string(body.begin), Answer: string(answer.begin),
		})
	})
}

// client is the address that the request came from. What a header says of it could be
// anything.
func client(r *http.Request) string {
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		return r.RemoteAddr
	}
	return host
}

// A beginning is as much of a body as is kept.
type beginning []byte

func (b *beginning) add(p []byte) {
	*b = append(*b, p[:min(len(p), access.MostKept-len(*b))]...)
}

// A copiedBody is a body of a request of which the beginning is copied.
type copiedBody struct {
	io.ReadCloser
	begin beginning
}

// Read implements [io.Reader].
func (c *copiedBody) Read(p []byte) (int, error) {
	n, err := c.ReadCloser.Read(p)
	c.begin.add(p[:n])
	return n, err
}

// A copiedAnswer is an answer of which the beginning is copied.
type copiedAnswer struct {
	http.ResponseWriter
	status int
	begun  bool
	begin  beginning
}

// WriteHeader implements [http.ResponseWriter].
func (c *copiedAnswer) WriteHeader(status int) {
	if !c.begun && status >= http.StatusOK {
		c.status, c.begun = status, true
	}
	c.ResponseWriter.WriteHeader(status)
}

// Write implements [http.ResponseWriter].
func (c *copiedAnswer) Write(p []byte) (int, error) {
	c.begun = true
	c.begin.add(p)
	return c.ResponseWriter.Write(p)
}

// Unwrap lets http.ResponseController reach the writer of the server.
func (c *copiedAnswer) Unwrap() http.ResponseWriter { return c.ResponseWriter }

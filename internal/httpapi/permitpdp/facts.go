package permitpdp

import (
	"bytes"
	"context"
	"math"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/gatehouse-authz/gatehouse/internal/authz"
	"github.com/gatehouse-authz/gatehouse/internal/decision"
	"github.com/gatehouse-authz/gatehouse/internal/httpapi"
)

// A client that points its facts at the PDP writes through it and waits until
// decisions see the write: "/facts/…" is the environment of its key, and
// "/v2/facts/{project}/{environment}/…" is meant so where a header says how long to
// wait. Both are the control plane's own answers.

const (
	waitHeader   = "X-Wait-Timeout"
	policyHeader = "X-Timeout-Policy"
)

const (
	factsPath = "/facts"
	planePath = "/v2/facts/"
	usualWait = 10 * time.Second
	// longestWait stands for «as long as it takes»: later the server would have cut
	// the connection.
	longestWait = 20 * time.Second
)

// A waiting is how long a write waits for decisions, and what then.
type waiting struct {
	limit time.Duration
	fail  bool
}

// waitingOf reads the headers. It returns a 400 that names the header.
func waitingOf(r *http.Request) (wait waiting, err error) {
	wait.limit = usualWait
	if text, given := r.Header[http.CanonicalHeaderKey(waitHeader)]; given {
		if wait.limit, err = waitLimit(strings.TrimSpace(text[len(text)-1])); err != nil {
			return wait, err
		}
	}
	switch policy := r.Header.Get(policyHeader); strings.ToLower(policy) {
	case "", "ignore":
	case "fail":
		wait.fail = true
	default:
		return wait, &httpapi.StatusError{Status: http.StatusBadRequest, Message: policyHeader + " must be ignore or fail"}
	}
	return wait, nil
}

// waitLimit reads a number of seconds; none and less than none are no limit.
func waitLimit(text string) (time.Duration, error) {
	if text == "" {
		return longestWait, nil
	}
	seconds, err := strconv.ParseFloat(text, 64)
	if err != nil && !math.IsInf(seconds, 0) || math.IsNaN(seconds) {
		return 0, &httpapi.StatusError{Status: http.StatusBadRequest, Message: waitHeader + " must be a number of seconds"}
	}
	if seconds < 0 || seconds > longestWait.Seconds() {
		return longestWait, nil
	}
	return time.Duration(seconds * float64(time.Second)), nil
}

// facts answers what is below /facts/.
func (a *API) facts(w http.ResponseWriter, r *http.Request) error {
	secret, ok := httpapi.Bearer(r)
	if !ok {
		return authz.Errorf(authz.Unauthorized, "Missing Authorization header")
	}
	key, err := a.Keys.Authenticate(r.Context(), secret)
	if err != nil {
		return err
	}
	env, err := a.Keys.Own(r.Context(), key)
	if err != nil {
		return err
	}
	if a.ControlPlane == nil {
		return unsupported(w, r, decision.Asker{})
	}
	base := planePath + string(env.Project) + "/" + string(env.ID)
	to := *r.URL
	to.Path = base + strings.TrimPrefix(r.URL.Path, factsPath)
	to.RawPath = base + strings.TrimPrefix(r.URL.EscapedPath(), factsPath)
	forwarded := r.Clone(r.Context())
	forwarded.URL = &to
	return a.forward(w, forwarded)
}

// Synced is the control plane for clients that may take it for a PDP: a request for
// facts that says how long to wait is answered as the PDP would.
func (a *API) Synced() http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, waits := r.Header[http.CanonicalHeaderKey(waitHeader)]
		if !strings.HasPrefix(r.URL.Path, planePath) || !waits && r.Header.Get(policyHeader) == "" {
			a.ControlPlane.ServeHTTP(w, r)
			return
		}
		if err := httpapi.Guard(func() error { return a.forward(w, r.Clone(r.Context())) }); err != nil {
			a.render(w, r, err)
		}
	})
}

// forward lets the control plane answer r, which it may change, and then waits if it
// was a write that waits.
func (a *API) forward(w http.ResponseWriter, r *http.Request) error {
	parts := strings.Split(strings.TrimPrefix(r.URL.EscapedPath(), planePath), "/") // project, environment, …
	write := ""
	if len(parts) > 2 {
		write = writeOf(r.Method, parts[2:])
	}
	collapseQuery(r.URL, write == unassigns)
	if write == "" {
		a.ControlPlane.ServeHTTP(w, r)
		return nil
	}
	wait, err := waitingOf(r)
	if err != nil {
		return err
	}
	answer := held{header: http.Header{}, status: http.StatusOK}
	a.ControlPlane.ServeHTTP(&answer, r)
	if err := a.reached(r, parts, answer, wait); err != nil {
		return err
	}
	answer.send(w)
	return nil
}

// reached waits until decisions see the write that was answered.
func (a *API) reached(r *http.Request, parts []string, answer held, wait waiting) error {
	rev, err := strconv.ParseInt(answer.header.Get("X-Gatehouse-Revision"), 10, 64)
	if err != nil || wait.limit == 0 {
		return nil // it wrote nothing, or the caller does not want to wait
	}
	secret, _ := httpapi.Bearer(r)
	key, err := a.Keys.Authenticate(r.Context(), secret)
	if err != nil {
		return err
	}
	project, _ := url.PathUnescape(parts[0])
	name, _ := url.PathUnescape(parts[1])
	env, err := a.Keys.Environment(r.Context(), key, authz.Ident(project), authz.Ident(name))
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(r.Context(), wait.limit)
	defer cancel()
	if err := a.Decisions.Reach(ctx, env.ID, authz.Revision(rev)); err != nil && wait.fail {
		return &httpapi.StatusError{Status: http.StatusFailedDependency, Message: "Timeout waiting for update to be received"}
	}
	return nil
}

// What a write does of which the PDP thinks when it forwards it.
const (
	puts      = "puts"
	unassigns = "unassigns" // and answers with what it took away
)

// writeOf is what a request does if it is one of the writes that wait. The path is
// that below the environment.
func writeOf(method string, path []string) string {
	of := method + " " + path[0]
	if len(path) == 3 && path[0] == "users" && path[2] == "roles" {
		of += "/{}/roles"
	} else if len(path) == 2 {
		of += "/{}"
	} else if len(path) > 1 {
		return ""
	}
	switch of {
	case "POST users", "PUT users/{}", "PATCH users/{}", "POST users/{}/roles", "POST tenants", "POST role_assignments",
		"POST resource_instances", "PATCH resource_instances/{}", "POST relationship_tuples":
		return puts
	case "DELETE users/{}/roles", "DELETE role_assignments":
		return unassigns
	}
	return ""
}

// collapseQuery keeps the last of parameters that are repeated, as the PDP does.
func collapseQuery(u *url.URL, showDeleted bool) {
	values, err := url.ParseQuery(u.RawQuery)
	if err != nil {
		return // the control plane says what is wrong with it
	}
	for name, all := range values {
		values[name] = all[len(all)-1:]
	}
	if showDeleted {
		values.Set("return_deleted", "true")
	}
	u.RawQuery = values.Encode()
}

// held is an answer that is not sent yet.
type held struct {
	header http.Header
	status int
	body   bytes.Buffer
}

// Header implements [http.ResponseWriter].
func (h *held) Header() http.Header { return h.header }

// WriteHeader implements [http.ResponseWriter].
func (h *held) WriteHeader(status int) { h.status = status }

// Write implements [http.ResponseWriter].
func (h *held) Write(b []byte) (int, error) { return h.body.Write(b) }

func (h *held) send(w http.ResponseWriter) {
	for name, values := range h.header {
		w.Header()[name] = values
	}
	w.WriteHeader(h.status)
	_, _ = w.Write(h.body.Bytes()) // a caller that went away is nobody's error
}

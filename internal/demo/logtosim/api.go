package logtosim

import (
	"crypto/sha1" //nolint:gosec // the ETag of Logto's HTTP library; nothing is secured by it
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
)

// maxBody is the greatest request body that is read, koa-body's default of 1 MiB.
const maxBody = 1 << 20

// A served is one method of one route. It returns the status and the body of a
// success; a nil body is none.
type served struct {
	method string
	serve  func(*http.Request) (int, any, error)
	list   func(*http.Request) ([]any, error) // instead of serve, for lists that are paged
}

// A route is a path of the Management API, in Logto's notation and without /api,
// and its methods in the order of the Allow header.
type route struct {
	path    string
	methods []served
}

func (s *Sim) routes() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("POST /oidc/token", s.token)
	for _, r := range []route{
		{"/users", []served{{"GET", nil, s.listUsers}, {"POST", s.createUser, nil}}},
		{"/users/:userId", []served{{"GET", s.getUser, nil}, {"PATCH", s.patchUser, nil}, {"DELETE", s.deleteUser, nil}}},
		{"/users/:userId/custom-data", []served{{"GET", s.getCustomData, nil}, {"PATCH", s.patchCustomData, nil}}},
		{"/users/:userId/profile", []served{{"PATCH", s.patchProfile, nil}}},
		{"/users/:userId/is-suspended", []served{{"PATCH", s.suspendUser, nil}}},
		{"/users/:userId/organizations", []served{{"GET", s.listUserOrganizations, nil}}},
		{"/users/:userId/roles", []served{{"GET", nil, s.listUserRoles}}},
		{"/organizations", []served{{"GET", nil, s.listOrganizations}, {"POST", s.createOrganization, nil}}},
		{"/organizations/:id", []served{
			{"GET", s.getOrganization, nil}, {"PATCH", s.patchOrganization, nil}, {"DELETE", s.deleteOrganization, nil},
		}},
		{"/organizations/:id/users", []served{{"GET", nil, s.listMembers}, {"POST", s.addMembers, nil}}},
		{"/roles", []served{{"GET", nil, s.listRoles}}},
		{"/roles/:id/users", []served{{"GET", nil, s.listHolders}}},
		{"/organizations/:id/users/:userId", []served{{"DELETE", s.removeMember, nil}}},
	} {
		mux.Handle("/api"+pattern(r.path), s.api(r))
	}
	mux.HandleFunc("/api/", notFound)
	mux.HandleFunc("/oidc/", notFound)
	s.pages(mux)
	return mux
}

// pattern writes a path of Logto as one of net/http: :userId is {userId}.
func pattern(path string) string {
	parts := strings.Split(path, "/")
	for i, p := range parts {
		if name, ok := strings.CutPrefix(p, ":"); ok {
			parts[i] = "{" + name + "}"
		}
	}
	return strings.Join(parts, "/")
}

func notFound(w http.ResponseWriter, _ *http.Request) {
	writeText(w, http.StatusNotFound, "Not Found")
}

// api serves one route: the method, then the token, then the request.
func (s *Sim) api(rt route) http.Handler {
	var allow []string
	for _, m := range rt.methods {
		if m.method == http.MethodGet {
			allow = append(allow, http.MethodHead)
		}
		allow = append(allow, m.method)
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		for _, m := range rt.methods {
			if m.method == r.Method || m.method == http.MethodGet && r.Method == http.MethodHead {
				s.answer(w, r, m)
				return
			}
		}
		w.Header().Set("Allow", strings.Join(allow, ", "))
		writeText(w, http.StatusMethodNotAllowed, "Method Not Allowed")
	})
}

func (s *Sim) answer(w http.ResponseWriter, r *http.Request, m served) {
	if err := s.authorize(r); err != nil {
		writeError(w, err)
		return
	}
	r = r.WithContext(withCaller(r))
	r.Body = http.MaxBytesReader(w, r.Body, maxBody)
	status, body, err := http.StatusOK, any(nil), error(nil)
	if m.list != nil {
		body, err = paged(w, r, m.list)
	} else {
		status, body, err = m.serve(r)
	}
	switch {
	case err != nil:
		writeError(w, wire(err))
	case body == nil:
		w.WriteHeader(status)
	case m.method == http.MethodGet:
		writeTagged(w, r, body)
	default:
		writeJSON(w, status, body)
	}
}

// authorize checks the bearer token of a request.
func (s *Sim) authorize(r *http.Request) *Error {
	header := r.Header.Get("Authorization")
	if header == "" {
		return &Error{
			Status: http.StatusUnauthorized, Code: "auth.authorization_header_missing", Message: "Authorization header is missing.",
		}
	}
	token, ok := strings.CutPrefix(header, "Bearer ")
	if !ok {
		return &Error{
			Status: http.StatusUnauthorized, Code: "auth.authorization_token_type_not_supported",
			Message: "Authorization type is not supported.", data: object{{"supportedTypes", []string{"Bearer"}}},
		}
	}
	c, err := s.verify(token)
	if err != nil {
		return err
	}
	if c.Scope != scopeAll {
		return &Error{
			Status: http.StatusForbidden, Code: "auth.forbidden",
			Message: "Forbidden. Please check your user roles and permissions.",
		}
	}
	return nil
}

// readBody reads the JSON object of a request; no body is the empty object.
func readBody(r *http.Request) (Fields, error) {
	raw, err := io.ReadAll(r.Body)
	if _, ok := errors.AsType[*http.MaxBytesError](err); ok {
		return nil, &Error{Status: http.StatusRequestEntityTooLarge, Message: "request entity too large"}
	}
	if err != nil {
		return nil, err
	}
	if len(raw) == 0 {
		return Fields{}, nil
	}
	fields, err := readObject(raw)
	if err == nil {
		return fields, nil
	}
	message := "invalid JSON, only supports object and array" // koa-body's, for a body like 1 or "x"
	if errors.Is(err, io.ErrUnexpectedEOF) {
		message = "Unexpected end of JSON input"
	} else if syntax, ok := errors.AsType[*json.SyntaxError](err); ok {
		message = syntax.Error()
	}
	return nil, &Error{Status: http.StatusBadRequest, Message: message}
}

func writeError(w http.ResponseWriter, err *Error) { writeJSON(w, err.Status, err.body()) }

func writeJSON(w http.ResponseWriter, status int, body any) {
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	writeRaw(w, status, mustStringify(body))
}

func writeText(w http.ResponseWriter, status int, text string) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	writeRaw(w, status, []byte(text))
}

func writeRaw(w http.ResponseWriter, status int, body []byte) {
	w.Header().Set("Content-Length", strconv.Itoa(len(body)))
	w.WriteHeader(status)
	_, _ = w.Write(body) // a caller that has gone is not a failure
}

// writeTagged answers a GET with an ETag, or 304 if the caller has that already.
func writeTagged(w http.ResponseWriter, r *http.Request, body any) {
	raw := mustStringify(body)
	sum := sha1.Sum(raw) //nolint:gosec // see the import
	tag := fmt.Sprintf(`"%x-%s"`, len(raw), base64.StdEncoding.EncodeToString(sum[:])[:27])
	w.Header().Set("Etag", tag)
	if strings.TrimPrefix(r.Header.Get("If-None-Match"), "W/") == tag {
		w.WriteHeader(http.StatusNotModified)
		return
	}
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	writeRaw(w, http.StatusOK, raw)
}

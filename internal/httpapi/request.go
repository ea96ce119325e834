package httpapi

import (
	"net/http"
	"strings"
)

// methods are what a path may be asked with; HEAD comes with GET.
var methods = []string{http.MethodGet, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete}

// Allowed returns the methods that mux has another route for at the path of r.
// A catch-all route asks it to tell «no such path» from «not with this method»,
// because a ServeMux answers 405 only where nothing matches at all
// (golang/go#61410).
func Allowed(mux interface {
	Handler(r *http.Request) (h http.Handler, pattern string)
}, r *http.Request,
) []string {
	var allowed []string
	for _, m := range methods {
		other := r.Clone(r.Context())
		other.Method = m
		if _, pattern := mux.Handler(other); m != r.Method && pattern != "" && pattern != r.Pattern {
			allowed = append(allowed, m)
		}
	}
	return allowed
}

// Bearer returns the token of the Authorization header; ok is false if there is
// none. The scheme may be in any case: some clients write bearer.
func Bearer(r *http.Request) (token string, ok bool) {
	scheme, token, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	token = strings.TrimSpace(token)
	return token, strings.EqualFold(scheme, "Bearer") && token != ""
}

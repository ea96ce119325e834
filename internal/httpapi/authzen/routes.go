package authzen

import (
	"log/slog"
	"mime"
	"net/http"
	"net/url"

	"github.com/gatehouse-authz/gatehouse/internal/access"
	"github.com/gatehouse-authz/gatehouse/internal/authz"
	"github.com/gatehouse-authz/gatehouse/internal/decision"
	"github.com/gatehouse-authz/gatehouse/internal/httpapi"
)

// API is the door. All fields must be set; it is safe for concurrent use.
type API struct {
	Decisions *decision.Service
	Keys      *access.Keys
	PublicURL *url.URL // where callers reach this server, without a slash at the end
	Log       *slog.Logger
}

// Default paths of the specification, section 10.1.
const (
	evaluationPath     = "/access/v1/evaluation"
	evaluationsPath    = "/access/v1/evaluations"
	searchSubjectPath  = "/access/v1/search/subject"
	searchResourcePath = "/access/v1/search/resource"
	searchActionPath   = "/access/v1/search/action"
	metadataPath       = "/.well-known/authzen-configuration"
)

// Mount registers the routes. This is the whole surface; read it first.
func (a *API) Mount(mux *http.ServeMux) {
	for path, h := range map[string]asked{
		evaluationPath:     a.evaluation,
		evaluationsPath:    a.evaluations,
		searchSubjectPath:  a.searchSubject,
		searchResourcePath: a.searchResource,
		searchActionPath:   a.searchAction,
	} {
		mux.Handle("POST "+path, a.own(path, h))
		mux.Handle(path, a.own(path, notThisMethod))
	}
	mux.Handle("/access/v1/", a.own("/access/v1/", nothingHere))
	mux.Handle(metadataPath, a.open(a.metadata))
	mux.Handle(metadataPath+"/", a.open(a.metadata))
}

// asked answers a request with this body about the environment of the caller's key.
type asked func(w http.ResponseWriter, r *http.Request, by decision.Asker) error

// own authenticates and says to h who asks. It stands on the hot path, so it
// does not log requests.
func (a *API) own(path string, h asked) http.Handler {
	return a.open(func(w http.ResponseWriter, r *http.Request) error {
		by, err := a.asker(r, path)
		if err != nil {
			return err
		}
		return h(w, r, by)
	})
}

// open is for everybody.
func (a *API) open(h httpapi.HandlerFunc) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		echoRequestID(w, r)
		if err := httpapi.Guard(func() error { return h(w, r) }); err != nil {
			a.render(w, r, err)
		}
	})
}

const (
	requestIDHeader  = "X-Request-Id" // in the spelling of http.Header
	longestRequestID = 1024           // in bytes
)

// echoRequestID answers with the request identifier that the caller chose, as it
// stands. One that is too long or not printable is not repeated.
func echoRequestID(w http.ResponseWriter, r *http.Request) {
	given := r.Header[requestIDHeader]
	if len(given) == 0 || given[0] == "" || len(given[0]) > longestRequestID {
		return
	}
	for _, b := range []byte(given[0]) {
		if b < ' ' || b == 0x7f {
			return
		}
	}
	w.Header()[requestIDHeader] = given[:1]
}

// asker is who asks at a path, and so about which environment.
func (a *API) asker(r *http.Request, path string) (by decision.Asker, err error) {
	secret, ok := httpapi.Bearer(r)
	if !ok {
		return by, authz.Errorf(authz.Unauthorized, "an API key is required, as Authorization: Bearer")
	}
	key, err := a.Keys.Decider(r.Context(), secret)
	return decision.Asker{Env: key.Environment, Key: key.ID, Door: path}, err
}

// maxBody bounds a request, in bytes.
const maxBody = 1 << 20

// body reads the body of a request that declares JSON, as section 10.1 demands.
func body(w http.ResponseWriter, r *http.Request) ([]byte, error) {
	if given := r.Header.Get("Content-Type"); given != "application/json" {
		if media, _, err := mime.ParseMediaType(given); err != nil || media != "application/json" {
			return nil, &httpapi.StatusError{Status: http.StatusBadRequest, Message: "the header Content-Type must be application/json"}
		}
	}
	return httpapi.Body(w, r, maxBody)
}

func notThisMethod(w http.ResponseWriter, r *http.Request, _ decision.Asker) error {
	w.Header().Set("Allow", http.MethodPost)
	return &httpapi.StatusError{Status: http.StatusMethodNotAllowed, Message: r.Method + " is not allowed here; use POST"}
}

func nothingHere(_ http.ResponseWriter, r *http.Request, _ decision.Asker) error {
	return authz.Errorf(authz.NotFound, "there is no %s", r.URL.Path)
}

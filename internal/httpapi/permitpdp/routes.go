package permitpdp

import (
	"log/slog"
	"net/http"
	"strconv"
	"strings"

	"github.com/gatehouse-authz/gatehouse/internal/access"
	"github.com/gatehouse-authz/gatehouse/internal/authz"
	"github.com/gatehouse-authz/gatehouse/internal/decision"
	"github.com/gatehouse-authz/gatehouse/internal/httpapi"
)

// API is the door. Decisions, Keys and Log must be set; it is safe for concurrent use.
type API struct {
	Decisions *decision.Service
	Keys      *access.Keys
	Log       *slog.Logger

	// KongRoutes are tried in order. Nil means that there is no Kong, and its
	// questions are refused.
	KongRoutes []KongRoute

	// Ready says why decisions cannot be asked for; nil if they always can.
	Ready func(r *http.Request) error
	// ControlPlane answers /v2/facts/…; nil if there is none, and /facts/… is refused.
	ControlPlane http.Handler
}

// Mount registers the routes. This is the whole surface; read it first.
func (a *API) Mount(mux *http.ServeMux) {
	for path, h := range map[string]asked{
		"/allowed":                a.allowed,
		"/allowed/bulk":           a.bulk,
		"/allowed/all-tenants":    a.allTenants,
		"/user-permissions":       a.userPermissions,
		"/user-tenants":           a.userTenants,
		"/authorized_users":       a.authorizedUsers,
		"/nginx_allowed":          a.nginx,
		"/kong":                   a.kong,
		"/allowed_url":            a.allowedURL,
		"/data-updater/trigger":   trigger,
		"/policy-updater/trigger": trigger,
		"/update_policy":          leads("/policy-updater/trigger"),
		"/update_policy_data":     leads("/data-updater/trigger"),

		"/v1/data/permit/root":                         a.opaRoot(),
		"/v1/data/permit/bulk":                         a.opaBulk(),
		"/v1/data/permit/any_tenant":                   a.opaTenants(),
		"/v1/data/permit/all_tenants":                  a.opaTenants(),
		"/v1/data/permit/user_permissions":             a.opaPermissions(),
		"/v1/data/permit/user_permissions/permissions": a.opaOnlyPermissions(),
	} {
		mux.Handle("POST "+path, a.own(path, h))
		mux.Handle(path, a.own(path, only(http.MethodPost)))
	}
	for path, h := range map[string]asked{"/local/role_assignments": a.localAssignments, "/version": version} {
		mux.Handle("GET "+path, a.own(path, h))
		mux.Handle(path, a.own(path, only(http.MethodGet)))
	}
	for _, path := range healthPaths {
		mux.Handle("GET "+path, a.open(a.health))
		mux.Handle(path, a.open(func(w http.ResponseWriter, r *http.Request) error {
			return only(http.MethodGet)(w, r, decision.Asker{})
		}))
	}
	mux.Handle(factsPath+"/", a.open(a.facts))
	for _, path := range notOffered {
		mux.Handle(path, a.own(path, unsupported))
	}
}

// notOffered are the paths of Permit's PDP that are known and answer 501.
var notOffered = []string{
	"/local/", "/v1/data/permit/",
	"/callbacks", "/callbacks/", "/cloud/", "/sdk/", "/control-plane/", "/opal-server/", "/healthchecks/opa/", "/policy-store/config",
	"/trino/", "/_exit",
}

// asked answers a request about the environment of the caller's key.
type asked func(w http.ResponseWriter, r *http.Request, by decision.Asker) error

// own authenticates and says to h who asks. It stands on the hot path, so it
// does not name or log requests.
func (a *API) own(path string, h asked) http.Handler {
	return a.open(func(w http.ResponseWriter, r *http.Request) error {
		by, err := a.asker(r, path)
		if err != nil {
			return err
		}
		if err := a.await(r, by.Env); err != nil {
			return err
		}
		return h(w, r, by)
	})
}

// open lets h answer whoever asks.
func (a *API) open(h httpapi.HandlerFunc) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if err := httpapi.Guard(func() error { return h(w, r) }); err != nil {
			a.render(w, r, err)
		}
	})
}

// asker is who asks at a path, and so about which environment.
func (a *API) asker(r *http.Request, path string) (by decision.Asker, err error) {
	secret, ok := httpapi.Bearer(r)
	if !ok {
		return by, authz.Errorf(authz.Unauthorized, "Missing Authorization header")
	}
	key, err := a.Keys.Decider(r.Context(), secret)
	_, shadow := r.Header[shadowHeader]
	return decision.Asker{Env: key.Environment, Key: key.ID, Door: path, Shadow: shadow}, err
}

// shadowHeader marks questions of another Gatehouse that compares its answers with
// these: were they compared in turn, two that ask each other would never end.
const shadowHeader = "X-Gatehouse-Shadow"

// minRevisionHeader carries the revision that the answer must at least have seen:
// what X-Gatehouse-Revision said in the answer to a write.
const minRevisionHeader = "X-Gatehouse-Min-Revision"

// await waits for the revision that the caller must see, if it names one.
func (a *API) await(r *http.Request, env authz.EnvID) error {
	text := r.Header.Get(minRevisionHeader)
	if text == "" {
		return nil
	}
	rev, err := strconv.ParseInt(text, 10, 64)
	if err != nil || rev < 0 {
		return &httpapi.StatusError{Status: http.StatusBadRequest, Message: minRevisionHeader + " is not a revision: it is a number that X-Gatehouse-Revision said"}
	}
	return a.Decisions.Await(r.Context(), env, authz.Revision(rev))
}

// only refuses all methods but one.
func only(method string) asked {
	return func(w http.ResponseWriter, _ *http.Request, _ decision.Asker) error {
		w.Header().Set("Allow", method)
		return &httpapi.StatusError{Status: http.StatusMethodNotAllowed, Message: "Method Not Allowed"}
	}
}

func unsupported(_ http.ResponseWriter, r *http.Request, _ decision.Asker) error {
	return authz.Errorf(authz.Unsupported, "Gatehouse does not offer %s %s yet", r.Method, strings.TrimSuffix(r.URL.Path, "/"))
}

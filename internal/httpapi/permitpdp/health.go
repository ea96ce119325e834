package permitpdp

import (
	"net/http"
	"slices"

	"github.com/gatehouse-authz/gatehouse/internal/decision"
	"github.com/gatehouse-authz/gatehouse/internal/httpapi"
)

// healthPaths are for everybody, and answer while the engine loads.
var healthPaths = []string{"/health", "/healthy", "/ready"}

// IsHealth reports whether a request is for a path that answers everybody, at any
// time.
func IsHealth(r *http.Request) bool { return slices.Contains(healthPaths, r.URL.Path) }

type healthWire struct {
	Status     string               `json:"status"`
	Components map[string]component `json:"components"`
}

// A component is a part of Permit's PDP: horizon is the server, opa the engine, and
// cache what the PDP keeps answers in, here the engine's snapshot.
type component struct {
	Status string `json:"status"`
	Error  string `json:"error,omitempty"`
}

var working = component{Status: "ok"}

// health answers whether decisions can be asked for.
func (a *API) health(w http.ResponseWriter, r *http.Request) error {
	q := httpapi.QueryOf(r)
	cache := q.Bool("check_cache")
	if err := q.Err(); err != nil {
		return err
	}
	status, engine, out := http.StatusOK, working, healthWire{Status: "ok"}
	if a.Ready != nil {
		if err := a.Ready(r); err != nil {
			status, out.Status, engine = http.StatusServiceUnavailable, "error", component{Status: "error", Error: "decisions are not available"}
		}
	}
	out.Components = map[string]component{"horizon": working, "opa": engine}
	if cache {
		out.Components["cache"] = engine
	}
	return httpapi.Write(w, status, out)
}

// apiVersion is that of the PDP's API, not of Gatehouse.
const apiVersion = 4

func version(w http.ResponseWriter, _ *http.Request, _ decision.Asker) error {
	return httpapi.Write(w, http.StatusOK, map[string]int{"api_version": apiVersion})
}

// trigger answers a request to look for changes: there are none that are not seen.
func trigger(w http.ResponseWriter, _ *http.Request, _ decision.Asker) error {
	return httpapi.Write(w, http.StatusOK, map[string]string{"status": "ok"})
}

// leads answers with where a path of before is today.
func leads(to string) asked {
	return func(w http.ResponseWriter, _ *http.Request, _ decision.Asker) error {
		w.Header().Set("Location", to)
		return httpapi.Write(w, http.StatusTemporaryRedirect, failure{Detail: "this is " + to})
	}
}

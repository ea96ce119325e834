package console

import (
	"context"
	"net/http"

	"github.com/gatehouse-authz/gatehouse/internal/access"
	"github.com/gatehouse-authz/gatehouse/internal/authz"
	"github.com/gatehouse-authz/gatehouse/internal/httpapi"
)

// Connections is how an environment is connected to Logto.
type Connections interface {
	// Connection says what is in use in the environment, without secrets.
	Connection(ctx context.Context, env authz.EnvID) (Connection, error)
	// Connect checks what w says, sets Logto and the environment up, and reports what
	// it did. An error means that nothing has changed here: Invalid if Logto cannot be
	// asked so, Conflict if the environment cannot be connected.
	Connect(ctx context.Context, env authz.EnvID, w ConnectionWish) ([]Step, error)
	// Checkup looks for what is wrong.
	Checkup(ctx context.Context, env authz.EnvID) ([]Finding, error)
	// RawUser asks Logto what it says of a user. The error is NotFound if Logto has
	// none, Conflict if it cannot be asked and Unavailable if it does not answer.
	RawUser(ctx context.Context, env authz.EnvID, user authz.UserKey) (RawUser, error)
}

// A Connection is how Logto is reached, without secrets.
type Connection struct {
	Connected   bool   `json:"connected"` // the Management API is in use
	Endpoint    string `json:"endpoint"`
	AppID       string `json:"app_id"`
	BySettings  bool   `json:"by_settings"`  // the server's settings say so, and not what is stored
	SigningKeys int    `json:"signing_keys"` // how many are accepted
	Webhook     string `json:"webhook"`      // address of the webhook; empty if Logto could not reach it
}

// A ConnectionWish is how Logto is to be reached. All of it may be empty where the
// server's settings say it.
type ConnectionWish struct {
	Endpoint  string `json:"endpoint"`
	AppID     string `json:"app_id"`
	AppSecret string `json:"app_secret"`
	Resource  string `json:"resource"`
	PublicURL string `json:"public_url"` // of Gatehouse, as Logto sees it
}

// A Step is a thing that was done, or was not.
type Step struct {
	Name   string `json:"step"`
	Done   bool   `json:"done"`
	Detail string `json:"detail"`
}

// A Finding is something that was looked at.
type Finding struct {
	Check  string `json:"check"`
	OK     bool   `json:"ok"`
	Detail string `json:"detail"` // what is so, or what is wrong with the remedy
}

type connectedRead struct {
	Steps []Step `json:"steps"`
}

type checkupRead struct {
	Findings []Finding `json:"findings"`
}

func (a *API) mountConnection(mux *http.ServeMux) {
	const path = " /console/v1/projects/{proj}/envs/{env}/logto/"
	mux.Handle("GET"+path+"connection", httpapi.Handle(a.inEnvironment(access.Read, a.readConnection), a.render))
	mux.Handle("PUT"+path+"connection", httpapi.Handle(a.inEnvironment(access.Admin, a.connect), a.render))
	mux.Handle("GET"+path+"checkup", httpapi.Handle(a.inEnvironment(access.Read, a.checkup), a.render))
}

// readConnection answers how Logto is reached, without secrets.
func (a *API) readConnection(w http.ResponseWriter, r *http.Request, c caller) error {
	is, err := a.Connections.Connection(r.Context(), c.env.ID)
	if err != nil {
		return err
	}
	return httpapi.Write(w, http.StatusOK, is)
}

// connect connects the environment and answers step by step what was done. It hands
// out users' data, so it needs a key that may do everything.
func (a *API) connect(w http.ResponseWriter, r *http.Request, c caller) error {
	wish, err := httpapi.Read[ConnectionWish](w, r)
	if err != nil {
		return err
	}
	steps, err := a.Connections.Connect(r.Context(), c.env.ID, wish)
	if err != nil {
		return err
	}
	return httpapi.Write(w, http.StatusOK, connectedRead{Steps: steps})
}

// checkup answers what is wrong between Logto and the environment. It asks Logto.
func (a *API) checkup(w http.ResponseWriter, r *http.Request, c caller) error {
	findings, err := a.Connections.Checkup(r.Context(), c.env.ID)
	if err != nil {
		return err
	}
	return httpapi.Write(w, http.StatusOK, checkupRead{Findings: findings})
}

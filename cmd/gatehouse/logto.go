package main

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"time"

	"github.com/gatehouse-authz/gatehouse/internal/httpapi/console"
)

type logtoCommand struct {
	Connect connectCommand `cmd:"" help:"Connect a running server to Logto: credentials, webhook, signing key, backfill."`
}

type connectCommand struct {
	remote
	Endpoint      string `help:"Address of Logto." env:"GATEHOUSE_LOGTO_ENDPOINT"`
	AppID         string `help:"Id of a machine-to-machine app with the Management API scope \"all\"." env:"GATEHOUSE_LOGTO_APP_ID"`
	AppSecret     string `help:"Secret of that app." env:"GATEHOUSE_LOGTO_APP_SECRET"`
	AppSecretFile string `help:"File that holds --app-secret." env:"GATEHOUSE_LOGTO_APP_SECRET_FILE"`
	Resource      string `help:"Indicator of the Management API; otherwise that of a self-hosted Logto." env:"GATEHOUSE_LOGTO_RESOURCE"`
	PublicURL     string `help:"Address of Gatehouse as Logto sees it; otherwise what the server knows." env:"GATEHOUSE_PUBLIC_URL"`
}

// Help is what gatehouse logto connect --help adds.
func (*connectCommand) Help() string {
	return `Examples:

  gatehouse logto connect --endpoint https://auth.example.com --app-id … --app-secret-file /run/secrets/logto \
    --public-url https://authz.example.com --api-key-file /run/secrets/gatehouse
      Check the app, make or repair the webhook in Logto, keep both encrypted in the database, and begin the backfill.

  gatehouse logto connect
      With a server whose settings name Logto: make or repair the webhook.

The API key needs admin access. It can be run again at any time.

Exit codes: 0 connected, 1 failed or not all was done, 2 the command line is wrong.`
}

// errNotAll is the failure of a command that said already what is wrong.
var errNotAll = errors.New("not everything is well, see above")

// Run connects and prints what was done.
func (c *connectCommand) Run(e *environment) error {
	if err := c.key(); err != nil {
		return err
	}
	if err := fromFile("GATEHOUSE_LOGTO_APP_SECRET", c.AppSecretFile, &c.AppSecret); err != nil {
		return err
	}
	wish := console.ConnectionWish{Endpoint: c.Endpoint, AppID: c.AppID, AppSecret: c.AppSecret, Resource: c.Resource, PublicURL: c.PublicURL}
	var did struct{ Steps []console.Step }
	if _, err := c.call(e.ctx, http.MethodPut, "/logto/connection", wish, &did); err != nil {
		return err
	}
	all := true
	for _, s := range did.Steps {
		all = all && s.Done
		mark(e.stdout, s.Done, s.Name, s.Detail)
	}
	if !all {
		return errNotAll
	}
	return nil
}

// mark prints one thing and whether it is well.
func mark(w io.Writer, ok bool, name, detail string) {
	sign := "ok    "
	if !ok {
		sign = "WRONG "
	}
	_, _ = fmt.Fprintf(w, "%s %-18s %s\n", sign, name, detail)
}

type doctorCommand struct{ remote }

// Help is what gatehouse doctor --help adds.
func (*doctorCommand) Help() string {
	return `Looks at a running server and its Logto, and names what is wrong with the remedy: the server, the API key, the clock, Logto,
its app's credentials and scope, the webhook, its signing key, redirects before it, and the last sweep.

Exit codes: 0 all is well, 1 something is wrong, 2 the command line is wrong.`
}

// skewed is how far clocks may differ, in both directions, with the way between.
const skewed = 30 * time.Second

// Run prints what was looked at.
func (c *doctorCommand) Run(e *environment) error {
	if err := c.key(); err != nil {
		return err
	}
	var found struct{ Findings []console.Finding }
	began := time.Now()
	date, err := c.call(e.ctx, http.MethodGet, "/logto/checkup", nil, &found)
	if errors.Is(err, errUnreachable) {
		mark(e.stdout, false, "server", err.Error())
		return errNotAll
	}
	mark(e.stdout, true, "server", "it answers at "+c.URL)
	all := true
	if !date.IsZero() && (date.Before(began.Add(-skewed)) || date.After(time.Now().Add(skewed))) {
		all = false
		mark(e.stdout, false, "clock", fmt.Sprintf("the server's clock says %s and this one %s: set both by NTP", date.UTC().Format(time.RFC3339), began.UTC().Format(time.RFC3339)))
	}
	if err != nil {
		mark(e.stdout, false, "API key", err.Error())
		return errNotAll
	}
	mark(e.stdout, true, "API key", "it reaches the environment")
	for _, f := range found.Findings {
		all = all && f.OK
		mark(e.stdout, f.OK, f.Check, f.Detail)
	}
	if !all {
		return errNotAll
	}
	return nil
}

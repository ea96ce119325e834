package main

import (
	"errors"
	"fmt"
	"io"
	"net/http"

	"github.com/gatehouse-authz/gatehouse/internal/httpapi/console"
)

type logtoCommand struct {
	Connect connectCommand `cmd:"" help:"Connect a running server to Logto: credentials, webhook, signing key, backfill."`
}

type connectCommand struct {
	caller        `embed:""`
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
	if err := c.prepare(e.ctx); err != nil {
		return err
	}
	if err := fromFile("GATEHOUSE_LOGTO_APP_SECRET", c.AppSecretFile, &c.AppSecret); err != nil {
		return err
	}
	wish := console.ConnectionWish{Endpoint: c.Endpoint, AppID: c.AppID, AppSecret: c.AppSecret, Resource: c.Resource, PublicURL: c.PublicURL}
	var did struct{ Steps []console.Step }
	if err := c.call(e.ctx, http.MethodPut, c.path+"/logto/connection", wish, &did); err != nil {
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

package main

import (
	"context"
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
	caller        `embed:""`
	Endpoint      string        `help:"Address of Logto." env:"GATEHOUSE_LOGTO_ENDPOINT"`
	AppID         string        `help:"Id of a machine-to-machine app with the Management API scope \"all\"." env:"GATEHOUSE_LOGTO_APP_ID"`
	AppSecret     string        `help:"Secret of that app." env:"GATEHOUSE_LOGTO_APP_SECRET"`
	AppSecretFile string        `help:"File that holds --app-secret." env:"GATEHOUSE_LOGTO_APP_SECRET_FILE"`
	Resource      string        `help:"Indicator of the Management API; otherwise that of a self-hosted Logto." env:"GATEHOUSE_LOGTO_RESOURCE"`
	Wait          time.Duration `help:"How long to show how far the backfill is; 0: not at all. It goes on in the server." default:"10m"`
	PublicURL     string        `help:"Address of Gatehouse as Logto sees it; otherwise what the server knows." env:"GATEHOUSE_PUBLIC_URL"`
}

// Help is what gatehouse logto connect --help adds.
func (*connectCommand) Help() string {
	return `Examples:

  gatehouse logto connect --endpoint https://auth.example.com --app-id … --app-secret-file /run/secrets/logto \
    --public-url https://authz.example.com --api-key-file /run/secrets/gatehouse
      Check the app, make or repair the webhook in Logto, keep both encrypted in the database, and begin the backfill, and show how far it is.

  gatehouse logto connect --wait 0
      With a server whose settings name Logto: make or repair the webhook.

The API key needs admin access. It can be run again at any time. Interrupted, or after --wait, the backfill goes on in the server.

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
	before, err := c.swept(e.ctx)
	if err != nil {
		return err
	}
	if err := c.call(e.ctx, http.MethodPut, c.path+"/logto/connection", wish, &did); err != nil {
		return err
	}
	all := true
	for _, s := range did.Steps {
		all = all && s.Done
		mark(e.stdout, s.Done, s.Name, s.Detail)
	}
	if err := c.backfill(e, before); err != nil {
		return err
	}
	if !all {
		return errNotAll
	}
	return nil
}

// swept is when the last sweep began; zero if there was none, or there is never one.
func (c *caller) swept(ctx context.Context) (time.Time, error) {
	s, err := c.sweep(ctx)
	if r, refused := errors.AsType[*refusal](err); refused && r.status == http.StatusNotFound {
		return time.Time{}, nil
	}
	if err != nil || s == nil || s.StartedAt == nil {
		return time.Time{}, err
	}
	return *s.StartedAt, nil
}

// backfill shows how far the sweep is that begins after another, until it has ended or
// nobody waits any more: the server goes on alone.
func (c *connectCommand) backfill(e *environment, before time.Time) error {
	if c.Wait <= 0 {
		return nil
	}
	var last *sweep
	err := c.follow(e, c.Wait, func(_ context.Context, s *sweep) (bool, error) {
		last = s
		return s.StartedAt != nil && s.StartedAt.After(before) && s.Phase == "" && (s.Error != "" || s.Remaining == 0), nil
	})
	refused, is := errors.AsType[*refusal](err)
	switch {
	case errors.Is(err, errLate), e.ctx.Err() != nil:
		mark(e.stdout, true, "backfill", "it goes on in the server; gatehouse sync status shows how far it is")
		return nil
	case is && refused.status == http.StatusNotFound: // nothing is ever gone through
		return nil
	case err != nil:
		return err
	case last.Error != "":
		mark(e.stdout, false, "backfill", fmt.Sprintf("it failed and comes again: %q", last.Error))
		return errNotAll
	}
	mark(e.stdout, true, "backfill", last.String())
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

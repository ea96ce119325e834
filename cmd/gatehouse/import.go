package main

import (
	"fmt"
	"io"
	"net/http"
	"time"

	"github.com/gatehouse-authz/gatehouse/internal/mirror"
	"github.com/gatehouse-authz/gatehouse/internal/mirror/permitapi"
)

type importCommand struct {
	Permit importPermit `cmd:"" help:"Read a whole account of Permit.io into an environment."`
}

type importPermit struct {
	caller `embed:""`

	From            string `name:"api-url" help:"Address of the account's API." default:"https://api.permit.io" env:"GATEHOUSE_IMPORT_API_URL"`
	FromKey         string `name:"key" help:"API key of the account that may read; better given by its variable or file." env:"GATEHOUSE_IMPORT_KEY"`
	FromKeyFile     string `name:"key-file" help:"File that holds --key." env:"GATEHOUSE_IMPORT_KEY_FILE"`
	FromProject     string `name:"from-project" help:"Project in the account, where the key is not an environment's own." env:"GATEHOUSE_IMPORT_PROJECT"`
	FromEnvironment string `name:"from-env" help:"Environment in the account, likewise." env:"GATEHOUSE_IMPORT_ENVIRONMENT"`
	Requests        int    `help:"Requests a minute that the account allows." default:"1000" env:"GATEHOUSE_IMPORT_REQUESTS"`
}

// importTimeout bounds a request of the import: thousands of things are written at once.
const importTimeout = 2 * time.Minute

// Help is what gatehouse import permit --help adds.
func (*importPermit) Help() string {
	return `Examples:

  GATEHOUSE_API_KEY_FILE=/run/secrets/gatehouse gatehouse import permit --key-file /run/secrets/permit
      Everything of the environment that the key of Permit.io reaches, into the one of the server at
      http://127.0.0.1:7766.

  gatehouse import permit --api-url https://api.eu.permit.io --key-file permit.key --url https://authz.example.com
      Of another region, into another server.

The account is only read. What is here besides stays; what is here by the same key becomes what the account has. It may
be run again at any time: what is equal costs no write.

Exit codes: 0 everything is here, 1 failed, 2 the command line is wrong, 3 some of it was refused.`
}

// Run imports, and reports what has no counterpart.
func (c *importPermit) Run(e *environment) error {
	if err := fromFile("GATEHOUSE_IMPORT_KEY", c.FromKeyFile, &c.FromKey); err != nil {
		return err
	}
	from := &permitapi.Client{
		API: c.From, Key: c.FromKey, Project: c.FromProject, Env: c.FromEnvironment, Patient: true, Setting: "GATEHOUSE_IMPORT_",
		Pace: &mirror.Pace{Limits: mirror.Limits{All: mirror.Limit{Requests: c.Requests, In: time.Minute}}, Clock: mirror.Wall{}},
	}
	if err := from.Validate(); err != nil {
		return err
	}
	if err := c.prepare(e.ctx); err != nil {
		return err
	}
	into := &permitapi.Client{
		API: c.URL, Key: c.APIKey, Project: c.Project, Env: c.Env, Patient: true, Setting: "GATEHOUSE_", Pace: &mirror.Pace{Clock: mirror.Wall{}},
		HTTP: &http.Client{Timeout: importTimeout},
	}
	there, err := from.Begin(e.ctx)
	if err != nil {
		return err
	}
	here, err := into.Begin(e.ctx)
	if err != nil {
		return err
	}
	if there == here {
		return exit{exitUsage, "the account and the server are the same environment"}
	}
	progress := &importProgress{w: e.stdout}
	copied, err := (&mirror.Copy{From: from, To: into, Tell: progress.tell}).Run(e.ctx)
	if err != nil {
		return fmt.Errorf("the import came to no end; run it again to go on: %w", err)
	}
	others, err := from.Others(e.ctx)
	if err != nil {
		return err
	}
	return report(e.stdout, copied, others)
}

// An importProgress shows how far an import is, each kind at most once a second.
type importProgress struct {
	w    io.Writer
	last time.Time
	kind mirror.Kind
}

func (p *importProgress) tell(k mirror.Copied) {
	if k.Kind == p.kind && time.Since(p.last) < time.Second {
		return
	}
	p.kind, p.last = k.Kind, time.Now()
	_, _ = fmt.Fprintf(p.w, "%s: %d read, %d made, %d changed\n", k.Kind, k.Read, k.Made, k.Changed)
}

// report says what came of an import, and what has no counterpart.
func report(w io.Writer, copied []mirror.Copied, others []permitapi.Other) error {
	refused := 0
	_, _ = fmt.Fprintf(w, "%-12s %8s %8s %8s %8s %8s\n", "", "read", "made", "changed", "equal", "refused")
	for _, k := range copied {
		// What was made or changed may have been found equal in a later look.
		equal := max(k.Read-k.Made-k.Changed-len(k.Refused), 0)
		_, _ = fmt.Fprintf(w, "%-12s %8d %8d %8d %8d %8d\n", k.Kind, k.Read, k.Made, min(k.Changed, k.Read-k.Made), equal, len(k.Refused))
		refused += len(k.Refused)
	}
	for _, k := range copied {
		for _, r := range k.Refused {
			_, _ = fmt.Fprintf(w, "  %s %q: %q\n", r.Kind, r.Key, r.Reason)
		}
	}
	for _, o := range others {
		_, _ = fmt.Fprintf(w, "not imported: %d %s (%s)\n", o.N, o.What, o.Why)
	}
	_, _ = fmt.Fprintf(w, "not looked at: members of tenants without a role, attributes named v1compat, settings of the account\n")
	if refused > 0 {
		return exit{exitDifferent, fmt.Sprintf("%d things were refused", refused)}
	}
	return nil
}

package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"time"
)

// More exit codes, of gatehouse sync.
const (
	exitDifferent = 3 // Gatehouse is not what Logto is
	exitUnknown   = 4 // nothing may be claimed
)

type syncCommand struct {
	Status syncStatus `cmd:"" help:"Show the last comparison with Logto, how far the sweep is and what was delivered."`
	Verify syncVerify `cmd:"" help:"Go through everything in Logto and compare."`
	Repair syncRepair `cmd:"" help:"Show what differs from Logto; with --yes have it looked at again."`
}

const syncExits = `
Exit codes: 0 equal, 1 failed, 2 the command line is wrong, 3 different, 4 not known.`

type syncStatus struct {
	caller `embed:""`
}

// Help is what gatehouse sync status --help adds.
func (*syncStatus) Help() string {
	return `Examples:

  GATEHOUSE_API_KEY_FILE=/run/secrets/gatehouse gatehouse sync status
      What the server at http://127.0.0.1:7766 knows.

  gatehouse sync status --url https://authz.example.com
      The same of another.
` + syncExits
}

// Run shows the status.
func (c *syncStatus) Run(e *environment) error {
	if err := c.prepare(e.ctx); err != nil {
		return err
	}
	p, err := c.proof(e.ctx)
	if err != nil {
		return err
	}
	s, err := c.source(e.ctx)
	if err != nil {
		return err
	}
	w, err := c.backlog(e.ctx)
	if err != nil {
		return err
	}
	p.show(e.stdout)
	s.show(e.stdout)
	w.show(e.stdout)
	return p.verdict()
}

type syncVerify struct {
	caller  `embed:""`
	Timeout time.Duration `help:"How long to wait for the end of the sweep." default:"10m"`
}

// Help is what gatehouse sync verify --help adds.
func (*syncVerify) Help() string {
	return `Examples:

  gatehouse sync verify
      Begin a sweep, wait for its end and for what it found, and say whether all is equal.

  gatehouse sync verify --timeout 1h && echo equal
      With a large Logto, in a script.
` + syncExits
}

// Run verifies.
func (c *syncVerify) Run(e *environment) error {
	if err := c.prepare(e.ctx); err != nil {
		return err
	}
	return c.await(e, "sweep", c.Timeout)
}

type syncRepair struct {
	caller  `embed:""`
	Yes     bool          `help:"Do it; otherwise only what would be done is shown."`
	Timeout time.Duration `help:"How long to wait for the end of the sweep." default:"10m"`
}

// Help is what gatehouse sync repair --help adds.
func (*syncRepair) Help() string {
	return `Examples:

  gatehouse sync repair
      The plan: what differs, and why. Nothing is done.

  gatehouse sync repair --yes
      Have each looked at again and made what Logto says of it then; sweep, and say whether all is equal.
` + syncExits
}

// Run shows the plan, and with Yes carries it out.
func (c *syncRepair) Run(e *environment) error {
	if err := c.prepare(e.ctx); err != nil {
		return err
	}
	p, err := c.proof(e.ctx)
	if err != nil {
		return err
	}
	p.showDifferences(e.stdout)
	if !c.Yes {
		if p.Total > 0 {
			_, _ = fmt.Fprintln(e.stdout, "Nothing was done; gatehouse sync repair --yes makes each what Logto says of it then.")
		}
		return p.verdict()
	}
	return c.await(e, "repair", c.Timeout)
}

// await has something begin, waits until what it finds is settled, and shows it.
func (c *caller) await(e *environment, what string, limit time.Duration) error {
	var started struct {
		AskedAt time.Time `json:"asked_at"`
	}
	if err := c.call(e.ctx, "POST", c.path+"/logto/"+what, &started); err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(e.ctx, limit)
	defer cancel()
	tick := time.NewTicker(c.every)
	defer tick.Stop()
	for said := ""; ; {
		p, err := c.proof(ctx)
		if err == nil && p.SweptAt != nil && !p.SweptAt.Before(started.AskedAt) && p.Unsettled == 0 {
			p.show(e.stdout)
			return p.verdict()
		}
		if err == nil {
			said, err = c.progress(ctx, e.stdout, said, p)
		}
		if err == nil {
			select {
			case <-tick.C:
				continue
			case <-ctx.Done():
			}
		}
		if ctx.Err() != nil && e.ctx.Err() == nil {
			return exit{exitUnknown, fmt.Sprintf("the sweep has not come to its end within %s; gatehouse sync status shows it", limit)}
		}
		return errors.Join(err, e.ctx.Err())
	}
}

// A backlog is what the server's status says of subjects that wait to be looked at,
// as everybody does during a backfill.
type backlog struct {
	Waiting int `json:"waiting"`
	Failing int `json:"failing"`
}

// backlog is zero for a key that has no environment of its own.
func (c *caller) backlog(ctx context.Context) (backlog, error) {
	var status struct {
		Work backlog `json:"work"`
	}
	err := c.call(ctx, "GET", "/console/v1/status", &status)
	if e, refused := errors.AsType[refusal](err); refused && e.status == http.StatusForbidden {
		err = nil
	}
	return status.Work, err
}

func (b backlog) show(w io.Writer) {
	_, _ = fmt.Fprintf(w, "to be looked at: %d, of which %d have failed and are tried again\n", b.Waiting, b.Failing)
}

// progress prints a line if there is something else to say than was said.
func (c *caller) progress(ctx context.Context, w io.Writer, said string, p proof) (string, error) {
	s, err := c.source(ctx)
	if err != nil || s.Sweep == nil {
		return said, err
	}
	line := fmt.Sprintf("waiting for the sweep: %s", s.Sweep)
	if s.Sweep.Phase == "" && p.Unsettled > 0 {
		line = fmt.Sprintf("looking at what was found: %d to go", p.Unsettled)
	}
	if line != said {
		_, _ = fmt.Fprintln(w, line)
	}
	return line, nil
}

// An exit is an error with its own exit code.
type exit struct {
	code    int
	message string
}

func (e exit) Error() string { return e.message }

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
	s, err := c.sweep(e.ctx)
	if err != nil {
		return err
	}
	from, err := c.source(e.ctx)
	if err != nil {
		return err
	}
	w, err := c.backlog(e.ctx)
	if err != nil {
		return err
	}
	p.show(e.stdout)
	if s != nil {
		_, _ = fmt.Fprintln(e.stdout, "sweep:", s)
		for _, note := range s.Unkept {
			_, _ = fmt.Fprintf(e.stdout, "  not kept: %q\n", note)
		}
		_, _ = fmt.Fprintf(e.stdout, "done: %d %%, %d users and organizations remain to be looked at\n", s.Percent, s.Remaining)
	}
	if from.Name != "" {
		from.show(e.stdout)
	}
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

// askEvery is how often a command that waits asks how far it is.
const askEvery = 500 * time.Millisecond

// await has something begin, waits until what it finds is settled, and shows it.
func (c *caller) await(e *environment, what string, limit time.Duration) error {
	var started struct {
		AskedAt time.Time `json:"asked_at"`
	}
	if err := c.call(e.ctx, http.MethodPost, c.path+"/logto/"+what, nil, &started); err != nil {
		return err
	}
	var p proof
	err := c.follow(e, limit, func(ctx context.Context, _ *sweep) (done bool, err error) {
		p, err = c.proof(ctx)
		return err == nil && p.SweptAt != nil && !p.SweptAt.Before(started.AskedAt) && p.Unsettled == 0, err
	})
	switch {
	case errors.Is(err, errLate):
		return exit{exitUnknown, fmt.Sprintf("the sweep has not come to its end within %s; gatehouse sync status shows it", limit)}
	case err != nil:
		return err
	}
	p.show(e.stdout)
	return p.verdict()
}

// errLate is the failure of what did not come to its end in time.
var errLate = errors.New("it has not come to its end")

// follow shows how far the sweep is until it is done; [errLate] if that takes longer
// than the limit.
func (c *caller) follow(e *environment, limit time.Duration, done func(context.Context, *sweep) (bool, error)) error {
	ctx, cancel := context.WithTimeout(e.ctx, limit)
	defer cancel()
	tick := time.NewTicker(askEvery)
	defer tick.Stop()
	d := newDisplay(e.stdout)
	defer d.end()
	for {
		s, err := c.sweep(ctx)
		if err == nil && s != nil {
			var is bool
			if is, err = done(ctx, s); is {
				return nil
			}
			d.show(s.Percent, s.step())
		}
		if err == nil {
			select {
			case <-tick.C:
				continue
			case <-ctx.Done():
			}
		}
		if ctx.Err() != nil && e.ctx.Err() == nil {
			return errLate
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
	err := c.call(ctx, http.MethodGet, "/console/v1/status", nil, &status)
	if e, refused := errors.AsType[*refusal](err); refused && e.status == http.StatusForbidden {
		err = nil
	}
	return status.Work, err
}

func (b backlog) show(w io.Writer) {
	_, _ = fmt.Fprintf(w, "to be looked at: %d, of which %d have failed and are tried again\n", b.Waiting, b.Failing)
}

// An exit is an error with its own exit code.
type exit struct {
	code    int
	message string
}

func (e exit) Error() string { return e.message }

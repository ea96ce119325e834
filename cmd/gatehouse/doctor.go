package main

import (
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/gatehouse-authz/gatehouse/internal/httpapi/console"
)

type doctorCommand struct {
	caller `embed:""`
}

// Help is what gatehouse doctor --help adds.
func (*doctorCommand) Help() string {
	return `Looks at a running server and its Logto, and names what is wrong with the remedy: the server, the API key, the clocks, Logto,
its app's credentials and scope, the webhook, its signing key, redirects before it, the deliveries, and the last sweep.

Exit codes: 0 all is well, 1 something is wrong, 2 the command line is wrong.`
}

// skewed is how far clocks may differ, in both directions, with the way between.
const skewed = 30 * time.Second

// Run prints what was looked at.
func (c *doctorCommand) Run(e *environment) error {
	var found struct{ Findings []console.Finding }
	err := c.prepare(e.ctx)
	if err == nil {
		err = c.call(e.ctx, http.MethodGet, c.path+"/logto/checkup", nil, &found)
	}
	refused, is := errors.AsType[*refusal](err)
	if err != nil && !is {
		return err
	}
	all, fault := true, ""
	if is {
		fault = faultOf(refused)
	}
	if fault != "server" {
		mark(e.stdout, true, "server", "it answers at "+c.URL)
	}
	if c.skew.Abs() > skewed {
		all = false
		mark(e.stdout, false, "clock", fmt.Sprintf("the server's differs by %v from this machine's: set both by NTP", c.skew.Abs().Round(time.Second)))
	}
	if err != nil {
		mark(e.stdout, false, fault, err.Error())
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

// faultOf names what is wrong if the server refuses, or does not answer.
func faultOf(r *refusal) string {
	switch r.status {
	case http.StatusUnauthorized, http.StatusForbidden:
		return "API key"
	case http.StatusNotFound, http.StatusConflict:
		return "environment"
	}
	return "server"
}

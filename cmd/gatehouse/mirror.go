package main

import (
	"context"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/gatehouse-authz/gatehouse/internal/authz"
	"github.com/gatehouse-authz/gatehouse/internal/server"
)

// mirrorFlags are the settings of gatehouse serve about the account that is mirrored
// into, but for its address and key.
type mirrorFlags struct {
	MirrorProject      string `help:"Project in the account, where the key is not an environment's own." env:"GATEHOUSE_MIRROR_PROJECT"`
	MirrorEnvironment  string `help:"Environment in the account, likewise." env:"GATEHOUSE_MIRROR_ENVIRONMENT"`
	MirrorSchema       bool   `help:"Mirror resources, roles, condition sets and rules too." env:"GATEHOUSE_MIRROR_SCHEMA"`
	MirrorInstances    bool   `help:"Mirror instances, tuples and roles on instances too." env:"GATEHOUSE_MIRROR_INSTANCES"`
	MirrorAdopt        bool   `help:"Take over what the account has already and is equal here: it is changed and removed then as what the mirror made." env:"GATEHOUSE_MIRROR_ADOPT"`
	MirrorWrites       int    `help:"Writes a minute that the account allows; 0 is 300." env:"GATEHOUSE_MIRROR_WRITES"`
	MirrorRemovals     int    `help:"Removals a minute; 0 is 60." env:"GATEHOUSE_MIRROR_REMOVALS"`
	MirrorSchemaWrites int    `help:"Writes to the schema a minute; 0 is 40." env:"GATEHOUSE_MIRROR_SCHEMA_WRITES"`
	MirrorBulk         int    `help:"Calls of many in ten minutes; 0 is 100." env:"GATEHOUSE_MIRROR_BULK"`
	MirrorRequests     int    `help:"Requests of any sort a minute; 0 is 1000." env:"GATEHOUSE_MIRROR_REQUESTS"`
}

func (f mirrorFlags) config(address, key string) server.Mirror {
	return server.Mirror{
		APIURL: address, Key: key, Project: f.MirrorProject, Environment: f.MirrorEnvironment, Schema: f.MirrorSchema, Instances: f.MirrorInstances, Adopt: f.MirrorAdopt,
		Writes: f.MirrorWrites, Removes: f.MirrorRemovals, SchemaWrites: f.MirrorSchemaWrites, Bulk: f.MirrorBulk, Requests: f.MirrorRequests,
	}
}

type mirrorCommand struct {
	Status mirrorStatus `cmd:"" help:"Show how far the account is behind, and what it refuses."`
	Retry  mirrorRetry  `cmd:"" help:"Try again what was given up."`
	Drift  mirrorDrift  `cmd:"" help:"Compare everything with the account; with --repair, restore what the mirror made."`
}

const mirrorExits = `
Exit codes: 0 equal, 1 failed, 2 the command line is wrong, 3 different, 4 not known yet.`

// A mirrored is how the mirror does, as the server tells it.
type mirrored struct {
	Account   string         `json:"account"`
	Mirrored  []string       `json:"mirrored"`
	Revision  int64          `json:"revision"`
	Cursor    int64          `json:"cursor"`
	Waiting   int            `json:"waiting"`
	Refused   int            `json:"refused"`
	GivenUp   int            `json:"given_up"`
	Conflicts int            `json:"conflicts"`
	Oldest    *time.Time     `json:"oldest"`
	Made      map[string]int `json:"made"`
	Filled    int            `json:"filled"`
	PausedTo  *time.Time     `json:"paused_until"`
	Error     string         `json:"error"`
	Limits    map[string]struct {
		Requests int     `json:"requests"`
		Seconds  float64 `json:"seconds"`
	} `json:"limits"`
}

type letter struct {
	Kind   string `json:"kind"`
	Key    string `json:"key"`
	Reason string `json:"reason"`
}

type mirrorStatus struct {
	caller `embed:""`
	Wait   time.Duration `help:"Wait until nothing waits, at most so long, and show how far it is." placeholder:"TIME"`
}

// Help is what gatehouse mirror status --help adds.
func (*mirrorStatus) Help() string {
	return `Examples:

  gatehouse mirror status
      What waits, what is refused and why.

  gatehouse mirror status --wait 1h
      Show the progress until the account has everything.
` + mirrorExits
}

// Run shows the status.
func (c *mirrorStatus) Run(e *environment) error {
	if err := c.prepare(e.ctx); err != nil {
		return err
	}
	m, err := c.mirrored(e.ctx)
	if err == nil && c.Wait > 0 {
		m, err = c.awaitMirror(e, c.Wait)
	}
	if err != nil {
		return err
	}
	m.show(e.stdout)
	if m.GivenUp > 0 {
		if err := c.showLetters(e); err != nil {
			return err
		}
	}
	return m.verdict()
}

func (c *caller) mirrored(ctx context.Context) (m mirrored, err error) {
	return m, c.call(ctx, http.MethodGet, c.path+"/mirror", nil, &m)
}

// awaitMirror waits until nothing waits, and shows how far it is.
func (c *caller) awaitMirror(e *environment, limit time.Duration) (mirrored, error) {
	ctx, cancel := context.WithTimeout(e.ctx, limit)
	defer cancel()
	tick := time.NewTicker(askEvery)
	defer tick.Stop()
	said := ""
	for {
		m, err := c.mirrored(ctx)
		if err != nil || m.Waiting == 0 && m.Cursor == m.Revision && m.Account != "" {
			return m, err
		}
		if line := m.bar(); line != said {
			_, _ = fmt.Fprintln(e.stdout, line)
			said = line
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return m, e.ctx.Err()
		}
	}
}

// bar is how much of what was marked at the start is done.
func (m mirrored) bar() string {
	all := max(m.Filled, m.Waiting, 1)
	done := all - m.Waiting
	full := done * barWidth / all
	return fmt.Sprintf("[%s%s] %d of %d", strings.Repeat("#", full), strings.Repeat(".", barWidth-full), done, all)
}

func (m mirrored) show(w io.Writer) {
	if m.Account == "" {
		_, _ = fmt.Fprintln(w, "the account has not been reached yet")
	} else {
		_, _ = fmt.Fprintf(w, "account %s\n", m.Account)
	}
	if m.Error != "" {
		_, _ = fmt.Fprintf(w, "nothing is mirrored: %q\n", m.Error)
	}
	_, _ = fmt.Fprintf(w, "mirrored: %s\n", strings.Join(m.Mirrored, ", "))
	_, _ = fmt.Fprintf(w, "%d commits behind, %d things wait, %d of them refused and tried again, %d given up, %d of them conflicts\n",
		m.Revision-m.Cursor, m.Waiting, m.Refused, m.GivenUp, m.Conflicts)
	if m.Oldest != nil {
		_, _ = fmt.Fprintf(w, "the oldest waits since %s\n", m.Oldest.Format(time.RFC3339))
	}
	if m.PausedTo != nil {
		_, _ = fmt.Fprintf(w, "the account wants no request before %s\n", m.PausedTo.Format(time.RFC3339))
	}
	for _, kind := range slices.Sorted(maps.Keys(m.Made)) {
		_, _ = fmt.Fprintf(w, "  %d of kind %s are the mirror's\n", m.Made[kind], kind)
	}
	for _, name := range slices.Sorted(maps.Keys(m.Limits)) {
		l := m.Limits[name]
		_, _ = fmt.Fprintf(w, "  at most %d %s in %s\n", l.Requests, strings.ReplaceAll(name, "_", " "), time.Duration(l.Seconds)*time.Second)
	}
}

func (m mirrored) verdict() error {
	switch {
	case m.Error != "" || m.Account == "":
		return exit{exitUnknown, "nothing is mirrored: " + m.Error}
	case m.GivenUp > 0:
		return exit{exitDifferent, "the account does not take everything"}
	case m.Waiting > 0 || m.Cursor != m.Revision:
		return exit{exitUnknown, "the account is behind"}
	}
	return nil
}

func (c *caller) showLetters(e *environment) error {
	var page struct {
		Letters []letter `json:"letters"`
	}
	if err := c.call(e.ctx, http.MethodGet, c.path+"/mirror/letters?limit=100", nil, &page); err != nil {
		return err
	}
	for _, l := range page.Letters {
		_, _ = fmt.Fprintf(e.stdout, "  %s %q: %q\n", l.Kind, l.Key, l.Reason)
	}
	return nil
}

type mirrorRetry struct {
	caller `embed:""`
	Kind   string `help:"Kind of the one thing to try again; otherwise everything is." placeholder:"KIND"`
	Key    string `help:"Its key, as status shows it." placeholder:"KEY"`
}

// Help is what gatehouse mirror retry --help adds.
func (*mirrorRetry) Help() string {
	return `Examples:

  gatehouse mirror retry
      Try everything again that was given up.

  gatehouse mirror retry --kind user --key ann
      Only this, once nobody else's ann is in the account.
`
}

// Run has letters tried again.
func (c *mirrorRetry) Run(e *environment) error {
	if (c.Kind == "") != (c.Key == "") {
		return authz.InvalidField("key", "--kind and --key go together")
	}
	if err := c.prepare(e.ctx); err != nil {
		return err
	}
	query := ""
	if c.Kind != "" {
		query = "?" + url.Values{"kind": {c.Kind}, "key": {c.Key}}.Encode()
	}
	var began struct {
		Things int `json:"things"`
	}
	if err := c.call(e.ctx, http.MethodPost, c.path+"/mirror/retry"+query, nil, &began); err != nil {
		return err
	}
	_, err := fmt.Fprintf(e.stdout, "%d tried again\n", began.Things)
	return err
}

type mirrorDrift struct {
	caller   `embed:""`
	Repair   bool          `help:"After the comparison, do what its plan says."`
	ThreeWay bool          `name:"three-way" help:"Go through Logto too, and show by user and tenant what is not the same on all three sides."`
	Yes      bool          `help:"With --three-way, do what the plan says; otherwise it is only shown."`
	Timeout  time.Duration `help:"How long to wait for the comparison." default:"1h"`
}

// Help is what gatehouse mirror drift --help adds.
func (*mirrorDrift) Help() string {
	return `Examples:

  gatehouse mirror drift
      Compare everything, and show what differs, why, and what a repair would do. Nothing is changed.

  gatehouse mirror drift --repair
      Show the same, do it, and compare again.

  gatehouse mirror drift --three-way
      Logto, Gatehouse and the account side by side: what differs, why, and the plan. Nothing is changed without --yes.
` + mirrorExits
}

type drift struct {
	Running     bool           `json:"running"`
	Error       string         `json:"error"`
	At          *time.Time     `json:"at"`
	Equal       bool           `json:"equal"`
	Waiting     int            `json:"waiting"`
	Here        map[string]int `json:"here"`
	There       map[string]int `json:"there"`
	Total       int            `json:"differences_total"`
	Differences []struct {
		Kind  string `json:"kind"`
		Key   string `json:"key"`
		Cause string `json:"cause"`
		Plan  string `json:"plan"`
	} `json:"differences"`
}

// Run compares, and repairs if asked.
func (c *mirrorDrift) Run(e *environment) error {
	if err := c.prepare(e.ctx); err != nil {
		return err
	}
	if c.Yes && !c.ThreeWay {
		return authz.InvalidField("yes", "--yes is for --three-way; the comparison with the account alone is repaired by --repair")
	}
	ctx, cancel := context.WithTimeout(e.ctx, c.Timeout)
	defer cancel()
	if c.ThreeWay {
		return c.threeWay(ctx, e)
	}
	d, err := c.compared(ctx)
	if err != nil {
		return err
	}
	d.show(e.stdout)
	if !c.Repair || d.Equal {
		return d.verdict()
	}
	var began struct {
		Things int `json:"things"`
	}
	if err := c.call(ctx, http.MethodPost, c.path+"/mirror/repair", nil, &began); err != nil {
		return err
	}
	_, _ = fmt.Fprintf(e.stdout, "repairing %d\n", began.Things)
	if _, err := c.awaitMirror(e, c.Timeout); err != nil {
		return err
	}
	if d, err = c.compared(ctx); err != nil {
		return err
	}
	d.show(e.stdout)
	return d.verdict()
}

// compared has everything compared and waits for the end.
func (c *caller) compared(ctx context.Context) (d drift, err error) {
	if err := c.call(ctx, http.MethodPost, c.path+"/mirror/drift", nil, &struct{}{}); err != nil {
		return d, err
	}
	tick := time.NewTicker(askEvery)
	defer tick.Stop()
	for {
		d = drift{}
		if err := c.call(ctx, http.MethodGet, c.path+"/mirror/drift", nil, &d); err != nil {
			return d, err
		}
		if !d.Running && d.Error != "" {
			return d, exit{exitUnknown, "the comparison came to no end: " + d.Error}
		}
		if !d.Running {
			return d, nil
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return d, exit{exitUnknown, "the comparison has not come to its end; gatehouse mirror status says whether the account is reached"}
		}
	}
}

func (d drift) show(w io.Writer) {
	for _, kind := range slices.Sorted(maps.Keys(d.Here)) {
		_, _ = fmt.Fprintf(w, "%-12s %8d here %8d in the account\n", kind, d.Here[kind], d.There[kind])
	}
	_, _ = fmt.Fprintf(w, "%d differences, %d things not mirrored yet\n", d.Total, d.Waiting)
	for _, x := range d.Differences {
		_, _ = fmt.Fprintf(w, "  %s %q %s: %s\n", x.Kind, x.Key, strings.ReplaceAll(x.Cause, "_", " "), x.Plan)
	}
	if more := d.Total - len(d.Differences); more > 0 {
		_, _ = fmt.Fprintf(w, "  and %d more\n", more)
	}
}

func (d drift) verdict() error {
	if !d.Equal {
		return exit{exitDifferent, "the account is not what Gatehouse is"}
	}
	return nil
}

package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/gatehouse-authz/gatehouse/internal/httpapi/console"
	"github.com/gatehouse-authz/gatehouse/internal/ingest"
)

// A proof is what the server says of the last comparison.
type proof struct{ console.Proof }

// verdict is nil if all is equal.
func (p proof) verdict() error {
	switch p.Verdict {
	case ingest.Equal:
		return nil
	case ingest.Different:
		return exit{exitDifferent, "Gatehouse is not what Logto is"}
	case ingest.Unsure:
	}
	return exit{exitUnknown, "it is not known whether Gatehouse is what Logto is: " + p.Why}
}

// show prints the proof.
func (p proof) show(w io.Writer) {
	_, _ = fmt.Fprintf(w, "%s", p.Verdict)
	if p.At != nil {
		_, _ = fmt.Fprintf(w, " at %s", p.At.Format(time.RFC3339))
	}
	last := "never"
	if p.LastEqualAt != nil {
		last = p.LastEqualAt.Format(time.RFC3339)
	}
	_, _ = fmt.Fprintf(w, ", last equal %s\n", last)
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	_, _ = fmt.Fprintln(t, "\tusers\tsuspended\torganizations\tmemberships\troles\thash")
	for _, row := range []struct {
		name string
		console.Side
	}{{"Logto", p.Logto}, {"here", p.Here}} {
		_, _ = fmt.Fprintf(t, "%s\t%d\t%d\t%d\t%d\t%d\t%s\n",
			row.name, row.Users, row.Suspended, row.Organizations, row.Memberships, row.Roles, row.Hash)
	}
	_ = t.Flush()
	p.showDifferences(w)
	if p.Waiting > 0 {
		_, _ = fmt.Fprintf(w, "%d assignments wait for a role or tenant that is not here:\n", p.Waiting)
		for _, a := range p.Waits {
			_, _ = fmt.Fprintf(w, "  %q waits for role %q in %q\n", a.User, a.Role, a.Tenant)
		}
	}
	if p.Failing > 0 {
		_, _ = fmt.Fprintf(w, "%d expressions of the mapping failed for somebody, and gave nothing:\n", p.Failing)
		for _, f := range p.Failures {
			_, _ = fmt.Fprintf(w, "  %s for %q: %q\n", f.Expression, f.User, f.Why)
		}
	}
	if l := p.Log; l != nil {
		_, _ = fmt.Fprintf(w, "delivery log: Logto tried %d, we received %d, repaired %d\n", l.Tried, l.Received, l.Repaired)
		switch {
		case l.Error != "":
			_, _ = fmt.Fprintf(w, "  the last reading failed: %q\n", l.Error)
		case !l.Known:
			_, _ = fmt.Fprintln(w, "  Logto has no webhook with the signing key of this server")
		}
	}
}

var causes = map[ingest.Cause]string{
	ingest.MissingHere: "is missing here", ingest.NotThere: "is not in Logto", ingest.Differs: "differs", ingest.Unreadable: "cannot be read from Logto",
}

// showDifferences prints what differs. What comes from Logto is quoted: a name may
// hold what a terminal obeys.
func (p proof) showDifferences(w io.Writer) {
	if p.Total == 0 {
		_, _ = fmt.Fprintln(w, "no differences")
		return
	}
	_, _ = fmt.Fprintf(w, "%d differences", p.Total)
	if p.Unsettled > 0 {
		_, _ = fmt.Fprintf(w, ", %d subjects wait to be looked at", p.Unsettled)
	}
	_, _ = fmt.Fprintln(w)
	for _, d := range p.Differences {
		cause, known := causes[d.Cause]
		if !known {
			cause = string(d.Cause)
		}
		_, _ = fmt.Fprintf(w, "  %s %q %s", d.Kind, d.ID, cause)
		if len(d.Fields) > 0 {
			_, _ = fmt.Fprintf(w, ": %q", strings.Join(d.Fields, "; "))
		}
		_, _ = fmt.Fprintln(w)
	}
	if more := p.Total - len(p.Differences); more > 0 {
		_, _ = fmt.Fprintf(w, "  and %d more\n", more)
	}
}

// A source is what the server's status says of Logto.
type source struct {
	Name       string           `json:"name"`
	Deliveries map[string]int64 `json:"deliveries_since_start"`
	LastAt     *time.Time       `json:"last_delivery_at"`
}

// show prints the deliveries.
func (s source) show(w io.Writer) {
	d := s.Deliveries
	if s.LastAt != nil {
		_, _ = fmt.Fprintf(w, "last delivery: %v ago\n", max(0, time.Since(*s.LastAt)).Round(time.Second))
	}
	_, _ = fmt.Fprintf(w, "deliveries since the start: %d accepted, %d again, %d refused\n", d["accepted"], d["duplicate"], d["refused"])
}

// proof asks for the last comparison.
func (c *caller) proof(ctx context.Context) (p proof, err error) {
	return p, c.call(ctx, http.MethodGet, c.path+"/logto/proof", nil, &p)
}

// source asks what the status says of Logto. It tells the key's own environment, so
// nothing if the key is not an environment's, or of another one.
func (c *caller) source(ctx context.Context) (source, error) {
	var status struct {
		Sources []source `json:"sources"`
	}
	err := c.call(ctx, http.MethodGet, "/console/v1/status", nil, &status)
	if r, refused := errors.AsType[*refusal](err); refused && r.status == http.StatusForbidden {
		return source{}, nil
	}
	for _, s := range status.Sources {
		if s.Name == "logto" {
			return s, err
		}
	}
	return source{}, err
}

package server

import (
	"context"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/gatehouse-authz/gatehouse/internal/ingest"
)

// A collector reads the house's own counts when Prometheus asks.
type collector struct{ server *Server }

var (
	deliveries = prometheus.NewDesc("gatehouse_deliveries_total", "Webhook deliveries since the start, by source and outcome.", []string{"source", "outcome"}, nil)
	decisions  = prometheus.NewDesc("gatehouse_decisions_total", "Decisions since the start, by outcome.", []string{"outcome"}, nil)
	records    = prometheus.NewDesc("gatehouse_decision_log_records_total", "Answers since the start that the decision log holds, or could not take.", []string{"outcome"}, nil)
	kept       = prometheus.NewDesc("gatehouse_requests_kept_total", "Requests of the control plane since the start that wanted to change something and are kept, or could not be.", []string{"outcome"}, nil)
	waiting    = prometheus.NewDesc("gatehouse_work_waiting", "Subjects that wait to be reconciled.", nil, nil)
	failing    = prometheus.NewDesc("gatehouse_work_failing", "Subjects whose last reconcile failed and is tried again.", nil, nil)
	followed   = prometheus.NewDesc("gatehouse_environments", "Environments that decisions are made in.", nil, nil)
	sweeps     = prometheus.NewDesc("gatehouse_sweeps_total", "Sweeps of a source since the start that came to their end.", []string{"source"}, nil)
	swept      = prometheus.NewDesc("gatehouse_sweep_subjects", "What the sweep under way, or the last one, has looked at, and what differed.", []string{"source", "kind"}, nil)
	sweepAge   = prometheus.NewDesc("gatehouse_sweep_completed_seconds", "Age of the last sweep that came to its end; -1 if there is none.", []string{"source"}, nil)
	newcomers  = prometheus.NewDesc("gatehouse_newcomers_total", "Unknown users that a question was about and that were looked for since the start, by what came of it.", []string{"source", "outcome"}, nil)
	proofEqual = prometheus.NewDesc("gatehouse_proof_equal", "1 if the last comparison of everything with the source found it equal, 0 if different, -1 if that is not known.", []string{"source"}, nil)
	proofOff   = prometheus.NewDesc("gatehouse_proof_differences", "Users and organizations that differed from the source at the last comparison.", []string{"source"}, nil)
	proofAge   = prometheus.NewDesc("gatehouse_proof_last_equal_seconds", "Age of the last comparison that found everything equal; -1 if there is none.", []string{"source"}, nil)
	unmapped   = prometheus.NewDesc("gatehouse_mapping_failures_total", "Expressions of the mapping that failed for somebody since the start, and gave nothing.", []string{"expression"}, nil)
	proofFails = prometheus.NewDesc("gatehouse_mapping_failing", "Expressions of the mapping that failed for users at the last comparison of everything with the source, and gave nothing.", []string{"source"}, nil)
	oldest     = prometheus.NewDesc("gatehouse_work_oldest_seconds", "Age of the longest waiting subject; 0 if none waits.", nil, nil)
)

// Describe implements [prometheus.Collector].
func (c *collector) Describe(to chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{deliveries, decisions, records, kept, followed, waiting, failing, oldest, sweeps, swept, sweepAge, proofEqual, proofOff, proofAge, newcomers, unmapped, proofFails} {
		to <- d
	}
	describeMirror(to)
	to <- shadowChecks
}

// scrapeLimit bounds what a scrape asks of the database.
const scrapeLimit = 5 * time.Second

// Collect implements [prometheus.Collector].
func (c *collector) Collect(to chan<- prometheus.Metric) {
	s := c.server
	counter := func(d *prometheus.Desc, n int64, labels ...string) {
		to <- prometheus.MustNewConstMetric(d, prometheus.CounterValue, float64(n), labels...)
	}
	counts, source := s.inbox.Counts(), s.source.Name()
	counter(deliveries, counts.Accepted, source, "accepted")
	counter(deliveries, counts.Duplicate, source, "duplicate")
	counter(deliveries, counts.Refused, source, "refused")
	allowed, denied := s.decisions.Counts()
	counter(decisions, allowed, "allow")
	counter(decisions, denied, "deny")
	for name, n := range s.directory.FailedExpressions() {
		counter(unmapped, n, name)
	}
	if s.newcomers != nil {
		n := s.newcomers.Counts()
		for outcome, count := range map[string]int64{"found": n.Found, "missing": n.Missing, "failed": n.Failed, "skipped": n.Skipped} {
			counter(newcomers, count, source, outcome)
		}
	}
	recorded, missed := s.log.Counts()
	counter(records, recorded, "recorded")
	counter(records, missed, "missed")

	recorded, missed = s.requests.Counts()
	counter(kept, recorded, "recorded")
	counter(kept, missed, "missed")

	to <- prometheus.MustNewConstMetric(followed, prometheus.GaugeValue, float64(s.follower.Followed()))

	c.compared(to)
	c.sweep(to)
	ctx, cancel := context.WithTimeout(context.Background(), scrapeLimit)
	defer cancel()
	c.proof(ctx, to)
	c.mirrored(ctx, to)
	b, err := s.store.Backlog(ctx)
	if err != nil {
		to <- prometheus.NewInvalidMetric(waiting, err)
		return
	}
	age := 0.0
	if !b.Oldest.IsZero() {
		age = time.Since(b.Oldest).Seconds()
	}
	to <- prometheus.MustNewConstMetric(waiting, prometheus.GaugeValue, float64(b.Waiting))
	to <- prometheus.MustNewConstMetric(failing, prometheus.GaugeValue, float64(b.Failing))
	to <- prometheus.MustNewConstMetric(oldest, prometheus.GaugeValue, age)
}

// sweep tells how far the sweep of the source is.
func (c *collector) sweep(to chan<- prometheus.Metric) {
	if !c.server.sweep.Active() {
		return
	}
	p, source := c.server.sweep.Progress(), c.server.source.Name()
	age := -1.0
	if !p.CompletedAt.IsZero() {
		age = time.Since(p.CompletedAt).Seconds()
	}
	to <- prometheus.MustNewConstMetric(sweeps, prometheus.CounterValue, float64(p.Completed), source)
	to <- prometheus.MustNewConstMetric(sweepAge, prometheus.GaugeValue, age, source)
	for kind, n := range map[string]int{"user": p.Users, "organization": p.Organizations, "differed": p.Found} {
		to <- prometheus.MustNewConstMetric(swept, prometheus.GaugeValue, float64(n), source, kind)
	}
}

// proof tells what the last proof found.
func (c *collector) proof(ctx context.Context, to chan<- prometheus.Metric) {
	if c.server.sweep == nil {
		return
	}
	source := c.server.source.Name()
	p, err := c.server.sweep.Proof(ctx)
	if err != nil {
		to <- prometheus.NewInvalidMetric(proofEqual, err)
		return
	}
	age := -1.0
	if !p.LastEqualAt.IsZero() {
		age = time.Since(p.LastEqualAt).Seconds()
	}
	verdict := map[ingest.Verdict]float64{ingest.Equal: 1, ingest.Different: 0, ingest.Unsure: -1}
	to <- prometheus.MustNewConstMetric(proofEqual, prometheus.GaugeValue, verdict[p.Verdict], source)
	to <- prometheus.MustNewConstMetric(proofOff, prometheus.GaugeValue, float64(p.Total), source)
	to <- prometheus.MustNewConstMetric(proofFails, prometheus.GaugeValue, float64(p.Failing), source)
	to <- prometheus.MustNewConstMetric(proofAge, prometheus.GaugeValue, age, source)
}

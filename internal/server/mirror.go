package server

import (
	"os"
	"strconv"
	"strings"

	"github.com/prometheus/client_golang/prometheus"

	"context"
	"time"

	"github.com/gatehouse-authz/gatehouse/internal/authz"
	"github.com/gatehouse-authz/gatehouse/internal/mirror"
	"github.com/gatehouse-authz/gatehouse/internal/mirror/permitapi"
)

// Mirror is the account of Permit.io that is made equal to the environment that
// identity sources feed.
type Mirror struct {
	APIURL string // address of its API; empty: nothing is mirrored
	Key    string // an API key of the account that may write
	// Project and Environment, by key or id, where the key reaches several.
	Project, Environment string
	Schema, Instances    bool // what is mirrored besides; see mirror.Wanted
	Adopt                bool // take over what is equal; see mirror.Mirror

	// Writes, Removes and Schema writes a minute, calls of many in ten minutes, and
	// requests a minute in all; 0 is what Permit allows.
	Writes, Removes, SchemaWrites, Bulk, Requests int
}

// mirrorSetting begins the names of the settings.
const mirrorSetting = "GATEHOUSE_MIRROR_"

// account is the client of the account; nil if nothing is mirrored.
func (m Mirror) account() (*permitapi.Client, error) {
	if m.APIURL == "" {
		if m.Key != "" {
			return nil, authz.InvalidField(mirrorSetting+"API_URL", mirrorSetting+"API_URL is not set, but the key that would be used there is")
		}
		return nil, nil
	}
	limits := mirror.DefaultLimits
	for _, set := range []struct {
		name string
		n    int
		of   *mirror.Limit
	}{
		{"WRITES", m.Writes, &limits.Writes}, {"REMOVALS", m.Removes, &limits.Removes}, {"SCHEMA_WRITES", m.SchemaWrites, &limits.Schema},
		{"BULK", m.Bulk, &limits.Bulk}, {"REQUESTS", m.Requests, &limits.All},
	} {
		if set.n < 0 {
			return nil, authz.InvalidField(mirrorSetting+set.name, "%s%s must not be negative; 0 is what Permit allows", mirrorSetting, set.name)
		}
		if set.n > 0 {
			set.of.Requests = set.n
		}
	}
	c := &permitapi.Client{
		API: m.APIURL, Key: m.Key, Project: m.Project, Env: m.Environment, Setting: mirrorSetting,
		Pace: &mirror.Pace{Limits: limits, Clock: mirror.Wall{}},
	}
	return c, c.Validate()
}

// reflect makes the mirror of env, if one is wanted.
func (s *Server) reflect(env authz.EnvID) {
	if s.account == nil || env == "" {
		return
	}
	host, _ := os.Hostname() // it is for people, and the process number makes it one's own with it
	s.mirror = &mirror.Mirror{
		Env: env, Source: s.store, Ledger: s.store.Mirrors(), Account: s.account, Pace: s.account.Pace,
		Wanted: mirror.Wanted{Schema: s.config.Mirror.Schema, Instances: s.config.Mirror.Instances}, Adopt: s.config.Mirror.Adopt,
		Owner: host + "/" + strconv.Itoa(os.Getpid()) + "/" + strconv.FormatInt(time.Now().UnixNano(), 36), Log: s.config.Log,
		Limited: strings.Join([]string{s.config.Mirror.APIURL, s.config.Mirror.Project, s.config.Mirror.Environment}, " "),
	}
}

var (
	mirrorBehind = prometheus.NewDesc("gatehouse_mirror_commits_behind", "Commits that the mirror has not looked at.", nil, nil)
	mirrorMarks  = prometheus.NewDesc("gatehouse_mirror_things", "Things that wait to be mirrored, are refused and tried again, or are given up.", []string{"state"}, nil)
	mirrorAge    = prometheus.NewDesc("gatehouse_mirror_lag_seconds", "Age of the oldest thing that waits to be mirrored; 0 if none waits.", nil, nil)
	mirrorUp     = prometheus.NewDesc("gatehouse_mirror_up", "1 if the account takes what is mirrored, 0 if not.", nil, nil)
)

// describeMirror describes the figures of the mirror.
func describeMirror(to chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{mirrorBehind, mirrorMarks, mirrorAge, mirrorUp} {
		to <- d
	}
}

// mirrored tells how the mirror does.
func (c *collector) mirrored(ctx context.Context, to chan<- prometheus.Metric) {
	m := c.server.mirror
	if m == nil {
		return
	}
	s, err := m.Status(ctx)
	if err != nil {
		to <- prometheus.NewInvalidMetric(mirrorUp, err)
		return
	}
	gauge := func(d *prometheus.Desc, v float64, labels ...string) {
		to <- prometheus.MustNewConstMetric(d, prometheus.GaugeValue, v, labels...)
	}
	up, age := 0.0, 0.0
	if s.Account != "" && s.Failed == nil {
		up = 1
	}
	if !s.Oldest.IsZero() {
		age = time.Since(s.Oldest).Seconds()
	}
	gauge(mirrorUp, up)
	gauge(mirrorAge, age)
	gauge(mirrorBehind, float64(s.Head-s.Cursor))
	gauge(mirrorMarks, float64(s.Waiting), "waiting")
	gauge(mirrorMarks, float64(s.Failing), "refused")
	gauge(mirrorMarks, float64(s.Dead), "given_up")
}

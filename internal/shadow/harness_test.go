package shadow_test

import (
	"context"
	"log/slog"
	"sync"
	"testing"
	"time"

	"github.com/gatehouse-authz/gatehouse/internal/authz"
	"github.com/gatehouse-authz/gatehouse/internal/decision"
	"github.com/gatehouse-authz/gatehouse/internal/httpapi/permitpdp"
	"github.com/gatehouse-authz/gatehouse/internal/mirror"
	"github.com/gatehouse-authz/gatehouse/internal/mirror/mirrortest"
	"github.com/gatehouse-authz/gatehouse/internal/mirror/permitapi"
	"github.com/gatehouse-authz/gatehouse/internal/server"
	"github.com/gatehouse-authz/gatehouse/internal/shadow"
)

const (
	env   = mirrortest.Env
	actor = "key:test"
)

func ok(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// A setting is what one environment is compared with.
type setting struct{ shadow.Setting }

func (s setting) Compared(context.Context) (map[authz.EnvID]shadow.Setting, error) {
	return map[authz.EnvID]shadow.Setting{env: s.Setting}, nil
}

// A pair is an environment, the account it is mirrored into, and the comparison of both.
type pair struct {
	t       testing.TB
	house   mirrortest.House
	account *mirrortest.Account
	mirror  *mirror.Mirror
	decide  *decision.Service
	shadow  *shadow.Shadow
	log     lines
}

// Lines are what is logged.
type lines struct {
	mu   sync.Mutex
	text []byte
}

func (l *lines) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.text = append(l.text, p...)
	return len(p), nil
}

func (l *lines) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return string(l.text)
}

// begin begins to compare an environment with an account that it is mirrored into.
func begin(t testing.TB) *pair {
	t.Helper()
	account := mirrortest.Begin(t, func(*server.Config) {})
	p := beginWith(t, account.URL)
	p.account = account
	pace := &mirror.Pace{Clock: mirror.Wall{}}
	p.mirror = &mirror.Mirror{
		Env: env, Source: p.house.Database, Ledger: p.house.Database.Mirrors(), Pace: pace, Wanted: mirror.Wanted{Schema: true, Instances: true},
		Owner: "the test", Log: slog.New(slog.DiscardHandler), Account: &permitapi.Client{API: account.URL, Key: mirrortest.Key, Pace: pace},
	}
	p.settle()
	return p
}

// beginWith begins to compare an environment with the decision point at an address.
func beginWith(t testing.TB, address string) *pair {
	t.Helper()
	p := &pair{t: t, house: mirrortest.Open(t, time.Now)}
	p.shadow = &shadow.Shadow{
		Settings: setting{shadow.Setting{Share: 1, Address: address, Key: mirrortest.Key, Account: "one"}}, Ledger: p.house.Database.Shadows(),
		Snapshots: p.house.Feed, Explain: permitpdp.DebugBlock, Delays: []time.Duration{0, 10 * time.Millisecond}, Log: slog.New(slog.NewTextHandler(&p.log, nil)),
		Dial: func(s shadow.Setting) shadow.PDP {
			pdp, err := permitapi.NewPDP(s.Address, s.Key)
			ok(t, err)
			return pdp
		},
		Mirror: func(ctx context.Context, env authz.EnvID) (mirror.Summary, bool, error) {
			s, err := p.house.Database.Mirrors().Summary(ctx, env)
			return s, true, err
		},
	}
	p.decide = &decision.Service{Snapshots: p.house.Feed, Waiter: p.house.Feed, Witness: p.shadow}
	furnish(t, p.house)
	ctx, cancel := context.WithCancel(context.WithoutCancel(t.Context()))
	done := make(chan error, 1)
	go func() { done <- p.shadow.Run(ctx) }()
	t.Cleanup(func() {
		cancel()
		ok(t, <-done)
	})
	p.shadow.Reload()
	for tick := time.NewTicker(time.Millisecond); !p.shadow.Compares(env); <-tick.C {
	}
	return p
}

// settle mirrors until nothing waits.
func (p *pair) settle() {
	p.t.Helper()
	for {
		if _, err := p.mirror.Step(p.t.Context()); err != nil {
			p.t.Fatal(err)
		}
		s, err := p.mirror.Status(p.t.Context())
		ok(p.t, err)
		if s.Waiting == 0 && s.Cursor == s.Head {
			if s.Dead > 0 {
				p.t.Fatalf("the account does not take everything: %+v", s)
			}
			return
		}
	}
}

// until waits for a report.
func (p *pair) until(what string, is func(shadow.Report) bool) shadow.Report {
	p.t.Helper()
	deadline := time.After(5 * time.Minute)
	for tick := time.NewTicker(20 * time.Millisecond); ; <-tick.C {
		r, err := p.shadow.Report(p.t.Context(), env, shadow.Need{Checks: 1})
		ok(p.t, err)
		if is(r) {
			return r
		}
		select {
		case <-deadline:
			p.t.Fatalf("waited in vain until %s: %+v", what, r)
		default:
		}
	}
}

func (p *pair) ask(user, action, resource, instance, tenant string) bool {
	p.t.Helper()
	d, err := p.decide.Check(decision.Asker{Env: env}, authz.Query{
		User: authz.UserKey(user), Action: authz.ActionKey(action), Resource: authz.ResourceKey(resource), Instance: instance, Tenant: authz.TenantKey(tenant),
	})
	ok(p.t, err)
	return d.Allow
}

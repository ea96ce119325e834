package shadow_test

import (
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/gatehouse-authz/gatehouse/internal/authz"
	"github.com/gatehouse-authz/gatehouse/internal/decision"
	"github.com/gatehouse-authz/gatehouse/internal/directory"
	"github.com/gatehouse-authz/gatehouse/internal/mirror/mirrortest"
	"github.com/gatehouse-authz/gatehouse/internal/shadow"
)

// TestTheSameStateDisagreesInNothing: random checks of every kind agree with an account
// that was mirrored into, and it is safe to switch.
func TestTheSameStateDisagreesInNothing(t *testing.T) {
	t.Parallel()
	const checks = 10_000
	p := begin(t)
	random := rand.New(rand.NewPCG(1, 2)) //nolint:gosec // the same questions each time
	for asked := 0; asked < checks; {
		for range min(200, checks-asked) { // fewer than may wait
			p.askAnything(random)
			asked++
		}
		p.until("all are asked", func(r shadow.Report) bool { return r.Asked() == int64(asked) })
	}
	r, err := p.shadow.Report(t.Context(), env, shadow.Need{Checks: checks})
	ok(t, err)
	if r.Verdict != shadow.Safe || r.Counts[shadow.Agreed] != checks || len(r.Disagreements) > 0 {
		t.Errorf("got %s of %v, %q, %+v", r.Verdict, r.Counts, r.Why, r.Disagreements)
	}
	for _, way := range r.Ways {
		if r.Counts[shadow.Count(way)] < 100 {
			t.Errorf("%d checks were allowed by %s: the questions show little", r.Counts[shadow.Count(way)], way)
		}
	}
	if len(r.Ways) != 4 || r.Counts[shadow.Denied] < 1000 {
		t.Errorf("got %v, %v", r.Ways, r.Counts)
	}
	r, err = p.shadow.Report(t.Context(), env, shadow.UsualNeed)
	ok(t, err)
	if r.Verdict != shadow.NotYet || len(r.Why) != 1 || !strings.Contains(r.Why[0], "wanted are 24h") {
		t.Errorf("too soon: got %s, %q", r.Verdict, r.Why)
	}
}

// TestWhatPeopleChangeInTheAccountIsFound with both explanations, and not before it may
// be more than the account being behind.
func TestWhatPeopleChangeInTheAccountIsFound(t *testing.T) {
	t.Parallel()
	p := begin(t)
	p.account.Must("PATCH", mirrortest.Schema+"/roles/viewer", mirrortest.Object{"permissions": []string{}}, nil)
	for _, user := range []string{"user-0", "user-4", "user-8"} { // viewers of acme
		if !p.ask(user, "read", "doc", "", "acme") {
			t.Fatalf("%s may not read here", user)
		}
	}
	p.ask("user-0", "read", "doc", "", "beta")
	r := p.until("three disagree", func(r shadow.Report) bool { return r.Counts[shadow.Disagreed] == 3 && r.Asked() == 4 })
	if r.Verdict != shadow.Unsafe || len(r.Disagreements) != 1 || r.Counts[shadow.Agreed] != 1 {
		t.Fatalf("got %s, %v, %+v", r.Verdict, r.Counts, r.Disagreements)
	}
	d := r.Disagreements[0]
	if d.N != 3 || !d.Allow || d.Query.Action != "read" || d.Query.Tenant != "acme" || d.Query.UserAttributes != nil {
		t.Errorf("got %+v", d)
	}
	if !strings.Contains(string(d.Here), `"code":"allow"`) || !strings.Contains(string(d.Here), "viewer") || !strings.Contains(string(d.There), `"code":"no_permission"`) {
		t.Errorf("here %s\nthere %s", d.Here, d.There)
	}
	p.account.Must("PATCH", mirrortest.Schema+"/roles/viewer", mirrortest.Object{"permissions": []string{"doc:read"}}, nil)
	ok(t, p.shadow.Forget(t.Context(), env))
	p.ask("user-0", "read", "doc", "", "acme")
	if r := p.until("it agrees", func(r shadow.Report) bool { return r.Asked() == 1 }); r.Counts[shadow.Agreed] != 1 || len(r.Disagreements) > 0 {
		t.Errorf("after it was made equal: got %v", r.Counts)
	}
}

// TestAnAccountThatIsBehindDoesNotDisagree: what differs is asked again only after the
// mirror has applied what was true here.
func TestAnAccountThatIsBehindDoesNotDisagree(t *testing.T) {
	t.Parallel()
	p := begin(t)
	_, _, err := p.house.Assign(t.Context(), env, actor, "user-0", directory.RoleInTenant{Role: "editor", Tenant: "beta"})
	ok(t, err)
	if !p.ask("user-0", "write", "doc", "", "beta") {
		t.Fatal("it is not allowed here")
	}
	r := p.until("it is in doubt", func(r shadow.Report) bool { return r.Doubted == 1 })
	if r.Verdict != shadow.NotYet || r.Counts[shadow.Disagreed] > 0 {
		t.Errorf("got %s, %v", r.Verdict, r.Counts)
	}
	p.settle()
	r = p.until("it is settled", func(r shadow.Report) bool { return r.Doubted == 0 })
	if r.Counts[shadow.Late] != 1 || r.Counts[shadow.Disagreed] > 0 {
		t.Errorf("got %v", r.Counts)
	}
}

// point is the address of a decision point.
func point(t *testing.T, answer http.HandlerFunc) string {
	t.Helper()
	web := httptest.NewServer(answer)
	t.Cleanup(web.Close)
	return web.URL
}

// TestADecisionPointThatHangsHoldsNothingUp: while it holds every question that reached
// it, decisions are made, what is too much is counted, and nothing waits beyond the bound.
func TestADecisionPointThatHangsHoldsNothingUp(t *testing.T) {
	t.Parallel()
	const decisions = 1000
	var held atomic.Int64
	release := make(chan struct{})
	p := beginWith(t, point(t, func(http.ResponseWriter, *http.Request) {
		held.Add(1)
		<-release
	}))
	defer close(release)
	for i := range decisions {
		p.ask(fmt.Sprint("user-", i%users), "read", "doc", "", "acme")
	}
	r := p.until("what is too much is counted", func(r shadow.Report) bool { return r.Counts[shadow.Dropped] > 0 })
	if waiting := decisions - r.Counts[shadow.Dropped]; r.Asked() > 0 || waiting > shadow.MostWaiting+shadow.AtOnce || held.Load() > shadow.AtOnce {
		t.Errorf("%d are asked, %d wait, %d are held: %v", r.Asked(), waiting, held.Load(), r.Counts)
	}
	big := authz.Attributes{"text": strings.Repeat("x", shadow.MostBytes)}
	before := p.shadow.Totals()[shadow.Dropped]
	_, err := p.decide.Check(decision.Asker{Env: env}, authz.Query{User: "user-1", Action: "read", Resource: "doc", Context: big})
	ok(t, err)
	if got := p.shadow.Totals()[shadow.Dropped]; got != before+1 {
		t.Errorf("a question larger than the bound waits: %d dropped, then %d", before, got)
	}
}

// TestADecisionPointThatFailsIsLeftAlone: its failures are counted and told without the
// key, no decision fails, and what answers strangely is not taken for an answer.
func TestADecisionPointThatFailsIsLeftAlone(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		status int
		body   string
		says   string
	}{
		"an error":     {500, `{}`, "the account answered 500"},
		"a wrong key":  {401, `{"detail":"no"}`, "the account answered 401"},
		"too much":     {429, `{}`, "wants no request"},
		"no answer":    {200, `{}`, "it does not say whether it allows"},
		"a page":       {200, `<html>`, "it does not answer as Permit's API does"},
		"a redirect":   {302, ``, "so pdp_url is not its final address"},
		"an old shape": {200, `{"allow":"yes"}`, "it does not answer as Permit's API does"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := beginWith(t, point(t, func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("Retry-After", "3600")
				w.Header().Set("Location", "/elsewhere")
				w.WriteHeader(c.status)
				_, _ = w.Write([]byte(c.body))
			}))
			if !p.ask("user-0", "read", "doc", "", "acme") {
				t.Error("the decision is another")
			}
			r := p.until("it failed", func(r shadow.Report) bool { return r.Failing != nil && r.Counts[shadow.Failed] > 0 })
			if text := r.Failing.Error(); !strings.Contains(text, c.says) || strings.Contains(text+p.log.String(), mirrortest.Key) {
				t.Errorf("got %q, want %q in it, and no key", text, c.says)
			}
			if r.Asked() > 0 || r.Verdict != shadow.NotYet || !strings.Contains(strings.Join(r.Why, "\n"), "does not answer") {
				t.Errorf("got %s, %v, %q", r.Verdict, r.Counts, r.Why)
			}
		})
	}
}

// TestComparisonsAreNotCompared: two that ask each other would never end.
func TestComparisonsAreNotCompared(t *testing.T) {
	t.Parallel()
	var marked atomic.Bool
	p := beginWith(t, point(t, func(w http.ResponseWriter, r *http.Request) {
		marked.Store(r.Header.Get("X-Gatehouse-Shadow") != "")
		_, _ = w.Write([]byte(`{"allow":true}`))
	}))
	_, err := p.decide.Check(decision.Asker{Env: env, Shadow: true}, authz.Query{User: "user-0", Action: "read", Resource: "doc", Tenant: "acme"})
	ok(t, err)
	p.ask("user-0", "read", "doc", "", "acme")
	if r := p.until("one is asked", func(r shadow.Report) bool { return r.Asked() > 0 }); r.Asked() != 1 || !marked.Load() {
		t.Errorf("%d are asked, marked %v", r.Asked(), marked.Load())
	}
}

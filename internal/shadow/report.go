package shadow

import (
	"context"
	"fmt"
	"time"

	"github.com/gatehouse-authz/gatehouse/internal/authz"
	"github.com/gatehouse-authz/gatehouse/internal/engine"
)

// A Verdict says whether an account answers as the environment does.
type Verdict string

// The verdicts.
const (
	Safe   Verdict = "safe"    // to switch from one to the other
	NotYet Verdict = "not_yet" // too little is known
	Unsafe Verdict = "unsafe"  // they disagree
)

// A Need is what makes it safe to switch.
type Need struct {
	Checks int           // that agreed
	Over   time.Duration // from the first to the last
}

// UsualNeed is a day of use.
var UsualNeed = Need{Checks: 1000, Over: 24 * time.Hour}

// A Report is what comparing came to.
type Report struct {
	Findings
	Share   float64 // that is asked; 0 if nothing is
	Address string  // of the decision point
	Failing error   // why the last question of this process was not answered; nil if it was
	Doubted int     // differed, and are asked again
	Ways    []engine.Way
	Verdict Verdict
	Why     []string // what is missing or wrong, and what to do
}

// Asked is how many questions the decision point has answered.
func (r *Report) Asked() int64 {
	return r.Counts[Agreed] + r.Counts[Late] + r.Counts[Disagreed] + r.Counts[Unsettled] + int64(r.Doubted)
}

// Report is what comparing an environment came to, and the verdict. It returns
// Unavailable if the environment is not loaded.
func (s *Shadow) Report(ctx context.Context, env authz.EnvID, need Need) (r Report, err error) {
	snapshot, ok := s.Snapshots.Snapshot(env)
	if !ok {
		return r, authz.Errorf(authz.Unavailable, "the environment is not loaded yet")
	}
	r.Ways = snapshot.Ways()
	if w := s.watched(env); w != nil {
		w.save(ctx)
		w.mu.Lock()
		r.Failing, r.Doubted = w.failing, len(w.doubts)
		w.mu.Unlock()
	}
	settings, err := s.Settings.Compared(ctx)
	if err != nil {
		return r, err
	}
	r.Share, r.Address = settings[env].Share, settings[env].Address
	if r.Findings, err = s.Ledger.Findings(ctx, env, settings[env].Account); err != nil {
		return r, err
	}
	r.judge(need)
	return r, nil
}

// judge says whether it is safe to switch, and what speaks against it.
func (r *Report) judge(need Need) {
	say := func(format string, args ...any) { r.Why = append(r.Why, fmt.Sprintf(format, args...)) }
	if n := r.Counts[Disagreed]; n > 0 {
		say("%d checks were answered differently: see the disagreements, make the two sides equal, and have what was found forgotten", n)
	}
	r.Verdict = NotYet
	if len(r.Why) > 0 {
		r.Verdict = Unsafe
	}
	if r.Share == 0 {
		say("nothing is compared: set a share and the address of the account's decision point")
	}
	if n := r.Counts[Agreed] + r.Counts[Late]; n < int64(need.Checks) {
		say("%d checks have agreed, wanted are %d", n, need.Checks)
	}
	if over := max(r.Last.Sub(r.Since), 0); over < need.Over {
		say("checks were compared over %s, wanted are %s", over.Round(time.Second), need.Over)
	}
	for _, way := range r.Ways {
		if r.Counts[Count(way)] == 0 {
			say("the environment has %s, and no check that they allowed was compared", words[way])
		}
	}
	if r.Counts[Denied] == 0 {
		say("no check that was denied was compared")
	}
	if n := r.Counts[Unsettled]; n > 0 {
		say("%d checks differed while the account was behind, and it stayed so: see the mirror, and have what was found forgotten", n)
	}
	if r.Doubted > 0 {
		say("%d checks differed and are asked again", r.Doubted)
	}
	if r.Failing != nil {
		say("the decision point does not answer: %v", r.Failing)
	}
	if len(r.Why) == 0 {
		r.Verdict = Safe
	}
}

// words are the ways for people.
var words = map[engine.Way]string{
	engine.TenantRoles: "roles in tenants", engine.InstanceRoles: "roles on instances",
	engine.DerivedRoles: "derived roles", engine.ConditionSets: "rules of condition sets",
}

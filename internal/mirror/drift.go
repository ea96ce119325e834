package mirror

import (
	"cmp"
	"context"
	"slices"
	"time"

	"github.com/gatehouse-authz/gatehouse/internal/authz"
)

// A Cause says why a thing differs, and so what a repair does about it.
type Cause string

// The causes.
const (
	MissingThere Cause = "missing_there" // it is made
	Differs      Cause = "differs"       // the mirror made it: it is changed back
	LeftOver     Cause = "left_over"     // the mirror made it, and it is not here: it is removed
	ByOthers     Cause = "by_others"     // somebody else made another of this name: it stays
	OnlyThere    Cause = "only_there"    // somebody else made it, and it is not here: it stays
)

// Repairs reports whether a repair does something about the cause.
func (c Cause) Repairs() bool { return c == MissingThere || c == Differs || c == LeftOver }

// A Difference is a thing that is not the same on both sides.
type Difference struct {
	Thing
	Cause Cause
}

// A Drift is what a comparison of everything found.
type Drift struct {
	At          time.Time // when it began
	Head        authz.Revision
	Here, There map[Kind]int
	Total       int // differences
	ByCause     map[Cause]int
	Differences []Difference // the first of them
	Waiting     int          // marks that were not done when it ended: they may explain differences
}

// Equal reports whether nothing is left that a repair would do.
func (d Drift) Equal() bool {
	for cause, n := range d.ByCause {
		if n > 0 && cause.Repairs() {
			return false
		}
	}
	return true
}

// mostDifferences is how many differences a drift lists.
const mostDifferences = 1000

// Compare has everything compared soon, between two steps.
func (m *Mirror) Compare() {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.compare = true
}

// Drift is what the last comparison found; running says that one is under way or about
// to be. ok is false if none has come to its end since the start; err is why the last
// did not.
func (m *Mirror) Drift() (d Drift, ok, running bool, err error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.drift == nil {
		return Drift{}, false, m.compare, m.undrifted
	}
	return *m.drift, true, m.compare, m.undrifted
}

// compareAll compares everything, if somebody has asked for it.
func (m *Mirror) compareAll(ctx context.Context) {
	m.mu.Lock()
	asked := m.compare
	m.mu.Unlock()
	if !asked {
		return
	}
	d, err := m.drifted(ctx)
	if ctx.Err() != nil {
		return
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.compare, m.undrifted = false, err
	if err == nil {
		m.drift = &d
	}
}

func (m *Mirror) drifted(ctx context.Context) (Drift, error) {
	d := Drift{At: m.Pace.Clock.Now(), Head: m.cursor, Here: map[Kind]int{}, There: map[Kind]int{}, ByCause: map[Cause]int{}}
	for _, kind := range m.Wanted.Kinds() {
		if err := m.compareKind(ctx, kind, &d); err != nil {
			return d, m.heed(ctx, err)
		}
	}
	s, err := m.Ledger.Summary(ctx, m.Env)
	d.Waiting = s.Waiting
	return d, err
}

// compareKind compares all things of one kind.
func (m *Mirror) compareKind(ctx context.Context, kind Kind, d *Drift) error {
	things, err := m.Source.Everything(ctx, m.Env, kind, m.Wanted)
	if err != nil {
		return err
	}
	here, common := make(map[Thing]string, len(things)), map[Thing]authz.Change{}
	for some := range slices.Chunk(things, page) {
		is, err := m.Source.Present(ctx, m.Env, some)
		if err != nil {
			return err
		}
		for i, t := range some {
			if is[i] != nil { // a suspended user's assignments are not here
				here[t] = Digest(is[i])
				if shared(is[i]) {
					common[t] = is[i]
				}
			}
		}
	}
	there := map[Thing]string{}
	err = m.Account.Everything(ctx, kind, func(list []authz.Change) error {
		for _, c := range list {
			if t := Named(c); m.Wanted.Has(t) {
				there[t] = Digest(c)
				if is := common[t]; is != nil && covers(c, is) {
					there[t] = here[t]
				}
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	d.Here[kind], d.There[kind] = len(here), len(there)
	var off []Thing
	for t, digest := range here {
		if there[t] != digest {
			off = append(off, t)
		}
	}
	for t := range there {
		if _, is := here[t]; !is {
			off = append(off, t)
		}
	}
	slices.SortFunc(off, func(a, b Thing) int { return cmp.Compare(a.Key, b.Key) })
	return m.explain(ctx, off, here, there, d)
}

// explain says of things that differ why.
func (m *Mirror) explain(ctx context.Context, off []Thing, here, there map[Thing]string, d *Drift) error {
	if len(off) == 0 {
		return nil
	}
	made, err := m.Ledger.Made(ctx, m.Env, m.account, off)
	if err != nil {
		return err
	}
	for _, t := range off {
		_, isHere := here[t]
		_, isThere := there[t]
		state := made[t].State
		own := state == Mine || state == Changing || state == Making
		cause := Differs // of what is shared, something is missing
		switch {
		case isHere && !isThere:
			cause = MissingThere
		case isThere && !isHere && own:
			cause = LeftOver
		case isThere && !isHere:
			cause = OnlyThere
		case !own && !builtIn(t):
			cause = ByOthers
		}
		d.Total++
		d.ByCause[cause]++
		if len(d.Differences) < mostDifferences {
			d.Differences = append(d.Differences, Difference{t, cause})
		}
	}
	return nil
}

// Repair has the things looked at again that the last comparison lists and a repair does
// something about; the account is asked about each. It returns how many these are.
func (m *Mirror) Repair(ctx context.Context) (int, error) {
	d, ok, _, _ := m.Drift()
	if !ok {
		return 0, authz.Errorf(authz.Conflict, "nothing has been compared yet: have it compared first")
	}
	m.mu.Lock()
	account := m.account
	m.mu.Unlock()
	n := 0
	for _, kind := range Order {
		var things []Thing
		for _, off := range d.Differences {
			if off.Kind == kind && off.Cause.Repairs() {
				things = append(things, off.Thing)
			}
		}
		if len(things) == 0 {
			continue
		}
		if err := m.Ledger.Doubt(ctx, m.Env, account, things); err != nil {
			return n, err
		}
		n += len(things)
	}
	return n, nil
}

package mirror

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/gatehouse-authz/gatehouse/internal/authz"
)

// A glance is what is known of a marked thing.
type glance struct {
	mark   Mark
	is     authz.Change // what is true here; nil if nothing
	made   Made
	asked  bool         // the account was asked
	there  authz.Change // what it has, if it was asked; nil if nothing
	digest string       // of is
}

// Conflict is how the reason of a letter begins that is about somebody else's thing.
const Conflict = "conflict: "

// look brings the account into agreement with what is true of marked things of one kind.
func (m *Mirror) look(ctx context.Context, marks []Mark) error {
	list, err := m.glances(ctx, marks)
	if err != nil {
		return err
	}
	if err := m.markHeld(ctx, list); err != nil {
		return err
	}
	if err := m.ask(ctx, list); err != nil {
		return m.heed(ctx, err)
	}
	now := m.Pace.Clock.Now()
	var made []Made
	var settled []Mark
	todo := map[Verb][]glance{}
	for _, g := range list {
		verb := g.decide(now, m.Adopt)
		if verb != "" {
			todo[verb] = append(todo[verb], g)
			continue
		}
		made, settled = append(made, g.made), append(settled, g.mark)
	}
	if err := m.Ledger.Settle(ctx, m.Env, m.account, made, settled); err != nil {
		return err
	}
	for _, verb := range []Verb{Remove, Create, Update} {
		if err := m.call(ctx, verb, todo[verb]); err != nil {
			return err
		}
	}
	return nil
}

// glances reads what is true here of the things, and what is known of them there.
func (m *Mirror) glances(ctx context.Context, marks []Mark) ([]glance, error) {
	things := make([]Thing, len(marks))
	for i, mark := range marks {
		things[i] = mark.Thing
	}
	is, err := m.Source.Present(ctx, m.Env, things)
	if err != nil {
		return nil, err
	}
	made, err := m.Ledger.Made(ctx, m.Env, m.account, things)
	if err != nil {
		return nil, err
	}
	list := make([]glance, len(marks))
	for i, mark := range marks {
		list[i] = glance{mark: mark, is: is[i], made: made[mark.Thing]}
		list[i].made.Thing = mark.Thing
		if m.Adopt && list[i].made.State == Theirs {
			list[i].made.State, list[i].made.At = Making, time.Time{} // its own, if it is still what it was
		}
		if is[i] != nil {
			list[i].digest = Digest(is[i])
		}
	}
	return list, nil
}

// markHeld marks what users hold that are suspended, or are so no more: it goes and
// comes with that.
func (m *Mirror) markHeld(ctx context.Context, list []glance) error {
	var users []string
	for i := range list {
		if put, ok := list[i].is.(authz.PutUser); ok && put.User.Suspended != list[i].made.Suspended {
			users = append(users, list[i].mark.Key)
			list[i].made.Suspended = put.User.Suspended
		}
	}
	for some := range slices.Chunk(users, 100) {
		held, err := m.Source.HeldBy(ctx, m.Env, some)
		if err != nil {
			return err
		}
		touches := make([]Touch, 0, len(held))
		for _, t := range held {
			if m.Wanted.Has(t) {
				touches = append(touches, Touch{Thing: t})
			}
		}
		if err := m.Ledger.Follow(ctx, m.Env, touches, m.cursor); err != nil {
			return err
		}
	}
	return nil
}

// ask asks the account about the things of which it is not known what it has.
func (m *Mirror) ask(ctx context.Context, list []glance) error {
	now := m.Pace.Clock.Now()
	for _, old := range []bool{true, false} {
		var things []Thing
		var asked []int
		for i, g := range list {
			// Of what the mirror has never asked for, an old answer does.
			if g.unknown() && !g.unsettled(now) && old == (g.made.State == Unmade && g.mark.Attempts == 0) {
				things, asked = append(things, g.mark.Thing), append(asked, i)
			}
		}
		if len(things) == 0 {
			continue
		}
		there, err := m.Account.Find(ctx, things, old)
		if err != nil {
			return err
		}
		for n, i := range asked {
			list[i].asked, list[i].there = true, there[n]
		}
	}
	return nil
}

// unknown reports whether the account must be asked about the thing.
func (g *glance) unknown() bool {
	switch g.made.State {
	case Unmade, Theirs:
		return g.is != nil
	case Making:
		return true
	case Changing:
		return g.is != nil || g.mark.Attempts > 0
	case Mine:
		return g.mark.Attempts > 0 || g.is != nil && g.made.ID != identity(g.is)
	}
	return true
}

// unsettled reports whether a request about the thing may still land.
func (g *glance) unsettled(now time.Time) bool {
	return (g.made.State == Making || g.made.State == Changing) && now.Before(g.made.At.Add(settle))
}

// decide says what to ask of the account, or with "" what becomes of the mark, and what
// is known of the thing.
func (g *glance) decide(now time.Time, adopt bool) Verb {
	if g.unsettled(now) {
		g.mark.Due, g.mark.Reason = g.made.At.Add(settle), "a request about it had no answer"
		return ""
	}
	if g.is == nil {
		return g.decideGone()
	}
	g.mark.Gone = false
	switch {
	case !g.asked:
		if g.made.Digest == g.digest {
			return ""
		}
		return Update
	case g.there == nil:
		g.made.State = Unmade
		return Create
	}
	if shared(g.is) {
		if covers(g.there, g.is) {
			g.made.State, g.made.Digest, g.made.ID = Theirs, g.digest, identity(g.is)
			return ""
		}
		return Update
	}
	there := Digest(g.there)
	own := g.made.State == Mine || g.made.State == Changing || g.made.State == Making && there == g.made.Digest
	switch {
	case (own || adopt) && there == g.digest:
		g.made.State, g.made.Digest, g.made.ID = Mine, there, identity(g.is)
	case own && fixed(g.there) != fixed(g.is):
		g.made.State = Changing
		return Remove // and made anew
	case own:
		g.made.State = Changing
		return Update
	case there == g.digest:
		g.made.State, g.made.Digest, g.made.ID = Theirs, there, identity(g.is)
	default:
		g.made.State = Unmade
		g.mark.Dead, g.mark.Reason = true, Conflict+"the account has another of this name, which the mirror has not made"
	}
	return ""
}

// decideGone is decide for a thing that is not here.
func (g *glance) decideGone() Verb {
	own := g.made.State == Mine || g.made.State == Changing
	if g.asked {
		own = g.there != nil && (own || g.made.State == Making && Digest(g.there) == g.made.Digest)
	}
	if own {
		g.made.State = Changing
		return Remove
	}
	g.made.State = Unmade
	return ""
}

// call has the account do the same to things.
func (m *Mirror) call(ctx context.Context, verb Verb, list []glance) error {
	for len(list) > 0 {
		// What was refused or not answered among many is tried among fewer.
		size := max(m.Account.Most(list[0].mark.Kind, verb)>>(3*list[0].mark.Attempts), 1)
		n := 1
		for n < len(list) && n < size && list[n].mark.Attempts == list[0].mark.Attempts {
			n++
		}
		if n < m.Account.Many() {
			n = 1
		}
		if err := m.make(ctx, verb, list[:n]); err != nil {
			return err
		}
		list = list[n:]
	}
	return nil
}

// make makes one call. That it is made is kept before, and what came of it after.
func (m *Mirror) make(ctx context.Context, verb Verb, list []glance) error {
	// What is kept says when the request went out, so it must do so soon.
	if err := m.Pace.Open(ctx); err != nil {
		return err
	}
	c := Call{Verb: verb, Things: make([]Thing, len(list))}
	before, during := make([]Made, len(list)), make([]Made, len(list))
	now := m.Pace.Clock.Now()
	for i, g := range list {
		c.Things[i] = g.mark.Thing
		before[i] = g.made
		during[i] = g.made
		during[i].At = now
		if verb == Remove {
			during[i].State = Changing
			continue
		}
		c.Values = append(c.Values, g.is)
		during[i].State, during[i].Digest, during[i].ID = Changing, g.digest, identity(g.is)
		if verb == Create {
			during[i].State, during[i].Digest = Making, Digest(bare(g.is))
		}
	}
	if err := m.Ledger.Settle(ctx, m.Env, m.account, during, nil); err != nil {
		return err
	}
	err := m.Account.Do(ctx, c)
	heeded := m.heed(ctx, err) // first, so that nothing comes between
	after, marks := m.outcome(verb, list, before, during, err)
	if err := m.Ledger.Settle(ctx, m.Env, m.account, after, marks); err != nil {
		return err
	}
	if r, ok := errors.AsType[*Refusal](err); ok && !r.Locked {
		return nil
	}
	return heeded
}

// outcome is what is known of things after a call, and what becomes of their marks.
func (m *Mirror) outcome(verb Verb, list []glance, before, during []Made, err error) ([]Made, []Mark) {
	after, marks := slices.Clone(during), make([]Mark, len(list))
	now := m.Pace.Clock.Now()
	refusal, refused := errors.AsType[*Refusal](err)
	for i, g := range list {
		marks[i] = g.mark
		mark := &marks[i]
		switch {
		case err == nil && verb == Remove:
			after[i].State = Unmade
			if g.is != nil { // it made way for another of its name
				mark.Due = now
			}
		case err == nil && verb == Create && g.mark.Kind == Resource:
			after[i].State, after[i].At, mark.Due = Changing, now.Add(-settle), now // what it refers to comes next
		case err == nil:
			after[i].State, after[i].Digest = Mine, g.digest
		case undone(err):
			after[i] = before[i]
			mark.Due, mark.Reason = now, err.Error()
			if !refused || refusal.Locked {
				break
			}
			m.refused(mark, now)
		case refused: // some of it was done
			after[i].At, mark.Reason = now.Add(-settle), err.Error()
			m.refused(mark, now)
		default:
			after[i].At = now
			mark.Attempts++
			mark.Due, mark.Reason = now.Add(settle<<min(mark.Attempts-1, 4)), fmt.Sprintf("no answer: %v", err)
		}
	}
	return after, marks
}

// refused has a mark wait for another try, or gives it up.
func (m *Mirror) refused(mark *Mark, now time.Time) {
	mark.Attempts++
	mark.Due = now.Add(min(firstDelay<<min(mark.Attempts, 10), longestRefused))
	mark.Dead = mark.Attempts >= refusals && !m.early
}

package engine_test

import (
	"flag"
	"fmt"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/gatehouse-authz/gatehouse/internal/authz"
	"github.com/gatehouse-authz/gatehouse/internal/engine"
)

// Of each world a history is asked at as many moments, so much.
const moments, questionsPerMoment = 8, 100

// sensible holds if the change can come from the directory: nothing is given
// that is not there, and an instance stays in its tenant.
func (s *second) sensible(change authz.Change) bool {
	switch c := change.(type) {
	case authz.PutAssignment:
		a := c.Assignment
		_, user := s.users[a.User]
		_, tenant := s.tenants[a.Tenant]
		_, role := s.roles[a.Role]
		if (a.Instance != authz.Node{}) {
			i, there := s.instances[a.Instance]
			role = there && i.Tenant == a.Tenant && s.resourceRole(a.Instance.Type, a.Role).Key != ""
		}
		return user && tenant && role
	case authz.PutInstance:
		_, tenant := s.tenants[c.Instance.Tenant]
		_, resource := s.resources[c.Instance.Node.Type]
		was, there := s.instances[c.Instance.Node]
		return tenant && resource && (!there || was.Tenant == c.Instance.Tenant)
	case authz.PutTuple:
		from, subject := s.instances[c.Tuple.Subject]
		_, object := s.instances[c.Tuple.Object]
		if c.Tuple.Object.IsEvery() {
			_, object = s.resources[c.Tuple.Object.Type]
			object = object && c.Tuple.Tenant == from.Tenant
		}
		return subject && object && slices.ContainsFunc(s.resources[c.Tuple.Object.Type].Relations, func(r authz.Relation) bool {
			return r.Key == c.Tuple.Relation && r.Subject == c.Tuple.Subject.Type
		})
	case authz.PutRule:
		_, resource := s.resources[c.Rule.Permission.Resource]
		return resource
	default:
		return true
	}
}

// An asked question is one that two engines agreed on.
type asked struct {
	query authz.Query
	want  authz.Decision
}

// TestTheEngineAgreesWithTheSecondEngine on every question about every moment
// of drawn histories, whether its commits are folded one by one or at once.
// GATEHOUSE_TEST_TRIPLES asks for more questions than the usual ones.
func TestTheEngineAgreesWithTheSecondEngine(t *testing.T) {
	soak(t) // sets flags, so nothing runs beside it

	toEvery := map[bool]int{} // answers that tuples to every instance of a type decide, by whether it is stored
	count, allowed, operators, decided := 0, map[authz.Model]int{}, map[string]*outcomes{}, map[authz.Setting]int{}
	rapid.Check(t, func(rt *rapid.T) {
		w, naive, snapshot := new(worlds), newSecond(), new(engine.Snapshot)
		var commits []authz.Commit
		do := func(c authz.Change) {
			if !naive.sensible(c) {
				return
			}
			naive.fold(c)
			commits = append(commits, authz.Commit{Revision: authz.Revision(len(commits) + 1), Changes: []authz.Change{c}})
			snapshot = snapshot.With(commits[len(commits)-1])
		}
		w.beginning(rt, do)
		for range 60 {
			do(w.fact(rt, naive))
		}
		first, last := snapshot, []asked{}
		var before []asked
		for range moments {
			last = last[:0]
			for range questionsPerMoment {
				q := w.query(rt)
				want, by := naive.decide(q)
				got := snapshot.Decide(q)
				if got.Allow != want || got.Allow && !by[got.By] || got.Revision != snapshot.Revision() {
					rt.Fatalf("%+v: the engine says %+v, the second engine %v by %v\n%s", q, got, want, by, told(commits, q))
				}
				if wrong := naive.explains(q, snapshot.Explain(q), got, by); wrong != "" {
					rt.Fatalf("%+v: %s\n%s", q, wrong, told(commits, q))
				}
				if why, reason := snapshot.Why(q), snapshot.Explain(q).Reason; why != reason {
					rt.Fatalf("%+v: Why says %s, Explain %s\n%s", q, why, reason, told(commits, q))
				}
				if by[authz.ReBAC] && !naive.withoutEvery().byInstanceRole(q) {
					_, stored := naive.instances[authz.Node{Type: q.Resource, Key: q.Instance}]
					toEvery[stored]++
				}
				last = append(last, asked{q, got})
				count++
				for m, held := range by {
					if held {
						allowed[m]++
					}
				}
			}
			if snapshot == first {
				before = slices.Clone(last)
			}
			for range 8 {
				do(w.change(rt, naive))
			}
		}
		again(rt, first, before)
		again(rt, new(engine.Snapshot).With(commits...), ask(snapshot, last))
		var all authz.Commit
		for _, c := range commits {
			all.Revision, all.Changes = c.Revision, append(all.Changes, c.Changes...)
		}
		again(rt, new(engine.Snapshot).With(all), ask(snapshot, last))
		for name, n := range naive.decided {
			decided[name] += n
		}
		for name, o := range naive.count {
			if operators[name] == nil {
				operators[name] = &outcomes{}
			}
			operators[name].held += o.held
			operators[name].not += o.not
		}
	})
	t.Logf("%d triples; allowed by RBAC %d, by ABAC %d, by ReBAC %d", count, allowed[authz.RBAC], allowed[authz.ABAC], allowed[authz.ReBAC])
	for _, m := range []authz.Model{authz.RBAC, authz.ABAC, authz.ReBAC} {
		if allowed[m]*100 < count && !t.Failed() {
			t.Errorf("%s allows %d of %d; the test proves little", m, allowed[m], count)
		}
	}
	if t.Logf("tuples to every instance decided %d of stored ones, %d of others", toEvery[true], toEvery[false]); (toEvery[true] == 0 || toEvery[false] == 0) && !t.Failed() {
		t.Error("they prove little")
	}
	for _, name := range authz.EverySetting() {
		t.Logf("%-20s decided %7d", name, decided[name])
		if decided[name] == 0 && !t.Failed() {
			t.Errorf("%s never decided anything", name)
		}
	}
	for _, o := range append(slices.Clone(wOperators), "a match by key") {
		n := operators[o]
		if !t.Failed() && (n == nil || n.held == 0 || n.not == 0) {
			t.Errorf("%s never decided anything", o)
		} else if n != nil {
			t.Logf("%-20s held %7d, not %7d", o, n.held, n.not)
		}
	}
}

// withoutEvery is s without the tuples to every instance of a type.
func (s *second) withoutEvery() *second {
	other := *s
	other.tuples = slices.DeleteFunc(slices.Clone(s.tuples), func(t authz.Tuple) bool { return t.Object.IsEvery() })
	return &other
}

// soak reads how many triples are wanted, and from which seed.
func soak(t *testing.T) {
	want, _ := strconv.Atoi(os.Getenv("GATEHOUSE_TEST_TRIPLES"))
	if want == 0 {
		return
	}
	set := func(name, v string) {
		f := flag.Lookup(name)
		was := f.Value.String()
		t.Cleanup(func() { _ = flag.Set(name, was) })
		if err := flag.Set(name, v); err != nil {
			t.Fatal(err)
		}
	}
	set("rapid.checks", strconv.Itoa(1+want/(moments*questionsPerMoment)))
	seed := flag.Lookup("rapid.seed").Value.String()
	if seed == "0" {
		seed = strconv.FormatInt(time.Now().UnixNano(), 10)
		set("rapid.seed", seed)
	}
	t.Logf("to have the same worlds: -rapid.seed=%s", seed)
}

func ask(s *engine.Snapshot, questions []asked) []asked {
	var all []asked
	for _, a := range questions {
		all = append(all, asked{a.query, s.Decide(a.query)})
	}
	return all
}

func again(t *rapid.T, s *engine.Snapshot, questions []asked) {
	for _, a := range questions {
		if got := s.Decide(a.query); got.Allow != a.want.Allow || got.By != a.want.By {
			t.Fatalf("%+v: got %+v, want %+v as before", a.query, got, a.want)
		}
	}
}

// explains says what is wrong in an explanation of the answer that the second
// engine gives by each model.
func (s *second) explains(q authz.Query, e engine.Explanation, got authz.Decision, by map[authz.Model]bool) string {
	if e.Decision.Allow != got.Allow || e.Decision.By != got.By {
		return fmt.Sprintf("Decide says %+v, Explain %+v", got, e.Decision)
	}
	if s.users[q.User].Suspended {
		return ""
	}
	said := map[authz.Model]bool{authz.RBAC: e.Reason == engine.Allowed}
	if e.Instance != nil {
		said[authz.ReBAC] = e.Instance.Reason == engine.Allowed
		if len(e.Instance.Paths) > 0 != said[authz.ReBAC] {
			return fmt.Sprintf("%s with paths %v", e.Instance.Reason, e.Instance.Paths)
		}
		for _, p := range e.Instance.Paths {
			if !s.leads(q, p) {
				return fmt.Sprintf("nothing leads %v", p)
			}
		}
	}
	if e.Rules != nil {
		said[authz.ABAC] = e.Rules.Reason == engine.Allowed
	}
	for m, allows := range by {
		if said[m] != allows {
			return fmt.Sprintf("Explain says %s allows: %v, the second engine %v", m, said[m], allows)
		}
	}
	return s.explainsSettings(q, e, by)
}

// explainsSettings says what is wrong in the settings that an explanation names:
// they must be on, all of them must be off for a model to answer as Permit's
// would, and a model that they close must say so.
func (s *second) explainsSettings(q authz.Query, e engine.Explanation, by map[authz.Model]bool) string {
	under := func(on authz.Settings) map[authz.Model]bool {
		other := *s
		other.settings = on
		_, by := other.decide(q)
		return by
	}
	codes := map[authz.Model]engine.Reason{authz.RBAC: e.Reason}
	names := map[authz.Model][]authz.Setting{authz.RBAC: e.Settings}
	if e.Instance != nil {
		codes[authz.ReBAC], names[authz.ReBAC] = e.Instance.Reason, e.Instance.Settings
	}
	if e.Rules != nil {
		codes[authz.ABAC], names[authz.ABAC] = e.Rules.Reason, e.Rules.Settings
	}
	permits := by
	if s.settings != (authz.Settings{}) {
		permits = under(authz.Settings{})
	}
	for m := range by {
		if permits[m] != by[m] != (len(names[m]) > 0) {
			return fmt.Sprintf("%s allows: %v, in Permit %v, yet the settings %v are named", m, by[m], permits[m], names[m])
		}
		if permits[m] && !by[m] != (codes[m] == engine.ClosedBySetting) {
			return fmt.Sprintf("%s allows: %v, in Permit %v, yet the code is %s", m, by[m], permits[m], codes[m])
		}
		if len(names[m]) == 0 {
			continue
		}
		if by[m] && !s.settings.FixedBuiltIns {
			return fmt.Sprintf("the settings %v make %s allow", names[m], m)
		}
		var rest authz.Settings
		for _, name := range authz.EverySetting() {
			if s.settings.On(name) && !slices.Contains(names[m], name) {
				rest = rest.With(name)
			}
		}
		if under(rest)[m] != permits[m] {
			return fmt.Sprintf("without %v, %s does not answer as Permit", names[m], m)
		}
		for _, name := range names[m] {
			s.decided[name]++
			if !s.settings.On(name) || under(rest.With(name))[m] == permits[m] {
				return fmt.Sprintf("%s is named and decides nothing about %s", name, m)
			}
		}
	}
	return ""
}

// leads holds if the user comes to the instance of q on that path, and to a role
// that permits the action.
func (s *second) leads(q authz.Query, p engine.Path) bool {
	at := p[0]
	if !slices.ContainsFunc(s.assignments, func(a authz.Assignment) bool {
		return a.User == q.User && a.Instance == at.Node && a.Role == at.Role
	}) {
		return false
	}
	for _, next := range p[1:] {
		tied := slices.ContainsFunc(s.tuples, func(t authz.Tuple) bool {
			return t.Subject == at.Node && t.Relation == next.Relation && slices.Contains(s.ends(t, next.Node, q.Tenant), next.Node)
		})
		if !tied || !slices.ContainsFunc(s.resourceRole(next.Node.Type, next.Role).Derivations, func(d authz.Derivation) bool {
			return d.On == at.Node.Type && d.Role == at.Role && d.Through == next.Relation
		}) {
			return false
		}
		at = next
	}
	held := upwards([]authz.RoleKey{at.Role}, func(r authz.RoleKey) []authz.RoleKey { return s.resourceRole(q.Resource, r).Extends })
	return at.Node == authz.Node{Type: q.Resource, Key: q.Instance} && slices.ContainsFunc(held, func(r authz.RoleKey) bool {
		return slices.ContainsFunc(s.resourceRole(q.Resource, r).Actions, func(a authz.ActionKey) bool { return s.covers(q, a) })
	})
}

// disagree replays changes, and holds if the engines differ on q at the end.
func disagree(changes []authz.Change, q authz.Query) bool {
	naive, c := newSecond(), authz.Commit{Revision: 1}
	for _, change := range changes {
		if naive.sensible(change) {
			naive.fold(change)
			c.Changes = append(c.Changes, change)
		}
	}
	want, by := naive.decide(q)
	snapshot := new(engine.Snapshot).With(c)
	got := snapshot.Decide(q)
	return got.Allow != want || got.Allow && !by[got.By] || naive.explains(q, snapshot.Explain(q), got, by) != ""
}

// told is the history without what can be left out of it.
func told(commits []authz.Commit, q authz.Query) string {
	var changes []authz.Change
	for _, c := range commits {
		changes = append(changes, c.Changes...)
	}
	for i := len(changes) - 1; i >= 0; i-- {
		if less := slices.Delete(slices.Clone(changes), i, i+1); disagree(less, q) {
			changes = less
		}
	}
	var story strings.Builder
	for _, c := range changes {
		fmt.Fprintf(&story, "%T%s\n", c, emptyFields.ReplaceAllString(fmt.Sprintf("%+v", c), "$3"))
	}
	return story.String()
}

var emptyFields = regexp.MustCompile(`[A-Z]\w*:(0001-01-01 00:00:00 \+0000 UTC|\[\]|map\[\]|false)?( |(}))`)

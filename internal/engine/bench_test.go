package engine_test

import (
	"fmt"
	"os"
	"runtime"
	"strconv"
	"testing"

	"github.com/gatehouse-authz/gatehouse/internal/authz"
	"github.com/gatehouse-authz/gatehouse/internal/engine"
)

// facts is how many facts the largest environments have, 1,000,000 unless
// GATEHOUSE_BENCH_FACTS says otherwise.
func facts(b *testing.B) int {
	b.Helper()
	text, ok := os.LookupEnv("GATEHOUSE_BENCH_FACTS")
	if !ok {
		return 1_000_000
	}
	n, err := strconv.Atoi(text)
	if err != nil {
		b.Fatal("GATEHOUSE_BENCH_FACTS: ", err)
	}
	return n
}

// documents is organizations ▷ folders ▷ documents, n of these, with roles derived
// from each to the next; a user is member of one organization.
func documents(n int) story {
	role := func(actions ...authz.ActionKey) authz.ResourceRole {
		return authz.ResourceRole{Key: "viewer", Actions: actions}
	}
	derived := func(from authz.ResourceKey, actions ...authz.ActionKey) authz.ResourceRole {
		r := role(actions...)
		r.Derivations = []authz.Derivation{{Role: "viewer", On: from, Through: "parent"}}
		return r
	}
	kind := func(key, parent authz.ResourceKey, r authz.ResourceRole) authz.Change {
		res := authz.Resource{Key: key, Actions: []authz.Action{{Key: "read"}}, Roles: []authz.ResourceRole{r}}
		if parent != "" {
			res.Relations = []authz.Relation{{Key: "parent", Subject: parent}}
		}
		return authz.PutResource{Resource: res}
	}
	node := func(kind authz.ResourceKey, i int) authz.Node { return authz.Node{Type: kind, Key: fmt.Sprint(i)} }
	tuple := func(subject, object authz.Node) authz.Change {
		return authz.PutTuple{Tuple: authz.Tuple{Subject: subject, Relation: "parent", Object: object}}
	}
	folders, orgs := max(n/20, 1), max(n/1000, 1)
	return func(put func(authz.Change)) {
		put(kind("org", "", role()))
		put(kind("folder", "org", derived("org")))
		put(kind("doc", "folder", derived("folder", "read")))
		put(authz.PutTenant{Tenant: authz.Tenant{Key: "t"}})
		for i := range folders {
			put(tuple(node("org", i%orgs), node("folder", i)))
		}
		for i := range n {
			put(tuple(node("folder", i%folders), node("doc", i)))
		}
		for i := range orgs {
			u := authz.UserKey(fmt.Sprint("user-", i))
			put(authz.PutUser{User: authz.User{Key: u}})
			put(authz.PutAssignment{Assignment: authz.Assignment{User: u, Role: "viewer", Tenant: "t", Instance: node("org", i)}})
		}
	}
}

// A story puts one change after another.
type story func(put func(authz.Change))

func collected(all story) (list []authz.Change) {
	all(func(c authz.Change) { list = append(list, c) })
	return list
}

// loaded is the environment that changes lead to, read as from a store.
func loaded(all story) *engine.Snapshot {
	var l engine.Loading
	chunk := make([]authz.Change, 0, 4096)
	all(func(c authz.Change) {
		if chunk = append(chunk, c); len(chunk) == cap(chunk) {
			l.Put(chunk)
			chunk = chunk[:0]
		}
	})
	l.Put(chunk)
	return l.Snapshot(1)
}

// BenchmarkDecideReBAC: a role derived over two tuples, 100,000 documents.
func BenchmarkDecideReBAC(b *testing.B) {
	const n = 100_000
	s := loaded(documents(n))
	questions := make([]authz.Query, 1<<12)
	for i := range questions {
		doc := i * 7919 % n
		org := doc % (n / 20) % (n / 1000)
		questions[i] = authz.Query{User: authz.UserKey(fmt.Sprint("user-", org)), Action: "read", Resource: "doc", Instance: fmt.Sprint(doc), Tenant: "t"}
		if !s.Decide(questions[i]).Allow {
			b.Fatal("denied")
		}
	}
	b.ReportAllocs()
	i := 0
	for b.Loop() {
		s.Decide(questions[i&(1<<12-1)])
		i++
	}
}

// BenchmarkDecideABAC: a department that must be equal and a clearance that must
// be enough, both stored, 10,000 users.
func BenchmarkDecideABAC(b *testing.B) {
	c := authz.Commit{Revision: 1, Changes: []authz.Change{
		authz.PutResource{Resource: authz.Resource{Key: "doc", Actions: []authz.Action{{Key: "read"}}}},
		authz.PutConditionSet{Set: authz.ConditionSet{Key: "staff", Kind: authz.UserSet,
			Conditions: `{"allOf":[{"user.department":{"equals":{"ref":"resource.department"}}},{"user.clearance":{"greater-than-equals":{"ref":"resource.level"}}}]}`}},
		authz.PutRule{Rule: authz.Rule{UserSet: "staff", Resource: "doc", Permission: authz.Permission{Resource: "doc", Action: "read"}}},
		authz.PutTenant{Tenant: authz.Tenant{Key: "t"}},
	}}
	for i := range 10_000 {
		c.Changes = append(c.Changes,
			authz.PutUser{User: authz.User{Key: authz.UserKey(fmt.Sprint("user-", i)), Attributes: authz.Attributes{"department": "d1", "clearance": 5}}},
			authz.PutInstance{Instance: authz.Instance{Node: authz.Node{Type: "doc", Key: fmt.Sprint(i)}, Tenant: "t", Attributes: authz.Attributes{"department": "d1", "level": 3}}})
	}
	s := new(engine.Snapshot).With(c)
	questions := make([]authz.Query, 1<<10)
	for i := range questions {
		questions[i] = authz.Query{User: authz.UserKey(fmt.Sprint("user-", i)), Action: "read", Resource: "doc", Instance: fmt.Sprint(i), Tenant: "t"}
		if !s.Decide(questions[i]).Allow {
			b.Fatal("denied")
		}
	}
	b.ReportAllocs()
	i := 0
	for b.Loop() {
		s.Decide(questions[i&(1<<10-1)])
		i++
	}
}

// BenchmarkMemory: bytes of the heap per tuple and per assignment.
func BenchmarkMemory(b *testing.B) {
	heap := func() uint64 {
		runtime.GC()
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		return m.HeapAlloc
	}
	n := facts(b)
	for name, all := range map[string]story{"tuple": documents(n), "assignment": many(n / 3)} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				before := heap()
				s := loaded(all)
				b.ReportMetric(float64(heap()-before)/float64(n), "bytes/"+name)
				runtime.KeepAlive(s)
			}
		})
	}
}

// BenchmarkFoldTuple: one tuple folded into the largest environment.
func BenchmarkFoldTuple(b *testing.B) {
	s := loaded(documents(facts(b)))
	t := authz.Tuple{Subject: authz.Node{Type: "folder", Key: "7"}, Relation: "parent", Object: authz.Node{Type: "doc", Key: "12"}}
	put := authz.Commit{Revision: 2, Changes: []authz.Change{authz.PutTuple{Tuple: t}}}
	b.ReportAllocs()
	for b.Loop() {
		s.With(put)
	}
}

// BenchmarkFoldAssignment: one assignment folded into the largest environment.
func BenchmarkFoldAssignment(b *testing.B) {
	s := loaded(many(facts(b) / 3))
	c := authz.Commit{Revision: 2, Changes: []authz.Change{given("user-7", "role-19", "tenant-3")}}
	b.ReportAllocs()
	for b.Loop() {
		s.With(c)
	}
}

package engine_test

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/gatehouse-authz/gatehouse/internal/authz"
	"github.com/gatehouse-authz/gatehouse/internal/engine"
)

// folders is an environment in which who views a folder views what is in it.
// ann views folder 0, bob something that nothing hangs on.
func folders(inside ...[2]int) *engine.Snapshot {
	node := func(n int) authz.Node { return authz.Node{Type: "folder", Key: fmt.Sprint(n)} }
	changes := []authz.Change{
		authz.PutResource{Resource: authz.Resource{
			Key: "folder", Relations: []authz.Relation{{Key: "parent", Subject: "folder"}},
			Roles: []authz.ResourceRole{{Key: "viewer", Actions: []authz.ActionKey{"read"}, Derivations: []authz.Derivation{{Role: "viewer", On: "folder", Through: "parent"}}}},
		}},
		tenant("acme"), user("ann"), user("bob"),
	}
	for _, pair := range inside {
		changes = append(changes, authz.PutTuple{Tuple: authz.Tuple{Subject: node(pair[0]), Relation: "parent", Object: node(pair[1])}})
	}
	for user, n := range map[authz.UserKey]int{"ann": 0, "bob": -1} {
		changes = append(changes,
			authz.PutInstance{Instance: authz.Instance{Node: node(n), Tenant: "acme"}},
			authz.PutAssignment{Assignment: authz.Assignment{User: user, Role: "viewer", Tenant: "acme", Instance: node(n)}})
	}
	return after(new(engine.Snapshot), changes...)
}

// TestLargeGraphsAnswer looking at no more than they have tuples, and allocating
// for tables that double and not for each step. It counts allocations, so
// nothing runs beside it.
func TestLargeGraphsAnswer(t *testing.T) {
	const n = 100_000
	var chain, circle, wide, layers [][2]int
	for i := range n {
		chain = append(chain, [2]int{i, i + 1})
		circle = append(circle, [2]int{i, (i + 1) % n})
		wide = append(wide, [2]int{i, n})
	}
	const depth, width = 40, 20 // width to the power of depth paths
	for i := range depth {
		for from := range width {
			for to := range width {
				layers = append(layers, [2]int{i*width + from, (i+1)*width + to})
			}
		}
	}
	for name, graph := range map[string]struct {
		tuples [][2]int
		end    int
	}{"a chain": {chain, n}, "a circle": {circle, n - 1}, "wide": {wide, n}, "layers": {layers, depth * width}} {
		s := folders(graph.tuples...)
		q := authz.Query{User: "ann", Action: "read", Resource: "folder", Instance: fmt.Sprint(graph.end), Tenant: "acme"}
		if !s.Decide(q).Allow {
			t.Errorf("%s: ann does not come to its end", name)
		}
		if e := s.Explain(q); !e.Decision.Allow || e.Instance == nil || len(e.Instance.Paths) != 1 {
			t.Errorf("%s: no path explains it", name)
		}
		q.User = "bob"
		if s.Decide(q).Allow || s.Explain(q).Decision.Allow {
			t.Errorf("%s: bob comes to its end", name)
		}
		if got := engine.Visits(s, q); got > len(graph.tuples)+1 {
			t.Errorf("%s: %d visits of %d tuples", name, got, len(graph.tuples))
		}
		// A map of the visited, and a stack, each of which doubles as it grows.
		if got := testing.AllocsPerRun(1, func() { s.Decide(q) }); got > float64(len(graph.tuples))/20+100 {
			t.Errorf("%s: a decision over %d tuples allocates %v times", name, len(graph.tuples), got)
		}
	}
}

// TestOfEqualPathsTheSameExplains, in whichever order the tuples were made:
// folding and loading came to different ones.
func TestOfEqualPathsTheSameExplains(t *testing.T) {
	t.Parallel()
	q := authz.Query{User: "ann", Action: "read", Resource: "folder", Instance: "3", Tenant: "acme"}
	a := folders([2]int{0, 1}, [2]int{0, 2}, [2]int{1, 3}, [2]int{2, 3}).Explain(q)
	b := folders([2]int{2, 3}, [2]int{1, 3}, [2]int{0, 2}, [2]int{0, 1}).Explain(q)
	if diff := cmp.Diff(a, b); diff != "" || len(a.Instance.Paths) != 1 || a.Instance.Paths[0][1].Node.Key != "1" {
		t.Errorf("got %v (-one order +the other)\n%s", a.Instance.Paths, diff)
	}
}

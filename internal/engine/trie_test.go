package engine

import (
	"fmt"
	"maps"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// A tree is a trie that begins at a given depth. In one that begins where the
// hash is all but used up, most keys have the rest of it in common.
type tree struct {
	root  slot[int]
	depth int
}

func (t tree) get(key string) (int, bool) {
	if e := t.root.find(wayAt(key, t.depth), t.depth, key); e != nil {
		return e.value, true
	}
	return 0, false
}

func (t tree) put(e *edit, key string, v int) tree {
	t.root, _ = t.root.put(e, wayAt(key, t.depth), t.depth, &entry[int]{key: labelOf(key), value: v})
	return t
}

func (t tree) drop(e *edit, key string) tree {
	if _, ok := t.get(key); ok {
		t.root = t.root.drop(e, wayAt(key, t.depth), t.depth, key)
	}
	return t
}

// A persistent map is what the tests below know of a trie and of a tree.
type persistent[T any] interface {
	get(key string) (int, bool)
	put(e *edit, key string, v int) T
	drop(e *edit, key string) T
}

// versionsStay changes a map at random, in edits of any length, and holds every
// version that an edit ended with against a Go map that was copied then.
func versionsStay[T persistent[T]](rt *rapid.T, empty T, all func(T) (map[string]int, int)) {
	type version struct {
		trie T
		want map[string]int
	}
	key := rapid.Custom(func(rt *rapid.T) string { return fmt.Sprint("k", rapid.IntRange(0, 300).Draw(rt, "key")) })
	var old []version
	now, want, e := empty, map[string]int{}, &edit{}
	holds := func(v version) {
		got, n := all(v.trie)
		if diff := cmp.Diff(v.want, got); diff != "" {
			rt.Fatalf("each yields otherwise (-want +got)\n%s", diff)
		}
		if n != len(v.want) {
			rt.Fatalf("len: got %d, want %d", n, len(v.want))
		}
		for i := range 301 {
			k := fmt.Sprint("k", i)
			got, ok := v.trie.get(k)
			if wanted, there := v.want[k]; ok != there || got != wanted {
				rt.Fatalf("get %s: got %d %v, want %d %v", k, got, ok, wanted, there)
			}
		}
	}
	put := func(rt *rapid.T) {
		k, v := key.Draw(rt, "k"), rapid.IntRange(1, 9).Draw(rt, "v")
		now, want[k] = now.put(e, k, v), v
	}
	drop := func(rt *rapid.T) {
		k := key.Draw(rt, "k")
		now = now.drop(e, k)
		delete(want, k)
	}
	many := func(rt *rapid.T) {
		for range rapid.IntRange(1, 150).Draw(rt, "n") {
			put(rt)
		}
	}
	rt.Repeat(map[string]func(*rapid.T){
		"put": put, "put again": put, "drop": drop, "drop again": drop, "put many": many,
		"drop many": func(rt *rapid.T) {
			for range rapid.IntRange(1, 150).Draw(rt, "n") {
				drop(rt)
			}
		},
		"end the edit": func(*rapid.T) {
			old = append(old, version{now, maps.Clone(want)})
			e = &edit{}
		},
		"go back": func(rt *rapid.T) {
			if len(old) > 0 {
				v := rapid.SampledFrom(old).Draw(rt, "version")
				now, want, e = v.trie, maps.Clone(v.want), &edit{}
			}
		},
	})
	for _, v := range append(old, version{now, want}) {
		holds(v)
	}
}

func TestATrieIsAPersistentMap(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		versionsStay(rt, trie[int]{}, func(t trie[int]) (map[string]int, int) {
			all := map[string]int{}
			t.each(func(k string, v int) { all[k] += v })
			return all, t.len
		})
	})
}

func TestKeysOfEqualHashAreToldApart(t *testing.T) {
	t.Parallel()
	for _, depth := range []int{8, 9, 10, 19} {
		t.Run(fmt.Sprint("depth ", depth), func(t *testing.T) {
			t.Parallel()
			rapid.Check(t, func(rt *rapid.T) {
				versionsStay(rt, tree{depth: depth}, func(t tree) (map[string]int, int) {
					all := map[string]int{}
					t.root.each(func(k string, v int) { all[k] += v })
					return all, len(all)
				})
			})
		})
	}
}

// TestAnEmptyTrieKeepsNoNode: what was dropped to the last key holds no memory.
func TestAnEmptyTrieKeepsNoNode(t *testing.T) {
	t.Parallel()
	t1 := trie[int]{}
	for i := range 5000 {
		t1 = t1.put(&edit{}, fmt.Sprint(i), i)
	}
	for i := range 5000 {
		t1 = t1.drop(&edit{}, fmt.Sprint(i))
	}
	if t1.root != (slot[int]{}) || t1.len != 0 {
		t.Errorf("got root %v and len %d, want none", t1.root, t1.len)
	}
}

package store

import (
	"testing"
	"time"

	"github.com/gatehouse-authz/gatehouse/internal/authz"
	"github.com/gatehouse-authz/gatehouse/internal/directory"
)

// TestWhatIsTooLargeTogetherGoes, the one that nobody has asked for the longest
// first, and never the one that is being asked for.
func TestWhatIsTooLargeTogetherGoes(t *testing.T) {
	t.Parallel()
	var k keeping
	key := func(tenant authz.TenantKey) keptKey {
		return keptKey{env: "e", list: userList, filter: directory.UserFilter{Tenant: tenant}}
	}
	for i, tenant := range []authz.TenantKey{"a", "b", "c"} {
		k.of(key(tenant)).used = time.UnixMicro(int64([]int{2, 1, 3}[i]))
		k.weigh(key(tenant), mostKept/3-2*keptItself)
	}
	if len(k.all) != 3 {
		t.Fatalf("got %d kept, want 3", len(k.all))
	}
	k.of(key("d"))
	k.weigh(key("d"), mostKept/3)
	if k.all[key("b")] != nil || len(k.all) != 3 {
		t.Errorf("got %d kept, want 3 without the one that was asked for the longest ago", len(k.all))
	}
	k.weigh(key("d"), 2*mostKept)
	if k.all[key("d")] == nil || len(k.all) != 1 {
		t.Errorf("got %d kept, want the one alone that is larger than all may be", len(k.all))
	}
	s := Store{kept: keeping{all: k.all, bytes: k.bytes}}
	s.GiveBack(time.Now().Add(time.Hour))
	if len(s.kept.all) != 0 || s.kept.bytes != 0 {
		t.Errorf("got %d kept of %d bytes after all was given back", len(s.kept.all), s.kept.bytes)
	}
}

// TestEarlierVersionsAreFew: those that share little with the later ones go.
func TestEarlierVersionsAreFew(t *testing.T) {
	t.Parallel()
	var k keptVersions
	for rev := range authz.Revision(40) {
		keep(&k, &searchText{revision: rev, news: 1})
	}
	if len(k.versions) != mostKeptVersions {
		t.Errorf("got %d versions, want %d", len(k.versions), mostKeptVersions)
	}
	keep(&k, &searchText{revision: 100, news: mostKeptEarlier + 1})
	if len(k.versions) != 1 {
		t.Errorf("got %d versions, want the latest alone", len(k.versions))
	}
	keep(&k, &searchText{revision: 90})
	if at, ok := before[*searchText](&k, 95); ok && at.revision > 95 {
		t.Errorf("got revision %d, want none after 95", at.revision)
	}
}

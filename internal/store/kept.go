package store

import (
	"cmp"
	"context"
	"database/sql"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/gatehouse-authz/gatehouse/internal/authz"
	"github.com/gatehouse-authz/gatehouse/internal/directory"
	"github.com/gatehouse-authz/gatehouse/internal/store/sqldb"
)

// What lists need and no index has is kept in memory: read by the first who asks, or
// ahead if it is large (read_ahead.go), made equal to the moment that a later one sees from what the history names, and
// given back when nobody asks. Writes do nothing for it.

// A version is what is kept of something at one revision. It never changes.
type version interface {
	comparable
	at() authz.Revision
	size() int  // bytes of memory
	fresh() int // bytes that it does not share with the version it was made from
}

// A keptKey names what is kept: the text of a list or, with a filter, the numbers of
// its rows.
type keptKey struct {
	env    authz.EnvID
	list   list
	filter directory.UserFilter
}

// Bounds of what is kept. What is too large together goes by how long nobody has
// asked for it; one that is larger alone stays as long as it is asked for.
const (
	mostKept         = 1 << 30 // bytes
	mostKeptVersions = 16
	mostKeptEarlier  = 8 << 20 // bytes of one thing's earlier versions
	keptItself       = 1 << 10 // bytes, roughly
	mostChanged      = 20_000  // names that are read one by one rather than everything
	mostBehind       = 100_000 // commits
)

// keeping is what a store keeps. It is safe for concurrent use.
type keeping struct {
	mu    sync.Mutex // guards the fields below
	all   map[keptKey]*keptVersions
	bytes int
}

// keptVersions are versions of one thing, by revision: a reader may see an earlier
// moment than one that came later.
type keptVersions struct {
	turn     chan struct{} // holds a token while versions is read or written
	versions []any

	used  time.Time // guarded by keeping.mu, as is bytes
	bytes int
}

// of is what is kept of key, marked as used.
func (k *keeping) of(key keptKey) *keptVersions {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.all == nil {
		k.all = map[keptKey]*keptVersions{}
	}
	s := k.all[key]
	if s == nil {
		s = &keptVersions{turn: make(chan struct{}, 1), bytes: keptItself}
		k.all[key] = s
		k.bytes += s.bytes
	}
	s.used = time.Now()
	return s
}

// weigh says how large the versions of key are, and drops the others that nobody
// has asked for the longest until all are small enough together.
func (k *keeping) weigh(key keptKey, bytes int) {
	k.mu.Lock()
	defer k.mu.Unlock()
	s := k.all[key]
	if s == nil { // given back meanwhile
		return
	}
	k.bytes += bytes + keptItself - s.bytes
	s.bytes = bytes + keptItself
	for k.bytes > mostKept && len(k.all) > 1 {
		oldest := key
		for other, o := range k.all {
			if other != key && (oldest == key || o.used.Before(k.all[oldest].used)) {
				oldest = other
			}
		}
		k.drop(oldest)
	}
}

func (k *keeping) drop(key keptKey) {
	k.bytes -= k.all[key].bytes
	delete(k.all, key)
}

// GiveBack gives memory back that lists have not used since a time.
func (s *Store) GiveBack(since time.Time) {
	s.kept.mu.Lock()
	defer s.kept.mu.Unlock()
	for key, v := range s.kept.all {
		if v.used.Before(since) {
			s.kept.drop(key)
		}
	}
}

// keptAt is what is kept of key at the moment that v sees: next makes it of an
// earlier version, or nil if reading everything is less work, which read does.
func keptAt[T version](ctx context.Context, v view, key keptKey, next func(T, authz.Revision) (T, error), read func(authz.Revision) (T, error)) (t T, err error) {
	var none T
	if v.kept == nil { // inside a write, whose moment nobody else sees
		return read(0)
	}
	rev, there, err := sqldb.One(ctx, v.q, func(r *sql.Rows) (rev authz.Revision, err error) { return rev, r.Scan(&rev) },
		`SELECT revision FROM environments WHERE id = $1`, v.env)
	if err != nil {
		return none, err
	}
	if !there {
		return read(0)
	}
	k := v.kept.of(key)
	select {
	case k.turn <- struct{}{}:
	case <-ctx.Done():
		return none, ctx.Err()
	}
	defer func() { <-k.turn }()
	base, found := before[T](k, rev)
	if found && base.at() == rev {
		return base, nil
	}
	if found && rev-base.at() <= mostBehind {
		if t, err = next(base, rev); err != nil {
			return none, err
		}
	}
	if t == none {
		if t, err = read(rev); err != nil {
			return none, err
		}
	}
	v.kept.weigh(key, keep(k, t))
	return t, nil
}

// before is the latest version that is not of a later revision.
func before[T version](k *keptVersions, rev authz.Revision) (t T, ok bool) {
	for _, kept := range slices.Backward(k.versions) {
		if t = kept.(T); t.at() <= rev {
			return t, true
		}
	}
	return t, false
}

// keep adds t to the versions that are kept, drops the earliest of those that are
// many, and returns how large they are together.
func keep[T version](k *keptVersions, t T) int {
	at, _ := slices.BinarySearchFunc(k.versions, t.at(), func(kept any, r authz.Revision) int { return cmp.Compare(kept.(T).at(), r) })
	k.versions = slices.Insert(k.versions, at, any(t))
	from, earlier := len(k.versions)-1, 0
	for from > 0 && len(k.versions)-from < mostKeptVersions {
		more := earlier + k.versions[from].(T).fresh()
		if more > mostKeptEarlier {
			break
		}
		from, earlier = from-1, more
	}
	k.versions = slices.Clone(k.versions[from:])
	return k.versions[len(k.versions)-1].(T).size() + earlier
}

// changedSince are the names in the history that commits after rev have and a
// condition selects; known is false if they are many, or if the commits are not all
// kept.
func (v view) changedSince(ctx context.Context, rev authz.Revision, condition string, args ...any) (names []string, known bool, err error) {
	_, known, err = sqldb.One(ctx, v.q, func(r *sql.Rows) (n int, err error) { return n, r.Scan(&n) },
		`SELECT 1 FROM commits WHERE env_id = $1 AND revision = $2`, v.env, rev+1)
	if err != nil || !known {
		return nil, false, err
	}
	w := v.all()
	w.add("revision > ?", rev)
	w.add(condition, args...)
	w.args = append(w.args, mostChanged+1)
	names, err = sqldb.All(ctx, v.q, func(r *sql.Rows) (name string, err error) { return name, r.Scan(&name) },
		fmt.Sprintf(`SELECT key FROM history WHERE %s LIMIT $%d`, w.text(), len(w.args)), w.args...)
	if err != nil || len(names) > mostChanged {
		return nil, false, err
	}
	slices.Sort(names)
	return slices.Compact(names), true, nil
}

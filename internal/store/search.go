package store

import (
	"cmp"
	"context"
	"database/sql"
	"slices"
	"sync"
	"time"

	"github.com/gatehouse-authz/gatehouse/internal/authz"
	"github.com/gatehouse-authz/gatehouse/internal/directory"
	"github.com/gatehouse-authz/gatehouse/internal/store/sqldb"
)

// No index of a database finds a part of a text in a way that both speak, and a
// search must say how many rows it selects. So what is searched of a list is kept in
// memory: read by the first search, made equal to the moment that a later one sees
// from what the history names, and given back when nobody searches. Writes do
// nothing for it.

// A searched is how the rows of a list are searched.
type searched struct {
	table  string
	key    string // the column that names a row in the history
	kind   string // its kind there
	tag    string // an expression
	fields string // expressions
	width  int    // how many fields
}

var searchedLists = map[list]searched{
	userList:     {table: "users", key: "key", kind: "user", tag: "''", fields: "key, email, first_name, last_name", width: 4},
	tenantList:   {table: "tenants", key: "key", kind: "tenant", tag: "''", fields: "key, name", width: 2},
	instanceList: {table: "instances", key: "node", kind: "instance", tag: "type", fields: instanceKey, width: 1},
}

// What is kept of texts: those of which nobody has asked for a while are given back,
// and the least asked for of those that are too large together.
const (
	searchTextBytes    = 1 << 30
	searchTextVersions = 16
	searchTextFresh    = 128 // blocks that only earlier revisions have
	searchTextChanges  = 20_000
	searchTextBehind   = 100_000
)

// searchTexts are the texts of lists that are searched. They are safe for
// concurrent use.
type searchTexts struct {
	mu   sync.Mutex // guards kept
	kept map[searchedList]*searchVersions
}

type searchedList struct {
	env  authz.EnvID
	list list
}

// searchVersions are the texts of one list, by revision: a reader may see an earlier
// moment than one that came later.
type searchVersions struct {
	turn chan struct{} // holds a token while texts is read or made

	texts []*searchText

	used  time.Time // guarded by searchTexts.mu, as is bytes
	bytes int
}

// of is what is kept of l, marked as used.
func (k *searchTexts) of(l searchedList) *searchVersions {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.kept == nil {
		k.kept = map[searchedList]*searchVersions{}
	}
	s := k.kept[l]
	if s == nil {
		s = &searchVersions{turn: make(chan struct{}, 1)}
		k.kept[l] = s
	}
	s.used = time.Now()
	return s
}

// weigh says how large s is and gives back the others that nobody has asked for
// the longest, until all are small enough together.
func (k *searchTexts) weigh(s *searchVersions, bytes int) {
	k.mu.Lock()
	defer k.mu.Unlock()
	s.bytes = bytes
	for {
		total, oldest := 0, searchedList{}
		for l, other := range k.kept {
			total += other.bytes
			if other != s && (oldest == searchedList{} || other.used.Before(k.kept[oldest].used)) {
				oldest = l
			}
		}
		if total <= searchTextBytes || oldest == (searchedList{}) {
			return
		}
		delete(k.kept, oldest)
	}
}

// GiveBack gives memory back that searches have not used since a time.
func (s *Store) GiveBack(since time.Time) {
	s.texts.mu.Lock()
	defer s.texts.mu.Unlock()
	for l, v := range s.texts.kept {
		if v.used.Before(since) {
			delete(s.texts.kept, l)
		}
	}
}

// keep adds t to the texts that are kept.
func (s *searchVersions) keep(t *searchText) {
	at, _ := slices.BinarySearchFunc(s.texts, t.revision, func(t *searchText, r authz.Revision) int { return cmp.Compare(t.revision, r) })
	s.texts = slices.Insert(s.texts, at, t)
	from, fresh := len(s.texts)-1, 0
	for from > 0 && len(s.texts)-from < searchTextVersions {
		if fresh += s.texts[from].fresh; fresh > searchTextFresh {
			break
		}
		from--
	}
	s.texts = slices.Clone(s.texts[from:])
}

// before is the latest text that is not of a later revision, nil if there is none.
func (s *searchVersions) before(rev authz.Revision) *searchText {
	for _, t := range slices.Backward(s.texts) {
		if t.revision <= rev {
			return t
		}
	}
	return nil
}

// searchText is the text of l at the moment that v sees.
func (v view) searchText(ctx context.Context, l list) (*searchText, error) {
	if v.texts == nil { // inside a write, whose moment nobody else sees
		return v.readSearchText(ctx, l, 0)
	}
	rev, there, err := sqldb.One(ctx, v.q, func(r *sql.Rows) (rev authz.Revision, err error) { return rev, r.Scan(&rev) },
		`SELECT revision FROM environments WHERE id = $1`, v.env)
	if err != nil || !there {
		return &searchText{}, err
	}
	kept := v.texts.of(searchedList{v.env, l})
	select {
	case kept.turn <- struct{}{}:
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	defer func() { <-kept.turn }()
	base := kept.before(rev)
	if base != nil && base.revision == rev {
		return base, nil
	}
	var t *searchText
	if base != nil {
		if t, err = v.nextSearchText(ctx, l, base, rev); err != nil {
			return nil, err
		}
	}
	if t == nil {
		if t, err = v.readSearchText(ctx, l, rev); err != nil {
			return nil, err
		}
	}
	kept.keep(t)
	v.texts.weigh(kept, t.size())
	return t, nil
}

// readSearchText reads the whole list.
func (v view) readSearchText(ctx context.Context, l list, rev authz.Revision) (*searchText, error) {
	t := &searchText{revision: rev}
	b := &searchBlock{}
	done := func() {
		if full := b.clipped(); full != nil {
			t.blocks = append(t.blocks, full)
		}
		*b = searchBlock{slots: b.slots[:0], ends: b.ends[:0], text: b.text[:0]}
	}
	err := v.searchRows(ctx, l, func(r searchRow) error {
		if bucket := r.seq / bucketSize; bucket != b.bucket {
			done()
			b.bucket = bucket
		}
		b.add(uint16(r.seq%bucketSize), r.text)
		return nil
	}, `env_id = $1 ORDER BY seq`, v.env)
	done()
	t.fresh = len(t.blocks)
	return t, err
}

// searchRows yields rows of l, whose text is overwritten by the next one's.
func (v view) searchRows(ctx context.Context, l list, yield func(searchRow) error, where string, args ...any) error {
	of := searchedLists[l]
	rows, err := v.q.QueryContext(ctx, `SELECT seq, `+of.tag+`, `+of.fields+` FROM `+of.table+` WHERE `+where, args...)
	if err != nil {
		return err
	}
	defer func() { _ = rows.Close() }()
	var row searchRow
	columns := make([]sql.RawBytes, 1+of.width)
	into, fields := []any{&row.seq}, make([][]byte, of.width)
	for i := range columns {
		into = append(into, &columns[i])
	}
	for rows.Next() {
		if err := rows.Scan(into...); err != nil {
			return err
		}
		for i := range fields {
			fields[i] = columns[1+i]
		}
		row.text = rowText(row.text[:0], columns[0], fields...)
		if err := yield(row); err != nil {
			return err
		}
	}
	return rows.Err()
}

// nextSearchText makes base equal to the list at rev: it puts the rows that the
// history names and, where row_counts says that a bucket has fewer rows than its
// block, drops those that are not there any more. It returns nil if reading
// everything is less work, or if the history does not reach back so far.
func (v view) nextSearchText(ctx context.Context, l list, base *searchText, rev authz.Revision) (*searchText, error) {
	if rev-base.revision > searchTextBehind {
		return nil, nil
	}
	changed, known, err := v.changedSince(ctx, l, base.revision)
	if err != nil || !known {
		return nil, err
	}
	put := map[int64][]searchRow{}
	for some := range slices.Chunk(changed, someKeys) {
		w := where{}
		w.add("env_id = ?", v.env)
		in(&w, searchedLists[l].key, some)
		err := v.searchRows(ctx, l, func(r searchRow) error {
			r.text = slices.Clone(r.text)
			put[r.seq/bucketSize] = append(put[r.seq/bucketSize], r)
			return nil
		}, w.text(), w.args...)
		if err != nil {
			return nil, err
		}
	}
	return v.mergeSearchText(ctx, l, base, rev, put)
}

// mergeSearchText puts rows into base, by bucket, and drops what is not there.
func (v view) mergeSearchText(ctx context.Context, l list, base *searchText, rev authz.Revision, put map[int64][]searchRow) (*searchText, error) {
	counts, err := v.counts(ctx, l)
	if err != nil {
		return nil, err
	}
	t := &searchText{revision: rev, blocks: make([]*searchBlock, 0, len(counts))}
	for _, c := range counts {
		b := base.block(c.bucket)
		if b == nil {
			b = &searchBlock{bucket: c.bucket}
		}
		before := b
		if rows := put[c.bucket]; len(rows) > 0 {
			slices.SortFunc(rows, func(a, b searchRow) int { return cmp.Compare(a.seq, b.seq) })
			b = b.with(rows)
		}
		if int64(len(b.slots)) != c.n {
			numbers, err := sqldb.All(ctx, v.q, scanSeq, `SELECT seq FROM `+searchedLists[l].table+`
				WHERE env_id = $1 AND seq >= $2 AND seq < $3 ORDER BY seq`, v.env, c.bucket*bucketSize, (c.bucket+1)*bucketSize)
			if err != nil {
				return nil, err
			}
			if b = b.only(numbers); int64(len(b.slots)) != c.n {
				return nil, nil // not what the history says: read it
			}
		}
		if b != before {
			b = b.clipped()
			t.fresh++
		}
		t.blocks = append(t.blocks, b)
	}
	return t, nil
}

// changedSince are the names of the rows of l that commits after rev have put;
// known is false if they are many, or if the commits are not all kept.
func (v view) changedSince(ctx context.Context, l list, rev authz.Revision) (names []string, known bool, err error) {
	_, known, err = sqldb.One(ctx, v.q, func(r *sql.Rows) (n int, err error) { return n, r.Scan(&n) },
		`SELECT 1 FROM commits WHERE env_id = $1 AND revision = $2`, v.env, rev+1)
	if err != nil || !known {
		return nil, false, err
	}
	names, err = sqldb.All(ctx, v.q, func(r *sql.Rows) (name string, err error) { return name, r.Scan(&name) },
		`SELECT key FROM history WHERE env_id = $1 AND kind = $2 AND revision > $3 AND verb = $4 LIMIT $5`,
		v.env, searchedLists[l].kind, rev, directory.Put, searchTextChanges+1)
	if err != nil || len(names) > searchTextChanges {
		return nil, false, err
	}
	slices.Sort(names)
	return slices.Compact(names), true, nil
}

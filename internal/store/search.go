package store

import (
	"cmp"
	"context"
	"database/sql"
	"slices"

	"github.com/gatehouse-authz/gatehouse/internal/authz"
	"github.com/gatehouse-authz/gatehouse/internal/directory"
	"github.com/gatehouse-authz/gatehouse/internal/store/sqldb"
)

// No index of a database finds a part of a text in a way that both speak, and a
// search must say how many rows it selects. So what is searched of a list is kept in
// memory; see kept.go.

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

// searchText is the text of l at the moment that v sees.
func (v view) searchText(ctx context.Context, l list) (*searchText, error) {
	return keptAt(ctx, v, keptKey{env: v.env, list: l},
		func(base *searchText, rev authz.Revision) (*searchText, error) {
			return v.nextSearchText(ctx, l, base, rev)
		},
		func(rev authz.Revision) (*searchText, error) { return v.readSearchText(ctx, l, rev) })
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
	t.news = t.size()
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
	changed, known, err := v.changedSince(ctx, base.revision, `kind = ? AND verb = ?`, searchedLists[l].kind, directory.Put)
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
			t.news += b.size()
		}
		t.blocks = append(t.blocks, b)
	}
	return t, nil
}

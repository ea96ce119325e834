package decision

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/gatehouse-authz/gatehouse/internal/authz"
)

// A Filter selects records; empty fields select all.
type Filter struct {
	From, To  time.Time // both included
	Kinds     []Kind
	Users     []authz.UserKey
	Resources []string // types, or instances as "type:key"
	Tenant    authz.TenantKey
	Action    authz.ActionKey
	Allow     *bool // checks with this decision
	Key       authz.ID
}

// MostListed is how many records a listing reaches, and counts, at most.
const MostListed = 10_000

// A Listing is a page of records, latest first.
type Listing struct {
	Records []Record
	Total   int // how many there are, counted up to [MostListed]
	Missed  int // answers of the time that was looked through that are not recorded
}

// searchTime bounds how long a listing looks.
const searchTime = 10 * time.Second

// List returns the records of env that f selects, limit of them after offset. What
// was answered before the call is among them. It returns Invalid for a page beyond
// [MostListed], and Unavailable if the log is too long to be searched in time.
func (l *Log) List(ctx context.Context, env authz.EnvID, f Filter, offset, limit int) (Listing, error) {
	if offset+limit > MostListed {
		return Listing{}, ErrFar
	}
	if err := l.Flush(ctx); err != nil {
		return Listing{}, err
	}
	ctx, cancel := context.WithTimeout(ctx, searchTime)
	defer cancel()
	s := search{filter: f}
	err := l.Blocks.Scan(ctx, env, f.from(), f.to(), s.want, s.see)
	if err = errors.Join(err, s.err); err != nil {
		return Listing{}, late(ctx, err)
	}
	s.sort()
	out := Listing{Total: min(len(s.found), MostListed), Missed: s.missed}
	if offset >= len(s.found) {
		return out, nil
	}
	out.Records, err = l.read(ctx, env, s.found[offset:min(offset+limit, len(s.found))])
	return out, late(ctx, err)
}

// ErrFar says that a page lies beyond [MostListed].
var ErrFar error = authz.Errorf(authz.Invalid, "pages end after %d records; narrow the time with timestamp_from and timestamp_to", MostListed)

func late(ctx context.Context, err error) error {
	if err != nil && errors.Is(ctx.Err(), context.DeadlineExceeded) {
		return &authz.Error{Kind: authz.Unavailable, Message: "the log is too long to be searched at once; narrow the time", Err: err}
	}
	return err
}

// Find returns a record of env by its id. It returns NotFound if there is none.
func (l *Log) Find(ctx context.Context, env authz.EnvID, id RecordID) (Record, error) {
	at, ok := id.at()
	if !ok {
		return Record{}, noRecord(id)
	}
	if err := l.Flush(ctx); err != nil {
		return Record{}, err
	}
	found, err := l.read(ctx, env, []place{{id: id, at: at}})
	if err == nil && len(found) == 0 {
		err = noRecord(id)
	}
	if err != nil {
		return Record{}, err
	}
	return found[0], nil
}

func noRecord(id RecordID) error {
	return authz.Errorf(authz.NotFound, "decision %q is not in the log", id)
}

// at is the time that an id begins with, in Unix microseconds.
func (id RecordID) at() (int64, bool) {
	if len(id) != 32 {
		return 0, false
	}
	at, err := strconv.ParseInt(string(id[:16]), 16, 64)
	_, err2 := strconv.ParseUint(string(id[16:]), 16, 64)
	return at, err == nil && err2 == nil
}

// read returns the records that stand at places, in their order. One that was
// deleted meanwhile is left out; one whose block was merged is looked for by its time.
func (l *Log) read(ctx context.Context, env authz.EnvID, places []place) ([]Record, error) {
	all := map[RecordID]Record{}
	if err := l.gather(ctx, env, places, all); err != nil {
		return nil, err
	}
	var moved []place
	for _, p := range places {
		if _, ok := all[p.id]; !ok && p.block != "" {
			moved = append(moved, place{id: p.id, at: p.at})
		}
	}
	if len(moved) > 0 {
		if err := l.gather(ctx, env, moved, all); err != nil {
			return nil, err
		}
	}
	var out []Record
	for _, p := range places {
		if r, ok := all[p.id]; ok {
			out = append(out, r)
		}
	}
	return out, nil
}

// gather reads the records that stand at places into all.
func (l *Log) gather(ctx context.Context, env authz.EnvID, places []place, all map[RecordID]Record) error {
	wanted := map[RecordID]bool{}
	from, to := places[0].at, places[0].at
	for _, p := range places {
		from, to = min(from, p.at), max(to, p.at)
		wanted[p.id] = true
	}
	var failed error
	found := 0
	holds := func(h Head) bool {
		return slices.ContainsFunc(places, func(p place) bool {
			return (p.block == "" || p.block == h.ID) && p.at >= h.First.UnixMicro() && p.at <= h.Last.UnixMicro()
		})
	}
	err := l.Blocks.Scan(ctx, env, time.UnixMicro(from), time.UnixMicro(to), holds, func(b Block) bool {
		o, err := openBlock(env, b.Data)
		if err == nil {
			err = o.rows(func(r *row) {
				if r.at < from || r.at > to || !wanted[o.id(r)] || failed != nil {
					return
				}
				all[o.id(r)], failed = o.record(r)
				found++
			})
		}
		failed = errors.Join(failed, err)
		return failed == nil && len(wanted) > found
	})
	return errors.Join(err, failed)
}

// A place is where a record stands.
type place struct {
	id    RecordID
	at    int64
	block string // empty if not known
}

// A search gathers the places of what a filter selects.
type search struct {
	filter Filter
	found  []place
	missed int
	err    error
}

func (s *search) sort() {
	slices.SortFunc(s.found, func(a, b place) int {
		return cmp.Or(cmp.Compare(b.at, a.at), strings.Compare(string(b.id), string(a.id)))
	})
}

// want reports whether a block may hold what is searched for.
func (s *search) want(h Head) bool {
	s.missed += h.Missed
	f := &s.filter
	if h.Allowed+h.Denied+h.Lists == 0 {
		return false
	}
	if f.Allow != nil && (*f.Allow && h.Allowed == 0 || !*f.Allow && h.Denied == 0) {
		return false
	}
	keys := sieve(h.Keys)
	if f.Tenant != "" && !keys.may(string(f.Tenant)) || f.Action != "" && !keys.may(string(f.Action)) || f.Key != "" && !keys.may(string(f.Key)) {
		return false
	}
	if len(f.Users) > 0 && !slices.ContainsFunc(f.Users, func(u authz.UserKey) bool { return keys.may(string(u)) }) {
		return false
	}
	return len(f.Resources) == 0 || slices.ContainsFunc(f.Resources, func(r string) bool {
		kind, _, _ := strings.Cut(r, ":")
		return keys.may(kind) || keys.may(r)
	})
}

// see looks through a block. Blocks come by their last record: once enough is
// found, those whose last record is older than all of it cannot change a page.
func (s *search) see(b Block) bool {
	if len(s.found) >= MostListed {
		s.sort()
		if s.found[MostListed-1].at > b.Last.UnixMicro() {
			return false
		}
		s.found = s.found[:MostListed:MostListed]
	}
	o, err := openBlock(b.Env, b.Data)
	if err != nil {
		s.err = fmt.Errorf("block %s: %w", b.ID, err)
		return false
	}
	pick := s.filter.compile(o)
	err = o.rows(func(r *row) {
		if pick(r) {
			s.found = append(s.found, place{id: o.id(r), at: r.at, block: b.ID})
		}
	})
	if err != nil {
		s.err = fmt.Errorf("block %s: %w", b.ID, err)
	}
	return s.err == nil
}

func (f *Filter) from() time.Time {
	if f.From.IsZero() {
		return time.UnixMicro(0)
	}
	return f.From
}

// far is later than every record.
var far = time.Date(9999, 1, 1, 0, 0, 0, 0, time.UTC)

func (f *Filter) to() time.Time {
	if f.To.IsZero() {
		return far
	}
	return f.To
}

// compile is f on the rows of a block: texts are compared once, by their place.
func (f *Filter) compile(o *opened) func(*row) bool {
	from, to := f.from().UnixMicro(), f.to().UnixMicro()
	kinds := placesOf(o, f.Kinds)
	users := placesOf(o, f.Users)
	tenant, action, key := placesOf(o, one(f.Tenant)), placesOf(o, one(f.Action)), placesOf(o, one(f.Key))
	return func(r *row) bool {
		if r.at < from || r.at > to {
			return false
		}
		for _, c := range [...]struct {
			column int
			only   map[uint64]bool
		}{{kindColumn, kinds}, {userColumn, users}, {tenantColumn, tenant}, {actionColumn, action}, {keyColumn, key}} {
			if c.only != nil && !c.only[r.text[c.column]] {
				return false
			}
		}
		if f.Allow != nil && (*f.Allow != (r.flags&allowFlag != 0) || !o.is(r, kindColumn, string(Check))) {
			return false
		}
		return len(f.Resources) == 0 || slices.ContainsFunc(f.Resources, func(want string) bool {
			kind := o.texts[r.text[resourceColumn]]
			instance := o.texts[r.text[instanceColumn]]
			return want == kind || instance != "" && len(want) == len(kind)+1+len(instance) && want == kind+":"+instance
		})
	}
}

func one[K ~string](k K) []K {
	if k == "" {
		return nil
	}
	return []K{k}
}

// placesOf are the places of texts in a block; nil if texts select all.
func placesOf[K ~string](o *opened, texts []K) map[uint64]bool {
	if len(texts) == 0 {
		return nil
	}
	places := map[uint64]bool{}
	for i, s := range o.texts {
		if slices.Contains(texts, K(s)) {
			places[uint64(i)] = true
		}
	}
	return places
}

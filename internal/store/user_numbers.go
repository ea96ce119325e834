package store

import (
	"cmp"
	"context"
	"database/sql"
	"hash/maphash"
	"maps"
	"slices"

	"github.com/gatehouse-authz/gatehouse/internal/authz"
	"github.com/gatehouse-authz/gatehouse/internal/directory"
	"github.com/gatehouse-authz/gatehouse/internal/store/sqldb"
)

// What makes a user one of a tenant stands in three tables, and no index has those
// users in the order of the list. So the numbers of the users that a filter selects
// are kept in memory; see kept.go.

// userNumbers are the numbers of the users that a filter selects, in order, at one
// revision, and of each user the hash of the key.
type userNumbers struct {
	revision authz.Revision
	numbers  []int64
	hashes   []uint32
}

func (u *userNumbers) at() authz.Revision { return u.revision }
func (u *userNumbers) size() int          { return 12 * len(u.numbers) }
func (u *userNumbers) fresh() int         { return u.size() }

var userSeed = maphash.MakeSeed()

func userHash(key string) uint32 { return uint32(maphash.String(userSeed, key)) }

func (u *userNumbers) add(n userNumber) {
	u.numbers = append(u.numbers, n.seq)
	u.hashes = append(u.hashes, userHash(n.key))
}

// A userNumber is the number of a user.
type userNumber struct {
	seq int64
	key string
}

func scanUserNumber(r *sql.Rows) (n userNumber, err error) { return n, r.Scan(&n.seq, &n.key) }

// without is u without users whose hash is one of those: those users, and with luck
// no others.
func (u *userNumbers) without(hashes map[uint32]bool) (rest *userNumbers, gone []int64) {
	rest = &userNumbers{numbers: make([]int64, 0, len(u.numbers)), hashes: make([]uint32, 0, len(u.hashes))}
	for i, h := range u.hashes {
		if hashes[h] {
			gone = append(gone, u.numbers[i])
			continue
		}
		rest.numbers = append(rest.numbers, u.numbers[i])
		rest.hashes = append(rest.hashes, h)
	}
	return rest, gone
}

// with is u and the given users, who are in any order and none of u.
func (u *userNumbers) with(users []userNumber) *userNumbers {
	if len(users) == 0 {
		return u
	}
	slices.SortFunc(users, func(a, b userNumber) int { return cmp.Compare(a.seq, b.seq) })
	all := &userNumbers{numbers: make([]int64, 0, len(u.numbers)+len(users)), hashes: make([]uint32, 0, len(u.numbers)+len(users))}
	for i, seq := range u.numbers {
		for len(users) > 0 && users[0].seq < seq {
			all.add(users[0])
			users = users[1:]
		}
		all.numbers = append(all.numbers, seq)
		all.hashes = append(all.hashes, u.hashes[i])
	}
	for _, n := range users {
		all.add(n)
	}
	return all
}

// userNumbers are the numbers of the users that f selects by what they hold, at the
// moment that v sees.
func (v view) userNumbers(ctx context.Context, f directory.UserFilter) (*userNumbers, error) {
	f.Search, f.Match = "", 0
	return keptAt(ctx, v, keptKey{env: v.env, list: userList, filter: f},
		func(base *userNumbers, rev authz.Revision) (*userNumbers, error) {
			return v.nextUserNumbers(ctx, f, base, rev)
		},
		func(rev authz.Revision) (*userNumbers, error) {
			found, err := v.readUserNumbers(ctx, f)
			if err != nil {
				return nil, err
			}
			slices.SortFunc(found, func(a, b userNumber) int { return cmp.Compare(a.seq, b.seq) })
			read := &userNumbers{revision: rev, numbers: make([]int64, 0, len(found)), hashes: make([]uint32, 0, len(found))}
			for _, n := range found {
				read.add(n)
			}
			return read, nil
		})
}

// readUserNumbers reads who holds what f asks for and looks those users up, or goes
// through all users if they are many.
func (v view) readUserNumbers(ctx context.Context, f directory.UserFilter) ([]userNumber, error) {
	w := v.all()
	if f.Roleless {
		userHolds(&w, f)
		return sqldb.All(ctx, v.q, scanUserNumber, `SELECT seq, key FROM users WHERE `+w.text(), w.args...)
	}
	holders, err := v.holders(ctx, f)
	if err != nil {
		return nil, err
	}
	var found []userNumber
	if len(holders) <= mostChanged {
		for some := range slices.Chunk(slices.Collect(maps.Keys(holders)), someKeys) {
			these, err := those(ctx, v, "users", "seq, key", "key", some, scanUserNumber)
			if err != nil {
				return nil, err
			}
			found = append(found, these...)
		}
		return found, nil
	}
	rows, err := v.q.QueryContext(ctx, `SELECT seq, key FROM users WHERE env_id = $1`, v.env)
	if err != nil {
		return nil, err
	}
	defer func() { _ = rows.Close() }()
	for rows.Next() {
		n, err := scanUserNumber(rows)
		if err != nil {
			return nil, err
		}
		if holders[n.key] {
			found = append(found, n)
		}
	}
	return found, rows.Err()
}

// holders are the keys of those who hold or belong to what f asks for.
func (v view) holders(ctx context.Context, f directory.UserFilter) (map[string]bool, error) {
	w := v.all()
	if f.Role != "" {
		w.add("role_key = ?", f.Role)
	}
	if f.Tenant != "" {
		w.add("tenant_key = ?", f.Tenant)
	}
	tables := []string{"assignments"}
	if f.Role == "" {
		tables = append(tables, "instance_assignments", "memberships")
	}
	all := map[string]bool{}
	for _, table := range tables {
		_, err := sqldb.All(ctx, v.q, func(r *sql.Rows) (none struct{}, err error) {
			var key string
			err = r.Scan(&key)
			all[key] = true
			return none, err
		}, `SELECT user_key FROM `+table+` WHERE `+w.text(), w.args...)
		if err != nil {
			return nil, err
		}
	}
	return all, nil
}

// nextUserNumbers looks again at the users that the history names: they are taken
// out and, with those who share a hash with them, read anew.
func (v view) nextUserNumbers(ctx context.Context, f directory.UserFilter, base *userNumbers, rev authz.Revision) (*userNumbers, error) {
	names, known, err := v.changedSince(ctx, base.revision, `kind IN ('user', 'assignment', 'membership')`)
	if err != nil || !known {
		return nil, err
	}
	if len(names) == 0 {
		same := *base
		same.revision = rev
		return &same, nil
	}
	keys := usersNamed(names)
	hashes := make(map[uint32]bool, len(keys))
	for _, key := range keys {
		hashes[userHash(key)] = true
	}
	rest, gone := base.without(hashes)
	now := map[int64]userNumber{}
	again := func(where func(*where)) error {
		w := v.all()
		where(&w)
		userHolds(&w, f)
		found, err := sqldb.All(ctx, v.q, scanUserNumber, `SELECT seq, key FROM users WHERE `+w.text(), w.args...)
		for _, n := range found {
			now[n.seq] = n
		}
		return err
	}
	for some := range slices.Chunk(keys, someKeys) {
		if err := again(func(w *where) { in(w, "key", some) }); err != nil {
			return nil, err
		}
	}
	for some := range slices.Chunk(gone, someKeys) {
		if err := again(func(w *where) { in(w, "seq", some) }); err != nil {
			return nil, err
		}
	}
	users := make([]userNumber, 0, len(now))
	for _, n := range now {
		users = append(users, n)
	}
	next := *rest.with(users)
	next.revision = rev
	return &next, nil
}

// usersNamed are the keys of users that may stand before a slash in names of the
// history, or be the name.
func usersNamed(names []string) []string {
	var keys []string
	for _, name := range names {
		keys = append(keys, name)
		for i, c := range name {
			if c == '/' {
				keys = append(keys, name[:i])
			}
		}
	}
	slices.Sort(keys)
	return slices.Compact(keys)
}

// userHolds adds what f says of what users hold, for reading some users.
func userHolds(w *where, f directory.UserFilter) {
	switch {
	case f.Role != "" && f.Tenant != "":
		w.add(`EXISTS (SELECT 1 FROM assignments a WHERE a.env_id = users.env_id AND a.user_key = users.key AND a.role_key = ? AND a.tenant_key = ?)`, f.Role, f.Tenant)
	case f.Role != "":
		w.add(`EXISTS (SELECT 1 FROM assignments a WHERE a.env_id = users.env_id AND a.user_key = users.key AND a.role_key = ?)`, f.Role)
	case f.Tenant != "":
		w.add(`(EXISTS (SELECT 1 FROM assignments a WHERE a.env_id = users.env_id AND a.user_key = users.key AND a.tenant_key = ?)
			OR EXISTS (SELECT 1 FROM instance_assignments a WHERE a.env_id = users.env_id AND a.user_key = users.key AND a.tenant_key = ?)
			OR EXISTS (SELECT 1 FROM memberships m WHERE m.env_id = users.env_id AND m.user_key = users.key AND m.tenant_key = ?))`,
			f.Tenant, f.Tenant, f.Tenant)
	}
	if f.Roleless {
		w.add(roleless)
	}
}

const roleless = `NOT EXISTS (SELECT 1 FROM assignments a WHERE a.env_id = users.env_id AND a.user_key = users.key)
	AND NOT EXISTS (SELECT 1 FROM instance_assignments a WHERE a.env_id = users.env_id AND a.user_key = users.key)`

// usersOf lists the users that f selects by what they hold, and of those the ones it
// searches for.
func (v view) usersOf(ctx context.Context, f directory.UserFilter, s search, p directory.Page) ([]int64, int, error) {
	held, err := v.userNumbers(ctx, f)
	if err != nil {
		return nil, 0, err
	}
	selected := held.numbers
	if s.asks() {
		text, err := v.searchText(ctx, userList)
		if err != nil {
			return nil, 0, err
		}
		selected = text.among(s, held.numbers)
	}
	from := min(p.Offset, len(selected))
	return selected[from:min(from+p.Limit, len(selected))], len(selected), nil
}

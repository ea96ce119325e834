package store

import (
	"cmp"
	"context"
	"database/sql"
	"maps"
	"slices"
	"sync"

	"github.com/gatehouse-authz/gatehouse/internal/authz"
	"github.com/gatehouse-authz/gatehouse/internal/directory"
	"github.com/gatehouse-authz/gatehouse/internal/store/sqldb"
)

// What lists keep in memory takes a second or more to read where a list has a million
// rows; see kept.go. So what is that large is read before anybody asks.

// An ahead says what is read ahead.
type ahead struct {
	rows    int64 // how many a list has whose search is read ahead
	holders int64 // how many a role or a tenant has whose users are
	bytes   int64 // how much is kept by it, as far as that can be known before
}

var readAhead = ahead{rows: 20_000, holders: 5_000, bytes: 256 << 20}

// What a row of a list takes, roughly, in what is kept.
const (
	searchBytes = 64
	numberBytes = 12
)

// mostHolders are as many roles, and tenants, as are looked at for their users.
const mostHolders = 16

// lookups are which users are read ahead, by environment. It is safe for concurrent use.
type lookups struct {
	mu  sync.Mutex // guards all
	all map[authz.EnvID]lookup
}

// A lookup is what was found to be large when an environment had so many rows.
type lookup struct {
	rows    int64
	filters []heldBy
}

// A heldBy selects users by what they hold; n is how often it is held.
type heldBy struct {
	filter directory.UserFilter
	n      int64
}

// ReadAhead reads what the first search of a large list and the first list of the users
// of a large role or tenant would wait for, and makes what is kept of them equal to the
// present, so that it costs later ones little.
func (s *Store) ReadAhead(ctx context.Context) error { return s.readAhead(ctx, readAhead) }

func (s *Store) readAhead(ctx context.Context, a ahead) error {
	large, err := s.largeLists(ctx)
	if err != nil {
		return err
	}
	left := a.bytes
	// The largest first, so that one call reads what the call before it did.
	for _, env := range slices.SortedFunc(maps.Keys(large), func(a, b authz.EnvID) int {
		return cmp.Or(cmp.Compare(large[b][userList], large[a][userList]), cmp.Compare(a, b))
	}) {
		sizes := large[env]
		for _, l := range []list{userList, tenantList, instanceList} {
			if cost := sizes[l] * searchBytes; sizes[l] >= a.rows && cost <= left {
				left -= cost
				if err := s.at(ctx, env, func(v view) error { _, err := v.searchText(ctx, l); return err }); err != nil {
					return err
				}
			}
			if l != userList || sizes[l] < a.rows {
				continue
			}
			if left, err = s.readUsersAhead(ctx, a, env, sizes, left); err != nil {
				return err
			}
		}
	}
	s.lookups.forget(large)
	return nil
}

// at reads an environment at one moment.
func (s *Store) at(ctx context.Context, env authz.EnvID, read func(view) error) error {
	return s.db.View(ctx, func(tx *sql.Tx) error { return read(view{q: tx, env: env, kept: &s.kept}) })
}

// largeLists are how many rows each list of each environment has.
func (s *Store) largeLists(ctx context.Context) (map[authz.EnvID]map[list]int64, error) {
	all := map[authz.EnvID]map[list]int64{}
	err := s.db.View(ctx, func(tx *sql.Tx) error {
		_, err := sqldb.All(ctx, tx, func(r *sql.Rows) (none struct{}, err error) {
			var env authz.EnvID
			var l list
			var n int64
			if err = r.Scan(&env, &l, &n); all[env] == nil {
				all[env] = map[list]int64{}
			}
			all[env][l] = n
			return none, err
		}, `SELECT env_id, list, CAST(SUM(n) AS BIGINT) FROM row_counts GROUP BY env_id, list`)
		return err
	})
	return all, err
}

// readUsersAhead reads the users of large roles and tenants, the largest first, and
// returns how many bytes are left for others.
func (s *Store) readUsersAhead(ctx context.Context, a ahead, env authz.EnvID, sizes map[list]int64, left int64) (int64, error) {
	filters, err := s.largeFilters(ctx, a, env, sizes[userList]+sizes[assignmentList])
	if err != nil {
		return left, err
	}
	for _, held := range filters {
		cost := min(held.n, sizes[userList]) * numberBytes
		if cost > left {
			continue
		}
		left -= cost
		if err := s.at(ctx, env, func(v view) error { _, err := v.userNumbers(ctx, held.filter); return err }); err != nil {
			return left, err
		}
	}
	return left, nil
}

// largeFilters are what many users of an environment hold. They are looked for again
// once the environment has a quarter more or fewer rows.
func (s *Store) largeFilters(ctx context.Context, a ahead, env authz.EnvID, rows int64) ([]heldBy, error) {
	s.lookups.mu.Lock()
	known, ok := s.lookups.all[env]
	s.lookups.mu.Unlock()
	if ok && rows <= known.rows+known.rows/4 && rows >= known.rows-known.rows/4 {
		return known.filters, nil
	}
	var found []heldBy
	err := s.at(ctx, env, func(v view) (err error) {
		found, err = v.largeHolders(ctx, a.holders)
		return err
	})
	if err != nil {
		return nil, err
	}
	slices.SortStableFunc(found, func(a, b heldBy) int { return cmp.Compare(b.n, a.n) })
	s.lookups.keep(env, lookup{rows: rows, filters: found})
	return found, nil
}

// largeHolders are the tenants, the roles, and the roles in those tenants that are held
// so often.
func (v view) largeHolders(ctx context.Context, least int64) ([]heldBy, error) {
	all, err := sqldb.All(ctx, v.q, func(r *sql.Rows) (h heldBy, err error) { return h, r.Scan(&h.filter.Tenant, &h.n) }, `
		SELECT tenant_key, CAST(SUM(n) AS BIGINT) FROM (
			SELECT tenant_key, COUNT(*) AS n FROM assignments WHERE env_id = $1 GROUP BY tenant_key
			UNION ALL SELECT tenant_key, COUNT(*) AS n FROM instance_assignments WHERE env_id = $1 GROUP BY tenant_key
			UNION ALL SELECT tenant_key, COUNT(*) AS n FROM memberships WHERE env_id = $1 GROUP BY tenant_key
		) AS held GROUP BY tenant_key HAVING SUM(n) >= $2 ORDER BY SUM(n) DESC, tenant_key LIMIT $3`, v.env, least, mostHolders)
	if err != nil {
		return nil, err
	}
	for _, tenant := range append([]heldBy{{}}, all...) { // in any tenant, and in each
		w := v.all()
		if tenant.filter.Tenant != "" {
			w.add("tenant_key = ?", tenant.filter.Tenant)
		}
		roles, err := sqldb.All(ctx, v.q, func(r *sql.Rows) (h heldBy, err error) {
			h.filter.Tenant = tenant.filter.Tenant
			return h, r.Scan(&h.filter.Role, &h.n)
		}, `SELECT role_key, COUNT(*) FROM assignments WHERE `+w.text()+` GROUP BY role_key ORDER BY COUNT(*) DESC, role_key`, w.args...)
		if err != nil {
			return nil, err
		}
		roles = roles[:min(len(roles), mostHolders)]
		all = append(all, slices.DeleteFunc(roles, func(h heldBy) bool { return h.n < least })...)
	}
	return all, nil
}

func (l *lookups) keep(env authz.EnvID, of lookup) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.all == nil {
		l.all = map[authz.EnvID]lookup{}
	}
	l.all[env] = of
}

// forget drops what is of no environment that is there.
func (l *lookups) forget(there map[authz.EnvID]map[list]int64) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for env := range l.all {
		if there[env] == nil {
			delete(l.all, env)
		}
	}
}

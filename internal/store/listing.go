package store

import (
	"context"
	"database/sql"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/gatehouse-authz/gatehouse/internal/authz"
	"github.com/gatehouse-authz/gatehouse/internal/directory"
	"github.com/gatehouse-authz/gatehouse/internal/store/sqldb"
)

// View implements [directory.Store].
func (s *Store) View(ctx context.Context, env authz.EnvID, f func(context.Context, directory.Listing) error) error {
	return s.db.View(ctx, func(tx *sql.Tx) error { return f(ctx, view{q: tx, env: env, kept: &s.kept}) })
}

// A listing is a query for rows of one list: all of them, or those of a filter.
type listing[T any] struct {
	list    list
	table   string
	columns string
	where   where // the environment, and what a filter asks for, but for its search
	search  search
	// few: the filter selects few rows, which are found by an index of their own and
	// then sorted.
	few bool
	// unindexed: no index has what the filter asks for, so that the list is walked.
	unindexed bool
	scan      func(*sql.Rows) (T, error)
}

// page returns one page of the listing, in the order in which rows were put, and
// the count of all.
func (q listing[T]) page(ctx context.Context, v view, p directory.Page) ([]T, int, error) {
	switch {
	case q.search.asks():
		return q.searched(ctx, v, p)
	case q.few:
		numbers, total, err := page(ctx, v, q.table, "seq", unordered, q.where, p, scanSeq)
		if err != nil {
			return nil, 0, err
		}
		rows, err := q.numbered(ctx, v, numbers)
		return rows, total, err
	case q.unindexed:
		return q.walk(ctx, v, p, func(int64) bool { return true })
	case len(q.where.conditions) > 1:
		return page(ctx, v, q.table, q.columns, "seq", q.where, p, q.scan)
	}
	s, total, err := v.span(ctx, q.list, p)
	if err != nil {
		return nil, 0, err
	}
	rows, err := sqldb.All(ctx, v.q, q.scan, `SELECT `+q.columns+` FROM `+q.table+`
		WHERE env_id = $1 AND seq >= $2 AND seq < $3 ORDER BY seq LIMIT $4 OFFSET $5`, v.env, s.from, s.to, p.Limit, s.skip)
	return rows, total, err
}

// searched finds the rows in the text of the list, or those of the filter first if
// there is one.
func (q listing[T]) searched(ctx context.Context, v view, p directory.Page) ([]T, int, error) {
	text, err := v.searchText(ctx, q.list)
	if err != nil {
		return nil, 0, err
	}
	if len(q.where.conditions) > 1 {
		return q.walk(ctx, v, p, func(number int64) bool { return text.selects(q.search, number) })
	}
	numbers, total := text.page(q.search, p)
	rows, err := q.numbered(ctx, v, numbers)
	return rows, total, err
}

// walk reads the numbers of all rows that the filter selects, in one pass over the
// list, and then those of the page of what is selected of them.
func (q listing[T]) walk(ctx context.Context, v view, p directory.Page, selected func(int64) bool) ([]T, int, error) {
	order := "seq"
	if q.few {
		order = unordered
	}
	rows, err := v.q.QueryContext(ctx, `SELECT seq FROM `+q.table+` WHERE `+q.where.text()+` ORDER BY `+order, q.where.args...)
	if err != nil {
		return nil, 0, err
	}
	defer func() { _ = rows.Close() }()
	var page []int64
	total := 0
	for rows.Next() {
		seq, err := scanSeq(rows)
		if err != nil {
			return nil, 0, err
		}
		if !selected(seq) {
			continue
		}
		if total >= p.Offset && len(page) < p.Limit {
			page = append(page, seq)
		}
		total++
	}
	if err := rows.Err(); err != nil {
		return nil, 0, err
	}
	list, err := q.numbered(ctx, v, page)
	return list, total, err
}

// numbered are the rows of these numbers, which stand in order.
func (q listing[T]) numbered(ctx context.Context, v view, numbers []int64) ([]T, error) {
	var all []T
	for some := range slices.Chunk(numbers, someKeys) {
		w := where{}
		w.add("env_id = ?", v.env)
		in(&w, "seq", some)
		rows, err := sqldb.All(ctx, v.q, q.scan, `SELECT `+q.columns+` FROM `+q.table+` WHERE `+w.text()+` ORDER BY seq`, w.args...)
		if err != nil {
			return nil, err
		}
		all = append(all, rows...)
	}
	return all, nil
}

// unordered is the order of a list that is sorted after its rows have been found: the
// sum keeps databases from walking the list to find them.
const unordered = "seq + 0"

func scanSeq(r *sql.Rows) (seq int64, err error) { return seq, r.Scan(&seq) }

// page runs a listing by counting: the rows of one page, and the count of all.
func page[T any](ctx context.Context, v view, table, columns, order string, w where, p directory.Page, scan func(*sql.Rows) (T, error)) ([]T, int, error) {
	total, _, err := sqldb.One(ctx, v.q, func(r *sql.Rows) (n int, err error) { return n, r.Scan(&n) },
		fmt.Sprintf(`SELECT COUNT(*) FROM %s WHERE %s`, table, w.text()), w.args...)
	if err != nil {
		return nil, 0, err
	}
	n := len(w.args)
	list, err := sqldb.All(ctx, v.q, scan,
		fmt.Sprintf(`SELECT %s FROM %s WHERE %s ORDER BY %s LIMIT $%d OFFSET $%d`, columns, table, w.text(), order, n+1, n+2),
		append(w.args, p.Limit, p.Offset)...)
	return list, total, err
}

// matching runs a listing of the rows that match, in a way that no SQL both
// databases speak can say. It reads every row and keeps those of the page.
func matching[T any](ctx context.Context, v view, table, columns, order string, w where, p directory.Page, scan func(*sql.Rows) (T, error), match func(T) bool) ([]T, int, error) {
	rows, err := v.q.QueryContext(ctx, `SELECT `+columns+` FROM `+table+` WHERE `+w.text()+` ORDER BY `+order, w.args...)
	if err != nil {
		return nil, 0, err
	}
	defer func() { _ = rows.Close() }()
	var list []T
	total := 0
	for rows.Next() {
		row, err := scan(rows)
		if err != nil {
			return nil, 0, err
		}
		if !match(row) {
			continue
		}
		if total >= p.Offset && len(list) < p.Limit {
			list = append(list, row)
		}
		total++
	}
	return list, total, rows.Err()
}

func (v view) Users(ctx context.Context, f directory.UserFilter, p directory.Page) ([]authz.User, int, error) {
	q := listing[authz.User]{list: userList, table: "users", columns: userColumns, where: v.all(), scan: scanUser}
	if f.Search != "" {
		q.search = searchFor(f.Match, f.Search)
		if f.Match == directory.Contains {
			q.search = q.search.across(f.Search)
		}
	}
	holding := f.Role != "" || f.Tenant != "" || f.Roleless
	if holding && f.On == (authz.Node{}) {
		numbers, total, err := v.usersOf(ctx, f, q.search, p)
		if err != nil {
			return nil, 0, err
		}
		rows, err := q.numbered(ctx, v, numbers)
		return rows, total, err
	}
	if f.On != (authz.Node{}) {
		userHolds(&q.where, f)
		q.where.add(`key IN (SELECT user_key FROM instance_assignments a WHERE a.env_id = ? AND a.node = ? AND a.role_key = ?)`, v.env, f.On.String(), f.OnRole)
		q.few = true
	}
	return q.page(ctx, v, p)
}

func (v view) Tenants(ctx context.Context, f directory.TextFilter, p directory.Page) ([]authz.Tenant, int, error) {
	if len(f.Attributes) > 0 {
		search := strings.ToLower(f.Search)
		return matching(ctx, v, "tenants", tenantColumns, "seq", v.all(), p, scanTenant, func(t authz.Tenant) bool {
			found := strings.Contains(strings.ToLower(string(t.Key)), search) || strings.Contains(strings.ToLower(t.Name), search)
			return found && f.Matches(t.Attributes)
		})
	}
	q := listing[authz.Tenant]{list: tenantList, table: "tenants", columns: tenantColumns, where: v.all(), scan: scanTenant}
	if f.Search != "" {
		q.search = searchFor(directory.Contains, f.Search)
	}
	return q.page(ctx, v, p)
}

// all are the rows of the environment.
func (v view) all() (w where) {
	w.add("env_id = ?", v.env)
	return w
}

func (v view) RolePage(ctx context.Context, f directory.TextFilter, p directory.Page) ([]authz.Role, int, error) {
	if len(f.Attributes) > 0 {
		return matching(ctx, v, "roles", roleColumns, "created_at, key", v.text(f), p, scanRole, func(r authz.Role) bool { return f.Matches(r.Attributes) })
	}
	return page(ctx, v, "roles", roleColumns, "created_at, key", v.text(f), p, scanRole)
}

func (v view) Resources(ctx context.Context, f directory.ResourceFilter, p directory.Page) ([]authz.Resource, int, error) {
	w := where{}
	w.add("env_id = ?", v.env)
	if !f.BuiltIn {
		w.add("built_in = ?", false)
	}
	switch {
	case strings.Contains(f.Search, "*"):
		w.like(strings.ReplaceAll(literal(f.Search), "*", "%"), "key", "name")
	case f.Search != "":
		w.like("%"+literal(f.Search)+"%", "key", "name")
	}
	return page(ctx, v, "resources", resourceColumns, "created_at, key", w, p, scanResource)
}

// instanceKey is what stands behind the type and its colon.
const instanceKey = `substr(node, length(type) + 2)`

func (v view) Instances(ctx context.Context, f directory.InstanceFilter, p directory.Page) ([]authz.Instance, int, error) {
	w := v.all()
	if f.Tenant != "" {
		w.add("tenant_key = ?", f.Tenant)
	}
	if len(f.Search) == 0 { // what is searched knows its type
		if f.Resource != "" {
			w.add("type = ?", f.Resource)
		}
		in(&w, "type", f.Types)
	}
	if len(f.Exactly) > 0 {
		either := where{args: w.args}
		for _, s := range f.Exactly {
			either.add(instanceKey+` = ? OR node = ? OR id = ?`, s, s, authz.Ident(s).ID())
		}
		w.args = either.args
		w.conditions = append(w.conditions, "("+either.any()+")")
	}
	q := listing[authz.Instance]{list: instanceList, table: "instances", columns: instanceColumns, where: w, scan: scanInstance}
	q.unindexed = len(f.Exactly) > 0
	if len(f.Search) > 0 {
		q.search = searchFor(directory.Contains, f.Search...)
		q.search.tags = typesOf(f)
	}
	return q.page(ctx, v, p)
}

// typesOf are the types that f allows, none if it allows all.
func typesOf(f directory.InstanceFilter) []string {
	var types []string
	for _, t := range f.Types {
		if f.Resource == "" || t == f.Resource {
			types = append(types, string(t))
		}
	}
	switch {
	case f.Resource != "" && len(f.Types) == 0:
		return []string{string(f.Resource)}
	case len(f.Types) > 0 && len(types) == 0:
		return []string{""} // no instance has it
	}
	return types
}

func (v view) Tuples(ctx context.Context, f directory.TupleFilter, p directory.Page) ([]authz.Tuple, int, error) {
	w := where{}
	w.add("env_id = ?", v.env)
	if f.Subject != (authz.Node{}) {
		w.add("subject = ?", f.Subject.String())
	}
	if f.Object != (authz.Node{}) {
		w.add("object = ?", f.Object.String())
	}
	if f.Relation != "" {
		w.add("relation = ?", f.Relation)
	}
	if f.Tenant != "" {
		w.add("tenant_key = ?", f.Tenant)
	}
	if f.ObjectType != "" {
		w.add("object_type = ?", f.ObjectType)
	}
	if f.SubjectType != "" {
		prefix := string(f.SubjectType) + ":"
		w.add(fmt.Sprintf("substr(subject, 1, %d) = ?", utf8.RuneCountInString(prefix)), prefix)
	}
	q := listing[authz.Tuple]{list: tupleList, table: "tuples", columns: tupleColumns, where: w, scan: scanTuple}
	q.few = f.Subject != (authz.Node{}) || f.Object != (authz.Node{})
	q.unindexed = f.SubjectType != "" || f.Relation != "" && f.ObjectType == ""
	return q.page(ctx, v, p)
}

func (v view) text(f directory.TextFilter) where {
	w := where{}
	w.add("env_id = ?", v.env)
	if f.Search != "" {
		w.like("%"+literal(f.Search)+"%", "key", "name")
	}
	return w
}

package store

import (
	"bytes"
	"context"
	"database/sql"
	"errors"

	"github.com/gatehouse-authz/gatehouse/internal/authz"
	"github.com/gatehouse-authz/gatehouse/internal/feed"
	"github.com/gatehouse-authz/gatehouse/internal/store/sqldb"
)

// full is how many rows Load puts on a page.
const full = 4096

// Load implements [feed.Source].
func (s *Store) Load(ctx context.Context, env authz.EnvID, yield func(feed.Page) (feed.Page, error)) (authz.Revision, error) {
	var rev authz.Revision
	err := s.db.View(ctx, func(tx *sql.Tx) error {
		err := tx.QueryRowContext(ctx, `SELECT revision FROM environments WHERE id = $1`, env).Scan(&rev)
		if errors.Is(err, sql.ErrNoRows) {
			return authz.Errorf(authz.NotFound, "environment %q not found", env)
		}
		if err != nil {
			return err
		}
		for _, part := range parts() {
			if err := part.stream(ctx, tx, env, yield); err != nil {
				return err
			}
		}
		return nil
	})
	return rev, err
}

// A part is a table of an environment: what decisions need of it.
type part struct {
	query string
	scan  func(*sql.Rows, *feed.Page) error // puts a row on a page
}

// stream yields the rows of a part, a page at a time.
func (p part) stream(ctx context.Context, q sqldb.Queryer, env authz.EnvID, yield func(feed.Page) (feed.Page, error)) error {
	rows, err := q.QueryContext(ctx, p.query, env)
	if err != nil {
		return err
	}
	defer func() { _ = rows.Close() }()
	var page feed.Page
	n := 0
	for rows.Next() {
		if err := p.scan(rows, &page); err != nil {
			return err
		}
		if n++; n%full == 0 {
			if page, err = yield(page); err != nil {
				return err
			}
			page = page.Emptied()
		}
	}
	if err := rows.Err(); err != nil || n%full == 0 {
		return err
	}
	_, err = yield(page)
	return err
}

// parts are the tables of an environment, in the order in which their rows may be
// put. The long ones are read in the order of an index that holds all that is read of
// them, or in that in which their rows were put: nothing is sorted. What they repeat is
// read as one text, whose parts hold no space: a column costs more than to cut it.
func parts() []part {
	n := names{}
	return []part{
		{`SELECT key, attributes FROM tenants WHERE env_id = $1 ORDER BY seq`, few(loadTenant)},
		{`SELECT ` + resourceColumns + ` FROM resources WHERE env_id = $1 ORDER BY key`,
			few(put(scanResource, func(r authz.Resource) authz.Change { return authz.PutResource{Resource: r} }))},
		{`SELECT ` + roleColumns + ` FROM roles WHERE env_id = $1 ORDER BY key`,
			few(put(scanRole, func(r authz.Role) authz.Change { return authz.PutRole{Role: r} }))},
		{`SELECT ` + settingsColumns + ` FROM settings WHERE env_id = $1`,
			few(put(scanSettings, func(s authz.Settings) authz.Change { return authz.PutSettings{Settings: s} }))},
		{`SELECT key, email, first_name, last_name, attributes, suspended FROM users WHERE env_id = $1 ORDER BY seq`, loadUser},
		{`SELECT ` + setColumns + ` FROM condition_sets WHERE env_id = $1 ORDER BY key`,
			few(put(scanSet, func(c authz.ConditionSet) authz.Change { return authz.PutConditionSet{Set: c} }))},
		{`SELECT ` + ruleColumns + ` FROM rules WHERE env_id = $1
			ORDER BY user_set, role_key, resource_set, resource_key, on_resource, on_action`,
			few(put(scanRule, func(r authz.Rule) authz.Change { return authz.PutRule{Rule: r} }))},
		{`SELECT ` + mappingColumns + ` FROM url_mappings WHERE env_id = $1 ORDER BY key`,
			few(put(scanMapping, func(m authz.URLMapping) authz.Change { return authz.PutURLMapping{Mapping: m} }))},
		{`SELECT node, tenant_key, attributes FROM instances WHERE env_id = $1 ORDER BY seq`, n.loadInstance},
		{`SELECT subject, relation, object FROM tuples WHERE env_id = $1 ORDER BY object, relation, subject`, n.loadTuple},
		{`SELECT user_key, node, role_key FROM instance_assignments WHERE env_id = $1 ORDER BY user_key, node, role_key`, n.loadOnInstance},
		{`SELECT user_key || ' ' || tenant_key || ' ' || role_key FROM assignments WHERE env_id = $1
			ORDER BY user_key, tenant_key, role_key`, n.loadAssignment},
	}
}

// few is the scan of what an environment has few of.
func few(scan func(*sql.Rows) (authz.Change, error)) func(*sql.Rows, *feed.Page) error {
	return func(r *sql.Rows, page *feed.Page) error {
		c, err := scan(r)
		page.Changes = append(page.Changes, c)
		return err
	}
}

// put makes the change that puts what scan reads.
func put[T any](scan func(*sql.Rows) (T, error), change func(T) authz.Change) func(*sql.Rows) (authz.Change, error) {
	return func(r *sql.Rows) (authz.Change, error) {
		v, err := scan(r)
		return change(v), err
	}
}

func loadTenant(r *sql.Rows) (authz.Change, error) {
	var t authz.Tenant
	var attributes string
	if err := r.Scan(&t.Key, &attributes); err != nil {
		return nil, err
	}
	err := fromJSON(attributes, &t.Attributes)
	return authz.PutTenant{Tenant: t}, err
}

func loadUser(r *sql.Rows, page *feed.Page) error {
	page.Users = append(page.Users, authz.User{})
	u := &page.Users[len(page.Users)-1]
	var attributes string
	if err := r.Scan(&u.Key, &u.Email, &u.FirstName, &u.LastName, &attributes, &u.Suspended); err != nil {
		return err
	}
	return fromJSON(attributes, &u.Attributes)
}

// names are the keys that many rows repeat, each kept once: a load makes millions of
// things in a short time, and what they leave behind must be collected meanwhile.
type names map[string]string

func (n names) of(text []byte) string {
	name, ok := n[string(text)]
	if !ok {
		name = string(text)
		n[name] = name
	}
	return name
}

func (n names) loadInstance(r *sql.Rows, page *feed.Page) error {
	page.Instances = append(page.Instances, authz.Instance{})
	i := &page.Instances[len(page.Instances)-1]
	var node, attributes string
	var tenant sql.RawBytes
	if err := r.Scan(&node, &tenant, &attributes); err != nil {
		return err
	}
	i.Node, _ = authz.ParseNode(node)
	i.Tenant = authz.TenantKey(n.of(tenant))
	return fromJSON(attributes, &i.Attributes)
}

func (n names) loadTuple(r *sql.Rows, page *feed.Page) error {
	page.Tuples = append(page.Tuples, authz.Tuple{})
	t := &page.Tuples[len(page.Tuples)-1]
	var subject, object string
	var relation sql.RawBytes
	err := r.Scan(&subject, &relation, &object)
	t.Subject, _ = authz.ParseNode(subject)
	t.Object, _ = authz.ParseNode(object)
	t.Relation = authz.RelationKey(n.of(relation))
	return err
}

func (n names) loadOnInstance(r *sql.Rows, page *feed.Page) error {
	page.Assignments = append(page.Assignments, authz.Assignment{})
	a := &page.Assignments[len(page.Assignments)-1]
	var node string
	var role sql.RawBytes
	err := r.Scan(&a.User, &node, &role)
	a.Instance, _ = authz.ParseNode(node)
	a.Role = authz.RoleKey(n.of(role))
	return err
}

func (n names) loadAssignment(r *sql.Rows, page *feed.Page) error {
	var all sql.RawBytes
	if err := r.Scan(&all); err != nil {
		return err
	}
	user, rest, _ := bytes.Cut(all, []byte{' '})
	tenant, role, _ := bytes.Cut(rest, []byte{' '})
	a := authz.Assignment{Tenant: authz.TenantKey(n.of(tenant)), Role: authz.RoleKey(n.of(role))}
	if last := len(page.Assignments) - 1; last >= 0 && string(page.Assignments[last].User) == string(user) {
		a.User = page.Assignments[last].User // rows of a user follow one another
	} else {
		a.User = authz.UserKey(user)
	}
	page.Assignments = append(page.Assignments, a)
	return nil
}

// some is how many commits Since returns at most.
const some = 500

// Since implements [feed.Source].
func (s *Store) Since(ctx context.Context, env authz.EnvID, rev authz.Revision) ([]authz.Commit, error) {
	commits, err := sqldb.All(ctx, s.db.Read, func(r *sql.Rows) (authz.Commit, error) {
		c := authz.Commit{Env: env}
		var at int64
		var changes string
		if err := r.Scan(&c.Revision, &c.Actor, &at, &changes); err != nil {
			return c, err
		}
		c.At = fromMicros(at)
		var err error
		c.Changes, err = decode(changes)
		return c, err
	}, `SELECT revision, actor, at, changes FROM commits WHERE env_id = $1 AND revision > $2 ORDER BY revision LIMIT $3`, env, rev, some)
	if err == nil && len(commits) > 0 && commits[0].Revision != rev+1 {
		return nil, feed.ErrForgotten
	}
	return commits, err
}

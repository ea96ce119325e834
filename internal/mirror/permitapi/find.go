package permitapi

import (
	"context"
	"net/url"
	"slices"
	"strconv"
	"time"

	"github.com/gatehouse-authz/gatehouse/internal/authz"
	"github.com/gatehouse-authz/gatehouse/internal/mirror"
)

// A listing is how things of one kind are listed.
type listing struct {
	path    string
	query   url.Values // besides the page
	perPage int        // the most there is
	read    func(ctx context.Context, c *Client, path string) (page[authz.Change], error)
}

// rows reads a page of a listing.
func rows[T interface{ change() authz.Change }](ctx context.Context, c *Client, path string) (page[authz.Change], error) {
	var list page[T]
	if err := c.get(ctx, path, &list); err != nil {
		return page[authz.Change]{}, err
	}
	out := page[authz.Change]{Data: make([]authz.Change, len(list.Data)), Total: list.Total}
	for i, row := range list.Data {
		out.Data[i] = row.change() // nil where it is nobody's thing
	}
	return out, nil
}

// Lists of what an environment may have many of come a hundred at a time, assignments
// a thousand.
const (
	usualRows       = 100
	mostAssignments = 1000
)

func (c *Client) list(kind mirror.Kind) listing {
	counted := url.Values{"include_total_count": {"true"}}
	switch kind {
	case mirror.User:
		return listing{c.facts + "/users", nil, usualRows, rows[user]} // always counted
	case mirror.Tenant:
		return listing{c.facts + "/tenants", counted, usualRows, rows[tenant]}
	case mirror.Instance:
		return listing{c.facts + "/resource_instances", counted, usualRows, rows[instance]}
	case mirror.Assignment:
		return listing{c.facts + "/role_assignments", counted, mostAssignments, rows[assignment]}
	case mirror.Tuple:
		return listing{c.facts + "/relationship_tuples", counted, usualRows, rows[tuple]}
	case mirror.Role:
		return listing{c.schema + "/roles", counted, usualRows, rows[role]}
	case mirror.Set:
		return listing{c.schema + "/condition_sets", counted, usualRows, rows[set]}
	case mirror.Rule:
		return listing{c.facts + "/set_rules", nil, usualRows, rows[rule]}
	case mirror.Resource:
		return listing{c.schema + "/resources", url.Values{"include_total_count": {"true"}, "include_built_in": {"true"}}, usualRows, resources}
	}
	panic("permitapi: no listing of " + string(kind)) // a bug: kinds are a closed set
}

// page reads one page; more is added to the query.
func (l listing) page(ctx context.Context, c *Client, more url.Values) (page[authz.Change], error) {
	query := url.Values{}
	for _, values := range []url.Values{l.query, more} {
		for name, list := range values {
			query[name] = list
		}
	}
	return l.read(ctx, c, l.path+"?"+query.Encode())
}

// all yields every page from a first one on.
func (l listing) all(ctx context.Context, c *Client, more url.Values, yield func(page[authz.Change]) (bool, error)) error {
	for number := 1; ; number++ {
		query := url.Values{"page": {strconv.Itoa(number)}, "per_page": {strconv.Itoa(l.perPage)}}
		for name, list := range more {
			query[name] = list
		}
		p, err := l.page(ctx, c, query)
		if err != nil {
			return err
		}
		if on, err := yield(p); err != nil || !on || len(p.Data) < l.perPage {
			return err
		}
	}
}

// Everything implements [mirror.Account].
func (c *Client) Everything(ctx context.Context, kind mirror.Kind, yield func([]authz.Change) error) error {
	return c.list(kind).all(ctx, c, nil, func(p page[authz.Change]) (bool, error) {
		return true, yield(slices.DeleteFunc(p.Data, func(x authz.Change) bool { return x == nil }))
	})
}

// Find implements [mirror.Account]. It lists everything of the kind where that takes
// fewer requests than to ask for each, and remembers for a while what was there: while
// an account is filled, it need not be listed again for every call.
func (c *Client) Find(ctx context.Context, things []mirror.Thing, old bool) ([]authz.Change, error) {
	if !old || len(things) <= fewThings {
		return c.ask(ctx, things)
	}
	seen := c.remembered(things[0].Kind)
	if seen == nil {
		return c.ask(ctx, things)
	}
	out := make([]authz.Change, len(things))
	var again []mirror.Thing
	var at []int
	for i, t := range things {
		if seen[t] {
			again, at = append(again, t), append(at, i)
		}
	}
	if len(again) == 0 {
		return out, nil
	}
	there, err := c.ask(ctx, again)
	for n, i := range at {
		if err == nil {
			out[i] = there[n]
		}
	}
	return out, err
}

const (
	// fewThings are asked about whatever is remembered.
	fewThings = 100
	// memory is how long it is remembered what was listed.
	memory = 10 * time.Minute
)

// A memo is what an account had of a kind.
type memo struct {
	at   time.Time
	seen map[mirror.Thing]bool
}

func (c *Client) remembered(kind mirror.Kind) map[mirror.Thing]bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if m, ok := c.memos[kind]; ok && c.Pace.Clock.Now().Before(m.at.Add(memory)) {
		return m.seen
	}
	delete(c.memos, kind)
	return nil
}

func (c *Client) remember(kind mirror.Kind, m memo) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.memos == nil {
		c.memos = map[mirror.Kind]memo{}
	}
	c.memos[kind] = m
}

// ask asks about things of one kind.
func (c *Client) ask(ctx context.Context, things []mirror.Thing) ([]authz.Change, error) {
	kind := things[0].Kind
	seen := memo{c.Pace.Clock.Now(), map[mirror.Thing]bool{}}
	out, at := make([]authz.Change, len(things)), map[mirror.Thing]int{}
	for i, t := range things {
		at[t] = i
	}
	put := func(list []authz.Change) {
		for _, x := range list {
			if x == nil {
				continue
			}
			seen.seen[mirror.Named(x)] = true
			if i, wanted := at[mirror.Named(x)]; wanted {
				out[i] = x
			}
		}
	}
	queries := c.questions(things)
	if len(queries) > 1 || kind == mirror.Rule {
		whole := true
		err := c.list(kind).all(ctx, c, nil, func(p page[authz.Change]) (bool, error) {
			put(p.Data)
			whole = kind == mirror.Rule || p.Total >= 0 && p.Total <= len(queries)*c.list(kind).perPage
			return whole, nil
		})
		if err == nil && whole {
			c.remember(kind, seen)
		}
		if err != nil || whole {
			return out, err
		}
	}
	for _, q := range queries {
		list, err := q(ctx)
		if err != nil {
			return nil, err
		}
		put(list)
	}
	return out, nil
}

// A question asks for some things; what is not there is no error.
type question func(ctx context.Context) ([]authz.Change, error)

// questions are how to ask for things by themselves.
func (c *Client) questions(things []mirror.Thing) []question {
	var out []question
	if things[0].Kind == mirror.Assignment {
		var users []string
		for _, t := range things {
			if user, _, _, _, ok := authz.ParseHeld(t.Key); ok && (len(users) == 0 || users[len(users)-1] != string(user)) {
				users = append(users, string(user))
			}
		}
		for some := range slices.Chunk(slices.Compact(slices.Sorted(slices.Values(users))), usersAtOnce) {
			out = append(out, func(ctx context.Context) ([]authz.Change, error) { return c.heldBy(ctx, some) })
		}
		return out
	}
	for _, t := range things {
		out = append(out, func(ctx context.Context) ([]authz.Change, error) { return c.one(ctx, t) })
	}
	return out
}

// usersAtOnce are asked about together: Permit takes a hundred values of a filter, and
// an address must not be long.
const usersAtOnce = 50

// heldBy are the assignments of users. An account may answer that a user is not there;
// then each is asked about alone.
func (c *Client) heldBy(ctx context.Context, users []string) ([]authz.Change, error) {
	var all []authz.Change
	err := c.list(mirror.Assignment).all(ctx, c, url.Values{"user": users}, func(p page[authz.Change]) (bool, error) {
		all = append(all, p.Data...)
		return true, nil
	})
	if !missing(err) {
		return all, err
	}
	if len(users) == 1 {
		return nil, nil
	}
	all = nil
	for _, u := range users {
		held, err := c.heldBy(ctx, []string{u})
		if err != nil {
			return nil, err
		}
		all = append(all, held...)
	}
	return all, nil
}

// one asks for one thing.
func (c *Client) one(ctx context.Context, t mirror.Thing) ([]authz.Change, error) {
	switch t.Kind {
	case mirror.Tuple:
		subject, relation, object, _ := authz.ParseTuple(t.Key)
		p, err := c.list(mirror.Tuple).page(ctx, c, url.Values{"subject": {subject.String()}, "relation": {string(relation)}, "object": {object.String()}})
		if missing(err) {
			return nil, nil
		}
		return p.Data, err
	case mirror.Resource:
		r, err := c.resource(ctx, t.Key)
		if missing(err) {
			return nil, nil
		}
		return []authz.Change{r}, err
	case mirror.User:
		return single[user](ctx, c, c.facts+"/users/", t.Key)
	case mirror.Tenant:
		return single[tenant](ctx, c, c.facts+"/tenants/", t.Key)
	case mirror.Instance:
		return single[instance](ctx, c, c.facts+"/resource_instances/", t.Key)
	case mirror.Role:
		return single[role](ctx, c, c.schema+"/roles/", t.Key)
	case mirror.Set:
		return single[set](ctx, c, c.schema+"/condition_sets/", t.Key)
	case mirror.Assignment, mirror.Rule:
	}
	panic("permitapi: no single " + string(t.Kind)) // a bug: these are listed
}

func single[T interface{ change() authz.Change }](ctx context.Context, c *Client, path, key string) ([]authz.Change, error) {
	var thing T
	err := c.get(ctx, path+url.PathEscape(key), &thing)
	if missing(err) {
		return nil, nil
	}
	return []authz.Change{thing.change()}, err
}

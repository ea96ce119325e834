package storetest

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/gatehouse-authz/gatehouse/internal/authz"
	"github.com/gatehouse-authz/gatehouse/internal/directory"
	"github.com/gatehouse-authz/gatehouse/internal/store"
)

// relatives puts the types doc and Doc, the instances doc:x_1 … doc:x_3 in tenant t
// and Doc:x_1 in default, a chain of tuples, and what a and b hold.
func relatives(t *testing.T, s *store.Store) {
	t.Helper()
	at := func(n int) time.Time { return time.UnixMicro(int64(n)) }
	roles, relations := []authz.ResourceRole{{Key: "r", ID: "rr"}}, []authz.Relation{{Key: "next", ID: "n", Subject: "doc"}}
	changes := []authz.Change{
		authz.PutTenant{Tenant: authz.Tenant{Key: "t", ID: "t"}},
		authz.PutResource{Resource: authz.Resource{Key: "doc", ID: "d", Roles: roles, Relations: relations}},
		authz.PutResource{Resource: authz.Resource{Key: "Doc", ID: "D", Roles: roles, Relations: relations}},
		authz.PutRole{Role: authz.Role{Key: "r", ID: "r"}},
		authz.PutUser{User: authz.User{Key: "a", ID: "a"}}, authz.PutUser{User: authz.User{Key: "b", ID: "b"}},
		authz.PutInstance{Instance: authz.Instance{Node: authz.Node{Type: "Doc", Key: "x_1"}, ID: "I", Tenant: "default", CreatedAt: at(11)}},
		authz.PutAssignment{Assignment: authz.Assignment{ID: "2", User: "a", Role: "r", Tenant: "t", GivenBy: []authz.Giver{"api"}, CreatedAt: at(2)}},
		authz.PutAssignment{Assignment: authz.Assignment{ID: "4", User: "b", Role: "r", Tenant: "default", GivenBy: []authz.Giver{"api"}, CreatedAt: at(4)}},
		authz.PutAssignment{Assignment: authz.Assignment{ID: "5", User: "b", Role: "r", Tenant: "default", Instance: authz.Node{Type: "Doc", Key: "x_1"}, GivenBy: []authz.Giver{"api", "logto"}, CreatedAt: at(5)}},
	}
	for i := 1; i <= 3; i++ {
		n := authz.Node{Type: "doc", Key: fmt.Sprintf("x_%d", i)}
		changes = append(changes, authz.PutInstance{Instance: authz.Instance{Node: n, ID: authz.ID(fmt.Sprint("i", i)), Tenant: "t", CreatedAt: at(10 - i)}})
	}
	changes = append(changes,
		authz.PutTuple{Tuple: authz.Tuple{ID: "p", Subject: authz.Node{Type: "doc", Key: "x_1"}, Relation: "next", Object: authz.Node{Type: "doc", Key: "x_2"}, Tenant: "t", CreatedAt: at(1)}},
		authz.PutTuple{Tuple: authz.Tuple{ID: "q", Subject: authz.Node{Type: "doc", Key: "x_2"}, Relation: "next", Object: authz.Node{Type: "doc", Key: "x_3"}, Tenant: "t", CreatedAt: at(2)}},
		authz.PutTuple{Tuple: authz.Tuple{ID: "r", Subject: authz.Node{Type: "Doc", Key: "x_1"}, Relation: "next", Object: authz.Node{Type: "Doc", Key: "x_1"}, Tenant: "default", CreatedAt: at(3)}},
		authz.PutTuple{Tuple: authz.Tuple{ID: "s", Subject: authz.Node{Type: "doc", Key: "x_3"}, Relation: "next", Object: authz.Node{Type: "doc", Key: authz.EveryKey}, Tenant: "t", CreatedAt: at(4)}},
		authz.PutAssignment{Assignment: authz.Assignment{ID: "1", User: "a", Role: "r", Tenant: "t", Instance: authz.Node{Type: "doc", Key: "x_1"}, GivenBy: []authz.Giver{"api"}, CreatedAt: at(1)}},
		authz.PutAssignment{Assignment: authz.Assignment{ID: "3", User: "a", Role: "r", Tenant: "t", Instance: authz.Node{Type: "doc", Key: "x_2"}, GivenBy: []authz.Giver{"api"}, CreatedAt: at(3)}})
	commit(t, s, changes...)
}

// listed checks the rows of a listing, by their names, and the count of all.
func listed(t *testing.T, name string, got []string, all int, want string) {
	t.Helper()
	rows, total, _ := strings.Cut(want, " of ")
	if text := strings.Join(got, " "); text != rows || fmt.Sprint(all) != total {
		t.Errorf("%s: got %s of %d, want %s", name, text, all, want)
	}
}

// assignmentsListed: what is held in tenants and on instances is one list.
func assignmentsListed(t *testing.T, s *store.Store) {
	relatives(t, s)
	onDoc, onBoth := []directory.InstanceRole{{Resource: "doc", Role: "r"}}, []directory.InstanceRole{{Resource: "doc", Role: "r"}, {Resource: "Doc", Role: "r"}}
	for name, c := range map[string]struct {
		filter directory.AssignmentFilter
		page   directory.Page
		want   string
	}{
		"all":                {want: "2 4 5 1 3 of 5"},
		"a page":             {page: directory.Page{Limit: 2, Offset: 1}, want: "4 5 of 5"},
		"of a user":          {filter: directory.AssignmentFilter{Users: []authz.UserKey{"a"}}, want: "2 1 3 of 3"},
		"a page of a user":   {filter: directory.AssignmentFilter{Users: []authz.UserKey{"a"}}, page: directory.Page{Limit: 1, Offset: 2}, want: "3 of 3"},
		"in a tenant":        {filter: directory.AssignmentFilter{Tenants: []authz.TenantKey{"default"}}, want: "4 5 of 2"},
		"a tenant role":      {filter: directory.AssignmentFilter{Roles: []authz.RoleKey{"r"}}, want: "2 4 of 2"},
		"a resource's role":  {filter: directory.AssignmentFilter{InstanceRoles: onDoc}, want: "1 3 of 2"},
		"roles of both":      {filter: directory.AssignmentFilter{InstanceRoles: onBoth, Users: []authz.UserKey{"b"}}, want: "5 of 1"},
		"roles of all kinds": {filter: directory.AssignmentFilter{InstanceRoles: onDoc, Roles: []authz.RoleKey{"r"}}, want: "2 4 1 3 of 4"},
		"on a resource":      {filter: directory.AssignmentFilter{Resource: "Doc"}, want: "5 of 1"},
		"on an instance":     {filter: directory.AssignmentFilter{Instance: authz.Node{Type: "doc", Key: "x_2"}}, want: "3 of 1"},
		"nothing":            {filter: directory.AssignmentFilter{Resource: "doc", Roles: []authz.RoleKey{"r"}}, want: " of 0"},
	} {
		if c.page.Limit == 0 {
			c.page.Limit = 100
		}
		read(t, s, func(ctx context.Context, l directory.Listing) error {
			list, all, err := l.Assignments(ctx, c.filter, c.page)
			var got []string
			for _, a := range list {
				got = append(got, string(a.ID))
			}
			listed(t, name, got, all, c.want)
			return err
		})
	}
	read(t, s, func(ctx context.Context, l directory.Listing) error {
		held, err := l.Held(ctx, []authz.UserKey{"b", "a"})
		var got []string
		for _, a := range held {
			got = append(got, string(a.ID)+"@"+a.Instance.String())
		}
		listed(t, "held", got, len(held), "2@ 1@doc:x_1 3@doc:x_2 4@ 5@Doc:x_1 of 5")
		return err
	})
	for keys, want := range map[string]string{"": " of 0", "a ghost": "a of 1", "b a b": "a b of 2"} {
		read(t, s, func(ctx context.Context, l directory.Listing) error {
			var asked []authz.UserKey
			for key := range strings.FieldsSeq(keys) {
				asked = append(asked, authz.UserKey(key))
			}
			users, err := l.AllUsers(ctx, asked)
			var got []string
			for _, u := range users {
				got = append(got, string(u.Key))
			}
			slices.Sort(got)
			listed(t, "users "+keys, got, len(got), want)
			return err
		})
	}
	read(t, s, func(ctx context.Context, l directory.Listing) error {
		all, _, err := l.Assignments(ctx, directory.AssignmentFilter{}, directory.Page{Limit: 100})
		if err != nil {
			return err
		}
		asked := []authz.Assignment{{User: "nobody", Role: "r", Tenant: "default"}}
		var want []authz.Assignment
		for _, a := range all {
			if a.Instance == (authz.Node{}) {
				want = append(want, a)
				asked = append(asked, authz.Assignment{User: a.User, Role: a.Role, Tenant: a.Tenant}, authz.Assignment{User: a.User, Role: a.Role, Tenant: a.Tenant + "x"})
			}
		}
		got, err := l.InTenants(ctx, asked)
		if diff := cmp.Diff(want, got, cmpopts.SortSlices(func(a, b authz.Assignment) bool { return a.ID < b.ID })); diff != "" || len(want) == 0 {
			t.Errorf("in tenants (-want +got):\n%s", diff)
		}
		return err
	})
}

func relatedListed(t *testing.T, s *store.Store) {
	relatives(t, s)
	node := func(text string) authz.Node { n, _ := authz.ParseNode(text); return n }
	page := directory.Page{Limit: 2}
	for want, f := range map[string]directory.InstanceFilter{
		"Doc:x_1 doc:x_1 of 4": {},
		"doc:x_1 doc:x_2 of 3": {Resource: "doc"},
		"Doc:x_1 of 1":         {Tenant: "default"},
		"Doc:x_1 doc:x_1 of 2": {Search: []string{"X_1"}},
		"doc:x_2 doc:x_3 of 2": {Search: []string{"_2", "_3"}},
		"doc:x_3 of 1":         {Exactly: []string{"i3", "x", "doc:"}},
		"Doc:x_1 doc:x_2 of 2": {Exactly: []string{"Doc:x_1", "x_2"}},
		" of 0":                {Search: []string{"doc"}},
	} {
		read(t, s, func(ctx context.Context, l directory.Listing) error {
			list, all, err := l.Instances(ctx, f, page)
			var got []string
			for _, i := range list {
				got = append(got, i.Node.String())
			}
			listed(t, fmt.Sprintf("%+v", f), got, all, want)
			return err
		})
	}
	for _, c := range []struct {
		filter directory.TupleFilter
		want   string
	}{
		{directory.TupleFilter{}, "p q of 4"},
		{directory.TupleFilter{Tenant: "default"}, "r of 1"},
		{directory.TupleFilter{Subject: node("doc:x_2")}, "q of 1"},
		{directory.TupleFilter{Object: node("doc:x_2")}, "p of 1"},
		{directory.TupleFilter{SubjectType: "Doc"}, "r of 1"},
		{directory.TupleFilter{Object: node("doc:*")}, "s of 1"},
		{directory.TupleFilter{ObjectType: "doc", Relation: "next"}, "p q of 3"},
		{directory.TupleFilter{Relation: "other"}, " of 0"},
	} {
		read(t, s, func(ctx context.Context, l directory.Listing) error {
			list, all, err := l.Tuples(ctx, c.filter, page)
			var got []string
			for _, x := range list {
				got = append(got, string(x.ID))
			}
			listed(t, fmt.Sprintf("%+v", c.filter), got, all, c.want)
			return err
		})
	}
	read(t, s, func(ctx context.Context, l directory.Listing) error {
		i, ok, err := l.Instance(ctx, "I")
		if ok {
			t.Errorf("got %v by an id in other letters", i.Node)
		}
		if i, _, _ = l.Instance(ctx, "i2"); i.Node.String() != "doc:x_2" {
			t.Errorf("got %v, want doc:x_2 by its id", i.Node)
		}
		return err
	})
}

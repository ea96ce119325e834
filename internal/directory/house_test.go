package directory_test

import (
	"errors"
	"log/slog"
	"reflect"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/gatehouse-authz/gatehouse/internal/authz"
	"github.com/gatehouse-authz/gatehouse/internal/directory"
	"github.com/gatehouse-authz/gatehouse/internal/engine"
	"github.com/gatehouse-authz/gatehouse/internal/feed"
	"github.com/gatehouse-authz/gatehouse/internal/store"
	"github.com/gatehouse-authz/gatehouse/internal/store/storetest"
)

const (
	env   = storetest.Env
	actor = "key:test"
)

// A house is a directory over a real store, with the engine behind it.
type house struct {
	*directory.Directory
	t        testing.TB
	store    *store.Store
	follower *feed.Follower
}

// open opens a house that has the tenant "default" and nothing else.
func open(t testing.TB) house {
	t.Helper()
	s := storetest.Founded(t)
	f := &feed.Follower{Source: s, Log: slog.New(slog.DiscardHandler)}
	if err := f.Load(t.Context()); err != nil {
		t.Fatal(err)
	}
	return house{&directory.Directory{Store: s, Follower: f}, t, s, f}
}

// furnished is a house with the resource doc (read, write), the roles viewer
// (doc:read) and editor (doc:write, extends viewer), the tenant acme and ann.
func furnished(t testing.TB) house {
	t.Helper()
	h := open(t)
	_, _, err := h.CreateResource(t.Context(), env, actor, "doc", directory.ResourceInput{Actions: actions("read", "write")})
	ok(t, err)
	h.role("viewer", directory.RoleInput{Permissions: permissions("doc", "read")})
	h.role("editor", directory.RoleInput{Permissions: permissions("doc", "write"), Extends: ptr([]authz.Ident{"viewer"})})
	h.tenant("acme")
	h.user("ann", directory.UserInput{})
	return h
}

func (h house) user(key authz.UserKey, in directory.UserInput) {
	h.t.Helper()
	_, err := h.CreateUser(h.t.Context(), env, actor, key, in)
	ok(h.t, err)
}

func (h house) role(key authz.RoleKey, in directory.RoleInput) authz.Role {
	h.t.Helper()
	r, _, err := h.CreateRole(h.t.Context(), env, actor, key, in)
	ok(h.t, err)
	return r
}

func (h house) tenant(key authz.TenantKey) authz.Tenant {
	h.t.Helper()
	got, _, err := h.CreateTenant(h.t.Context(), env, actor, key, directory.TenantInput{})
	ok(h.t, err)
	return got
}

func (h house) assign(user, role, tenant authz.Ident) {
	h.t.Helper()
	_, _, err := h.Assign(h.t.Context(), env, actor, user, directory.RoleInTenant{Role: role, Tenant: tenant})
	ok(h.t, err)
}

func (h house) reflect(a authz.Account, first authz.Onboarding) authz.Revision {
	h.t.Helper()
	rev, err := h.Reflect(h.t.Context(), env, a, first)
	ok(h.t, err)
	return rev
}

// held is a user as it is listed.
func (h house) held(id authz.Ident) directory.Held {
	h.t.Helper()
	u, err := h.User(h.t.Context(), env, id)
	ok(h.t, err)
	return u
}

// granted are a user's assignments as "role@tenant", with who gave them.
func (h house) granted(id authz.Ident) map[string][]authz.Giver {
	h.t.Helper()
	out := map[string][]authz.Giver{}
	for _, a := range h.held(id).Assignments {
		out[string(a.Role)+"@"+string(a.Tenant)] = a.GivenBy
	}
	return out
}

func (h house) snapshot() *engine.Snapshot {
	h.t.Helper()
	s, loaded := h.follower.Snapshot(env)
	if !loaded {
		h.t.Fatal("the environment is not loaded")
	}
	return s
}

// may asks the engine, without waiting for anything.
func (h house) may(user authz.UserKey, action authz.ActionKey, tenant authz.TenantKey) bool {
	h.t.Helper()
	return h.snapshot().Decide(authz.Query{User: user, Action: action, Resource: "doc", Tenant: tenant}).Allow
}

func ok(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// refused checks the kind of an error and, unless it is empty, its field.
func refused(t testing.TB, err error, kind authz.Kind, field string) {
	t.Helper()
	if err == nil || authz.KindOf(err) != kind {
		t.Errorf("got %v, want an error of kind %d", err, kind)
		return
	}
	if e, is := errors.AsType[*authz.Error](err); field != "" && (!is || e.Field != field) {
		t.Errorf("got %#v, want it to name the field %q", err, field)
	}
}

// same compares whole values, times and ids aside.
func same(t testing.TB, want, got any) {
	t.Helper()
	untold := cmp.FilterPath(func(p cmp.Path) bool {
		last := p.Last().Type()
		return last == reflect.TypeFor[time.Time]() || last == reflect.TypeFor[authz.ID]()
	}, cmp.Ignore())
	if diff := cmp.Diff(want, got, untold, cmpopts.EquateEmpty()); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

func ptr[T any](v T) *T { return &v }

func actions(keys ...authz.ActionKey) *[]authz.Action {
	var list []authz.Action
	for _, k := range keys {
		list = append(list, authz.Action{Key: k})
	}
	return &list
}

func permissions(resource authz.ResourceKey, actions ...authz.ActionKey) *[]authz.Permission {
	var list []authz.Permission
	for _, a := range actions {
		list = append(list, authz.Permission{Resource: resource, Action: a})
	}
	return &list
}

// dashed is an id as some clients print it.
func dashed(id authz.ID) authz.Ident {
	s := string(id)
	return authz.Ident(s[:8] + "-" + s[8:12] + "-" + s[12:16] + "-" + s[16:20] + "-" + s[20:])
}

package store

import (
	"go/ast"
	"go/parser"
	"go/token"
	"reflect"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/gatehouse-authz/gatehouse/internal/authz"
)

// TestEveryChangeHasAHome finds every type of package authz that is a Change
// and checks that the store can keep it and read it back.
func TestEveryChangeHasAHome(t *testing.T) {
	f, err := parser.ParseFile(token.NewFileSet(), "../authz/change.go", nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	homes := map[string]bool{}
	for kind, read := range kept {
		c, err := read([]byte("{}"))
		if err != nil {
			t.Fatal(err)
		}
		if got := kindOf(c); got != kind {
			t.Errorf("%T is read as %q and written as %q", c, kind, got)
		}
		homes[reflect.TypeOf(c).Name()] = true
	}
	for _, d := range f.Decls {
		if fn, ok := d.(*ast.FuncDecl); ok && fn.Name.Name == "change" {
			if name := fn.Recv.List[0].Type.(*ast.Ident).Name; !homes[name] {
				t.Errorf("authz.%s has no home in the store", name)
			}
		}
	}
}

// TestCommitsStayReadable: a commit written by this version must be read by all
// later ones, so the spelling is part of the format.
func TestCommitsStayReadable(t *testing.T) {
	at := time.Date(2026, 11, 21, 18, 2, 59, 116_000, time.UTC)
	changes := []authz.Change{
		authz.PutUser{User: authz.User{Key: "ann", ID: "1", Email: "a@b.c", FirstName: "A", LastName: "B", Attributes: authz.Attributes{"x": "<y>"}, Suspended: true, Source: "logto", CreatedAt: at, UpdatedAt: at}},
		authz.PutAssignment{Assignment: authz.Assignment{ID: "2", User: "ann", Role: "viewer", Tenant: "t", GivenBy: []authz.Giver{"api"}, CreatedAt: at}},
		authz.DeleteTenant{Key: "t"},
		authz.PutSettings{Settings: authz.Settings{RulesForMembers: true}},
	}
	const text = `[{"kind":"user.put","body":{"User":{"Key":"ann","ID":"1","Email":"a@b.c","FirstName":"A","LastName":"B","Attributes":{"x":"<y>"},"Suspended":true,"Source":"logto","Mapped":null,"CreatedAt":"2026-11-21T18:02:59.000116Z","UpdatedAt":"2026-11-21T18:02:59.000116Z"}}},` +
		`{"kind":"assignment.put","body":{"Assignment":{"ID":"2","User":"ann","Role":"viewer","Tenant":"t","Instance":{"Type":"","Key":""},"GivenBy":["api"],"CreatedAt":"2026-11-21T18:02:59.000116Z"}}},` +
		`{"kind":"tenant.delete","body":{"Key":"t"}},` +
		`{"kind":"settings.put","body":{"Settings":{"InstancesInTenant":false,"RulesForMembers":true,"FixedBuiltIns":false,"TypedComparisons":false,"MissingDenies":false}}}]`
	if diff := cmp.Diff(text, encode(changes)); diff != "" {
		t.Errorf("written otherwise (-want +got)\n%s", diff)
	}
	got, err := decode(text)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(changes, got); diff != "" {
		t.Errorf("read otherwise (-want +got)\n%s", diff)
	}
}

// TestWhatWaitedForOneGiverIsRead: commits name one giver, or a list of them.
func TestWhatWaitedForOneGiverIsRead(t *testing.T) {
	at := time.Date(2026, 11, 21, 18, 2, 59, 0, time.UTC)
	for text, givers := range map[string][]authz.Giver{`"logto"`: {"logto"}, `["logto","logto:role"]`: {"logto", "logto:role"}} {
		got, err := decode(`[{"kind":"pending.put","body":{"Pending":{"User":"ann","Role":"r","Tenant":"t","GivenBy":` + text + `,"CreatedAt":"2026-11-21T18:02:59Z"}}}]`)
		if err != nil {
			t.Fatal(err)
		}
		want := []authz.Change{authz.PutPending{Pending: authz.PendingAssignment{User: "ann", Role: "r", Tenant: "t", GivenBy: givers, CreatedAt: at}}}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("read otherwise (-want +got)\n%s", diff)
		}
	}
}

// FuzzDecode: what is read of a commit is written and read again as the same.
func FuzzDecode(f *testing.F) {
	for _, kind := range []string{"user.put", "role.put", "assignment.put", "resource.put", "set.put", "settings.put", "source_mapping.put", "pending.put", "unknown"} {
		f.Add(`[{"kind":"` + kind + `","body":{}}]`)
	}
	f.Add(`[{"kind":"pending.put","body":{"Pending":{"GivenBy":"logto"}}}]`)
	f.Add(encode([]authz.Change{authz.PutUser{User: authz.User{Key: "ann", Attributes: map[string]any{"n": 1, "a": []any{nil, "b"}}}}}))
	f.Fuzz(func(t *testing.T, text string) {
		changes, err := decode(text)
		if err != nil {
			return
		}
		once := encode(changes)
		again, err := decode(once)
		if err != nil || encode(again) != once {
			t.Fatalf("%s is read as %s, and that as %s (%v)", text, once, encode(again), err)
		}
	})
}

package golang

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"reflect"
	"slices"
	"testing"

	"github.com/permitio/permit-golang/pkg/permit"
)

// TestEveryMethodOfTheClientIsCalled: the methods are found by reflection, the calls in
// the sources of these tests, as part.Method.
func TestEveryMethodOfTheClientIsCalled(t *testing.T) {
	t.Parallel()
	called := calls(t)
	for part, methods := range methodsOf(reflect.TypeFor[*permit.Client]()) {
		for _, method := range methods {
			if !called[part+"."+method] {
				t.Errorf("no test calls %s.%s", part, method)
			}
		}
	}
}

// methodsOf are the methods of the client itself, of Api, and of each part of Api.
func methodsOf(client reflect.Type) map[string][]string {
	api, _ := client.Elem().FieldByName("Api")
	all := map[string][]string{"Client": names(client), "Api": names(api.Type)}
	for i := range api.Type.Elem().NumField() {
		if f := api.Type.Elem().Field(i); f.IsExported() {
			all[f.Name] = names(f.Type)
		}
	}
	return all
}

func names(t reflect.Type) []string {
	var all []string
	for i := range t.NumMethod() {
		all = append(all, t.Method(i).Name)
	}
	return all
}

// calls are the calls in the sources of these tests: c.Api.Users.Get, c.Elements.LoginAs,
// c.Check, and users.Get where users was c.Api.Users before.
func calls(t *testing.T) map[string]bool {
	t.Helper()
	files, err := filepath.Glob("*_test.go")
	must(t, err)
	found := map[string]bool{}
	own := names(reflect.TypeFor[*permit.Client]())
	for _, file := range files {
		parsed, err := parser.ParseFile(token.NewFileSet(), file, nil, 0)
		must(t, err)
		for _, declaration := range parsed.Decls {
			called := map[string]string{} // what a variable of this function stands for
			ast.Inspect(declaration, func(n ast.Node) bool {
				switch n := n.(type) {
				case *ast.AssignStmt:
					if name, ok := n.Lhs[0].(*ast.Ident); ok && len(n.Lhs) == 1 {
						called[name.Name] = part(n.Rhs[0])
					}
				case *ast.CallExpr:
					method, ok := n.Fun.(*ast.SelectorExpr)
					if !ok {
						return true
					}
					found[part(method.X)+"."+method.Sel.Name] = true
					if variable, ok := method.X.(*ast.Ident); ok {
						found[called[variable.Name]+"."+method.Sel.Name] = true
						if slices.Contains(own, method.Sel.Name) {
							found["Client."+method.Sel.Name] = true
						}
					}
				}
				return true
			})
		}
	}
	return found
}

// part is the part of the client that an expression is: Users of c.Api.Users, also
// where it was told to wait.
func part(e ast.Expr) string {
	switch e := e.(type) {
	case *ast.SelectorExpr:
		return e.Sel.Name
	case *ast.CallExpr:
		if method, ok := e.Fun.(*ast.SelectorExpr); ok && method.Sel.Name == "WaitForSync" {
			return part(method.X)
		}
	}
	return ""
}

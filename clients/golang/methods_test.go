package golang

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/permitio/permit-golang/pkg/enforcement"
	"github.com/permitio/permit-golang/pkg/permit"
)

// rows are the methods of one part of the client, each with a call of it and what the
// call must answer, in an environment that has nothing else in it.
type rows map[string]func(*testing.T, *client)

var everyMethod = map[string]rows{
	"Api":                  ofApi,
	"Client":               ofClient,
	"ConditionSets":        ofConditionSets,
	"Elements":             ofElements,
	"Enforcer":             ofEnforcer,
	"Environments":         ofEnvironments,
	"ImplicitGrants":       ofImplicitGrants,
	"Projects":             ofProjects,
	"ProxyConfigs":         ofProxyConfigs,
	"RelationshipTuples":   ofRelationshipTuples,
	"ResourceActionGroups": ofResourceActionGroups,
	"ResourceActions":      ofResourceActions,
	"ResourceAttributes":   ofResourceAttributes,
	"ResourceInstances":    ofResourceInstances,
	"ResourceRelations":    ofResourceRelations,
	"ResourceRoles":        ofResourceRoles,
	"Resources":            ofResources,
	"RoleAssignments":      ofRoleAssignments,
	"Roles":                ofRoles,
	"Tenants":              ofTenants,
	"Users":                ofUsers,
}

func TestEveryMethodOfTheClientAnswers(t *testing.T) {
	t.Parallel()
	for part, methods := range everyMethod {
		for method, answers := range methods {
			t.Run(part+"."+method, func(t *testing.T) {
				t.Parallel()
				answers(t, own(t))
			})
		}
	}
}

// TestEveryMethodOfTheClientHasARow: the methods are found by reflection, so that a
// version of the client with more of them fails here.
func TestEveryMethodOfTheClientHasARow(t *testing.T) {
	t.Parallel()
	parts := map[string]reflect.Type{
		"Client":   reflect.TypeFor[*permit.Client](),
		"Enforcer": reflect.TypeFor[*enforcement.PermitEnforcer](),
	}
	field, _ := parts["Client"].Elem().FieldByName("Api")
	parts["Api"] = field.Type
	for f := range field.Type.Elem().Fields() {
		if f.IsExported() {
			parts[f.Name] = f.Type
		}
	}
	for part, object := range parts {
		for m := range object.Methods() {
			if everyMethod[part][m.Name] == nil {
				t.Errorf("no row calls %s.%s", part, m.Name)
			}
		}
	}
}

// TestEveryRowCallsItsMethod, found in the sources of these tests: the row Get of ofUsers
// calls Users.Get.
func TestEveryRowCallsItsMethod(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("methods_*_test.go")
	must(t, err)
	seen := 0
	for _, file := range files {
		parsed, err := parser.ParseFile(token.NewFileSet(), file, nil, 0)
		must(t, err)
		ast.Inspect(parsed, func(n ast.Node) bool {
			declared, ok := n.(*ast.ValueSpec)
			if !ok || !strings.HasPrefix(declared.Names[0].Name, "of") {
				return true
			}
			table, ok := declared.Values[0].(*ast.CompositeLit)
			if !ok {
				return true
			}
			for _, row := range table.Elts {
				row := row.(*ast.KeyValueExpr)
				part, method := strings.TrimPrefix(declared.Names[0].Name, "of"), strings.Trim(row.Key.(*ast.BasicLit).Value, `"`)
				if !calls(row.Value, part, method) {
					t.Errorf("%s: the row does not call %s.%s", file, part, method)
				}
				seen++
			}
			return false
		})
	}
	want := 0
	for _, methods := range everyMethod {
		want += len(methods)
	}
	if seen != want {
		t.Errorf("found %d rows in the sources, want %d", seen, want)
	}
}

// calls says whether code calls the method of a part: c.Api.Users.Get, and c.Check of the
// client itself.
func calls(code ast.Node, part, method string) bool {
	found := false
	ast.Inspect(code, func(n ast.Node) bool {
		called, ok := n.(*ast.SelectorExpr)
		if !ok || called.Sel.Name != method {
			return true
		}
		switch on := called.X.(type) {
		case *ast.Ident:
			found = found || part == "Client" && on.Name == "c"
		case *ast.SelectorExpr:
			found = found || on.Sel.Name == part
		}
		return true
	})
	return found
}

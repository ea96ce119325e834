package mapping

import (
	"fmt"
	"slices"
	"strings"

	"github.com/google/cel-go/cel"
	"github.com/google/cel-go/common"
	"github.com/google/cel-go/common/ast"
	"github.com/google/cel-go/common/types"

	"github.com/gatehouse-authz/gatehouse/internal/authz"
)

// A Compiled is a mapping that can be applied. It is safe for concurrent use.
type Compiled struct {
	authz.Mapping
	rules            []rule
	attributes       []attribute
	tenantAttributes []attribute

	seesOrganizations bool
	seesApplication   bool
}

// A rule is a rule of the mapping, compiled.
type rule struct {
	authz.MappingRule
	condition, tenants *expression // tenants is nil if they do not follow from an expression
	placed             bool        // it looks at more than the user's own fields
}

// An attribute is an attribute of the mapping, compiled.
type attribute struct {
	authz.MappedAttribute
	path       []string
	expression *expression
}

// An expression is one that was compiled, or why it cannot be.
type expression struct {
	program cel.Program
	err     error
	names   map[string]bool // variables and fields that it may look at
}

// Compile compiles a mapping. The error is Invalid and names the first field that
// cannot be meant; what is returned beside it can be applied all the same, and what
// does not compile gives nothing.
func Compile(m authz.Mapping) (*Compiled, error) {
	c := &Compiled{Mapping: m}
	errs := []error{checkSourceRoles(m.Roles), checkRules(m.Rules)}
	for i, r := range m.Rules {
		at, env := fmt.Sprintf("rules[%d]", i), forUsers
		if r.EachOrganization {
			env = forOrganizations
		}
		x := rule{MappingRule: r, condition: compile(env, at+".condition", r.Condition, types.BoolType)}
		errs = append(errs, x.condition.err)
		c.see(&x, x.condition)
		if r.TenantsFrom != "" {
			x.tenants = compile(env, at+".tenants_from", r.TenantsFrom, types.StringType, names)
			errs = append(errs, x.tenants.err)
			c.see(&x, x.tenants)
		}
		c.rules = append(c.rules, x)
	}
	var err error
	c.attributes, err = compileAttributes("attributes", m.Attributes, ofUsers, "user", storedUser)
	errs = append(errs, err)
	c.tenantAttributes, err = compileAttributes("tenant_attributes", m.TenantAttributes, ofTenants, "organization", storedOrganization)
	errs = append(errs, err)
	return c, firstOf(errs)
}

// see notes what a rule looks at.
func (c *Compiled) see(r *rule, x *expression) {
	organizations := r.EachOrganization || x.names["organizations"]
	c.seesOrganizations = c.seesOrganizations || organizations
	c.seesApplication = c.seesApplication || x.names["application"]
	r.placed = r.placed || organizations || x.names["application"] || x.names["roles"]
}

// SeesOrganizations reports whether a rule looks at the organizations of a user.
func (c *Compiled) SeesOrganizations() bool { return c.seesOrganizations }

// SeesApplication reports whether a rule looks at the application that a user came by.
func (c *Compiled) SeesApplication() bool { return c.seesApplication }

// HasRules reports whether there are rules.
func (c *Compiled) HasRules() bool { return len(c.rules) > 0 }

// compileAttributes compiles mapped attributes of the variable, whose type is that
// record. What it returns beside an error can be applied.
func compileAttributes(field string, mapped []authz.MappedAttribute, env func() *cel.Env, variable, of string) ([]attribute, error) {
	errs := []error{checkAttributes(field, mapped)}
	var list []attribute
	for i, m := range mapped {
		a := attribute{MappedAttribute: m}
		if m.Expression != "" {
			a.expression = compile(env, fmt.Sprintf("%s[%d].expression", field, i), m.Expression)
			errs = append(errs, a.expression.err)
		} else {
			a.path = strings.Split(m.Path, ".")
			errs = append(errs, checkPath(fmt.Sprintf("%s[%d].path", field, i), a.path, variable, of))
		}
		list = append(list, a)
	}
	return list, firstOf(errs)
}

// checkPath refuses a path that begins at no field, or goes on behind one that holds
// no more.
func checkPath(at string, path []string, variable, of string) error {
	t, ok := records[of][path[0]]
	switch {
	case !ok:
		return authz.InvalidField(at, "%s: %s has no field %q; its fields are %s", at, variable, path[0], fields(of))
	case len(path) > 1 && t.Kind() != types.MapKind:
		return authz.InvalidField(at, "%s: %s.%s holds no fields; only customData, profile and identities do", at, variable, path[0])
	case slices.Contains(path, ""):
		return authz.InvalidField(at, "%s: %q has an empty name between dots; use an expression for names with dots", at, strings.Join(path, "."))
	}
	return nil
}

// compile compiles one expression, which stands in that field; it must be of one of
// the types, or of one that only evaluating tells. No types are any.
func compile(env func() *cel.Env, at, text string, want ...*types.Type) *expression {
	fail := func(format string, args ...any) *expression {
		return &expression{err: authz.InvalidField(at, "%s: %s", at, fmt.Sprintf(format, args...))}
	}
	switch {
	case text == "":
		return fail("there is no expression; write true for everybody")
	case len(text) > maxExpression:
		return fail("the expression is longer than %d bytes", maxExpression)
	}
	checked, issues := env().Compile(text)
	if issues.Err() != nil {
		return fail("%s", explained(issues.Errors()))
	}
	is := checked.OutputType()
	if len(want) > 0 && !slices.ContainsFunc(want, is.IsAssignableType) && is.Kind() != types.DynKind && !isListOfAny(is, want) {
		return fail("the expression is of type %s and must be %s", is, either(want))
	}
	program, err := env().Program(checked, cel.CostLimit(costLimit), cel.EvalOptions(cel.OptOptimize))
	if err != nil {
		return fail("%v", err)
	}
	return &expression{program: program, names: namesIn(checked.NativeRep())}
}

// isListOfAny reports whether t is a list of what only evaluating tells, where a list
// is wanted.
func isListOfAny(t *types.Type, want []*types.Type) bool {
	return t.Kind() == types.ListKind && t.Parameters()[0].Kind() == types.DynKind &&
		slices.ContainsFunc(want, func(w *types.Type) bool { return w.Kind() == types.ListKind })
}

func either(want []*types.Type) string {
	var texts []string
	for _, t := range want {
		texts = append(texts, t.String())
	}
	return strings.Join(texts, " or ")
}

// shown is how many errors of one expression are told.
const shown = 3

// explained is what the checker says, with places in the expression and what there is
// instead of an unknown field.
func explained(errs []*common.Error) string {
	var texts []string
	for _, e := range errs[:min(len(errs), shown)] {
		text := fmt.Sprintf("line %d, column %d: %s", e.Location.Line(), e.Location.Column()+1, strings.TrimSpace(e.Message))
		if strings.HasPrefix(e.Message, "undefined field") {
			text += "; fields of user are " + fields(userRecord) + "; of an organization " + fields(memberOrganization) + "; of application " + fields(applicationRecord)
		}
		if strings.HasPrefix(e.Message, "undeclared reference to 'organization'") {
			text += "; it is there in rules with each_organization, and in tenant_attributes"
		}
		texts = append(texts, text)
	}
	return strings.Join(texts, "; ")
}

// namesIn are the names of variables and fields that an expression looks at, and more
// of the same name.
func namesIn(a *ast.AST) map[string]bool {
	found := map[string]bool{}
	ast.PreOrderVisit(a.Expr(), ast.NewExprVisitor(func(e ast.Expr) {
		switch e.Kind() { //nolint:exhaustive // the others name nothing
		case ast.IdentKind:
			found[e.AsIdent()] = true
		case ast.SelectKind:
			found[e.AsSelect().FieldName()] = true
		}
	}))
	return found
}

func firstOf(errs []error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

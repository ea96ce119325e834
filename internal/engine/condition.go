package engine

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
)

// A condition is compiled from the JSON that the Permit API keeps for a
// condition set. It is one of the types below.
type condition interface{ holds(x *scope) bool }

type (
	// all holds if every part does. role says that a part reads an attribute of
	// role: then one role of the user must satisfy all parts together.
	all struct {
		parts  []condition
		role   bool
		absent bool // what holds where there is no role to try
	}
	anyOf []condition // holds if one part does, each by itself
	none  []condition // holds if no part does
	never struct{}    // what nobody could mean
	test  struct {
		left  path
		op    operator
		right operand
	}
	match struct {
		left    path
		kind    matchKind
		member  condition // on each member, by paths of root memberRoot
		foreign string    // members are keys of instances of this type; empty: objects

		absent, unfit bool // what holds where there is nothing to match, or nothing that can be
		ownTenant     bool // members in other tenants than the question's are not looked at
		elsewhere     bool // what holds for them
	}
)

// A root is where a path begins.
type root int

const (
	userRoot root = iota
	resourceRoot
	tenantRoot
	contextRoot
	roleRoot
	memberRoot // the object that a match looks at
	builtInUserRoot
	builtInResourceRoot
)

var roots = map[string]root{"user": userRoot, "resource": resourceRoot, "tenant": tenantRoot, "context": contextRoot, "role": roleRoot}

// A path names an attribute, possibly inside others.
type path struct {
	root  root
	steps []string
}

// An operand is a literal or the attribute that a path names.
type operand struct {
	literal any
	ref     *path
}

// maxDepth bounds the nesting of conditions.
const maxDepth = 64

// CompileConditions reads the conditions of a set and says what is wrong with
// them. What it accepts evaluates in time proportional to its size and to the
// arrays it looks at.
func CompileConditions(text string) error {
	_, err := compileText(text)
	return err
}

func compileText(text string) (condition, error) {
	if strings.TrimSpace(text) == "" {
		return &all{}, nil
	}
	d := json.NewDecoder(strings.NewReader(text))
	d.UseNumber()
	var v any
	if err := d.Decode(&v); err != nil {
		return never{}, fmt.Errorf("conditions are not JSON: %w", err)
	}
	return compileBlock(v, 0)
}

// compileBlock reads an object of conditions, all of which must hold.
func compileBlock(v any, depth int) (condition, error) {
	if depth > maxDepth {
		return never{}, fmt.Errorf("conditions are nested more than %d deep", maxDepth)
	}
	block, ok := v.(map[string]any)
	if !ok {
		return never{}, fmt.Errorf("%s stands where an object of conditions must stand", show(v))
	}
	body := &all{}
	for _, key := range sortedKeys(block) {
		part, err := compileEntry(key, block[key], depth)
		if err != nil {
			return never{}, err
		}
		body.add(part)
	}
	return body, nil
}

func compileEntry(key string, v any, depth int) (condition, error) {
	switch key {
	case "allOf", "and", "anyOf", "or", "not":
		return logical(key, v, func(v any) (condition, error) { return compileBlock(v, depth+1) })
	}
	left, err := parsePath(key)
	if err != nil {
		return never{}, err
	}
	return compileComparison(left, v, depth+1)
}

// logical combines what compile makes of the elements of v, a list or one element.
func logical(key string, v any, compile func(any) (condition, error)) (condition, error) {
	list, ok := v.([]any)
	if !ok {
		list = []any{v}
	}
	parts := make([]condition, len(list))
	for i, e := range list {
		var err error
		if parts[i], err = compile(e); err != nil {
			return never{}, err
		}
	}
	switch key {
	case "anyOf", "or":
		return anyOf(parts), nil
	case "not":
		return none(parts), nil
	}
	body := &all{}
	for _, p := range parts {
		body.add(p)
	}
	return body, nil
}

// add adds a part; the parts of a conjunction become parts of the whole, so that
// conditions on a role that must all hold meet in one body.
func (c *all) add(part condition) {
	switch p := part.(type) {
	case *all:
		c.parts = append(c.parts, p.parts...)
		c.role = c.role || p.role
		return
	case *test:
		c.role = c.role || p.left.root == roleRoot
	case *match:
		c.role = c.role || p.left.root == roleRoot
	}
	c.parts = append(c.parts, part)
}

// compileComparison reads what is asked of one attribute: operators with their
// operands, or logic over such. A plain value asks for equality.
func compileComparison(left path, v any, depth int) (condition, error) {
	if depth > maxDepth {
		return never{}, fmt.Errorf("conditions are nested more than %d deep", maxDepth)
	}
	asked, ok := v.(map[string]any)
	if !ok {
		return &test{left: left, op: operators["equals"], right: operand{literal: normalize(v)}}, nil
	}
	if len(asked) == 0 {
		return never{}, nil
	}
	body := &all{}
	for _, key := range sortedKeys(asked) {
		var part condition
		var err error
		switch key {
		case "allOf", "and", "anyOf", "or", "not":
			part, err = logical(key, asked[key], func(v any) (condition, error) { return compileComparison(left, v, depth+1) })
		case "object_match", "any_match", "all_match":
			part, err = compileMatch(left, key, asked[key], depth)
		default:
			part, err = compileTest(left, key, asked[key])
		}
		if err != nil {
			return never{}, err
		}
		body.add(part)
	}
	return body, nil
}

func compileTest(left path, name string, v any) (condition, error) {
	op, ok := operators[name]
	if !ok {
		return never{}, fmt.Errorf("%q is not an operator", name)
	}
	right, err := compileOperand(v)
	if err != nil {
		return never{}, err
	}
	if name == "contains" && right.ref == nil {
		if _, ok := right.literal.(string); !ok {
			return never{}, fmt.Errorf("contains looks for text, not for %s", show(v))
		}
	}
	if list, ok := right.literal.([]any); name == "between" && (!ok || len(list) != 2) {
		return never{}, fmt.Errorf("between needs a list of two bounds, not %s", show(v))
	}
	return &test{left: left, op: op, right: right}, nil
}

// compileOperand reads a literal or {"ref": path}. A reference to a role's
// attribute has no meaning: no one role is meant.
func compileOperand(v any) (operand, error) {
	object, ok := v.(map[string]any)
	text, isRef := object["ref"].(string)
	if !ok || !isRef || len(object) != 1 {
		return operand{literal: normalize(v)}, nil
	}
	p, err := parsePath(text)
	if err == nil && p.root == roleRoot {
		err = fmt.Errorf("a reference cannot name a role's attribute: %q", text)
	}
	return operand{ref: &p}, err
}

func compileMatch(left path, kind string, v any, depth int) (condition, error) {
	object, ok := v.(map[string]any)
	members, isObject := object["match"].(map[string]any)
	if !ok || !isObject {
		return never{}, fmt.Errorf("%s needs an object with match", kind)
	}
	foreign, _ := object["fk_resource_type"].(string)
	body := &all{}
	for _, name := range sortedKeys(members) {
		part, err := compileComparison(path{root: memberRoot, steps: strings.Split(name, ".")}, members[name], depth+1)
		if err != nil {
			return never{}, err
		}
		body.add(part)
	}
	return &match{left: left, kind: matchKinds[kind], member: body, foreign: foreign}, nil
}

// parsePath reads "user.address.city".
func parsePath(text string) (path, error) {
	steps := strings.Split(text, ".")
	r, ok := roots[steps[0]]
	if !ok || len(steps) < 2 || slices.Contains(steps, "") {
		return path{}, fmt.Errorf("%q is not an attribute: it must begin with user., resource., tenant., context. or role", text)
	}
	return path{root: r, steps: steps[1:]}, nil
}

// show is v in a message, cut to a readable length.
func show(v any) string {
	b, err := json.Marshal(v)
	if err != nil {
		return fmt.Sprintf("a %T", v)
	}
	const most = 60
	if len(b) > most {
		return string(b[:most]) + "…"
	}
	return string(b)
}

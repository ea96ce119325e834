package server_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"maps"
	"net/http"
	"os"
	"regexp"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// A restCase is one of the engine's cases, read as what is sent for it.
type restCase struct {
	Name        string
	NotRunnable any `json:"not_runnable"`
	Schema      struct {
		Resources map[string]struct {
			Actions   []string
			Relations map[string]string
			Roles     map[string]struct {
				Permissions []string
				Extends     []string
				GrantedTo   json.RawMessage `json:"granted_to"`
			}
		}
		Roles map[string]struct {
			Permissions, Extends []string
			Attributes           json.RawMessage
		}
		ConditionSets map[string]struct {
			Type, Resource, Parent string
			Conditions             json.RawMessage
		} `json:"condition_sets"`
		Rules      []object
		CustomRego string `json:"custom_rego"`
	}
	Facts struct {
		Users             map[string]map[string]json.RawMessage
		Tenants           map[string]struct{ Attributes json.RawMessage }
		ResourceInstances json.RawMessage     `json:"resource_instances"`
		RoleAssignments   []map[string]string `json:"role_assignments"`
		Relationships     []map[string]string
	}
	Checks []struct {
		User, Action, Resource, Context json.RawMessage
		Expect                          bool
		Why                             string
	}
	Queries []struct {
		Op            string
		Input, Expect json.RawMessage
		Why           string
	}

	except  exception
	h       *house
	refused int
}

// A restInstance is an instance as the cases write it.
type restInstance struct {
	Resource, Key, Tenant string
	Attributes            json.RawMessage
}

// An exception is a case that cannot be set up or answered as it is written.
type exception struct {
	why     string
	change  []string // texts of the case and what stands for them, in turn
	refused int      // writes that the API refuses; the case is asked without them
	status  int      // of every check, where there is no answer
	other   []int    // checks that are answered the other way
	skip    bool
}

var exceptions = map[string]exception{
	"rbac/odd-user-keys": {refused: 12, other: []int{1, 2, 3, 4, 5, 6},
		why: "keys of users have letters, digits and |@+-._ here as in Permit's API: six of seven are refused, with their assignments"},
	"rebac/user-key-with-slash": {refused: 2,
		why: "such a key is refused, so nobody has the role; the engine would allow it"},
	"rebac/tenant-key-with-slash": {other: []int{0},
		why: "a defect of the captured text, which loses a role on an instance if the tenant asked about has a slash"},
	"rebac/unsynced-user": {change: []string{`"v":{`, `"ghost":{`},
		why: "a role is given to users that are there: ghost is made first"},
	"rebac/role-not-on-type": {refused: 1,
		why: "a role that the resource does not have cannot be given"},
	"rebac/user-as-subject-is-not-a-role": {refused: 1,
		why: "a tuple of a relation that is not declared is refused"},
	"rebac/tenant-derivation-structural": {refused: 2, other: []int{0},
		why: "roles do not come from tenants: the derivation and its tuple are refused"},
	"abac-set/encoded-keys": {change: []string{"team lead", "team-lead", "a_b-c d", "a_b-c-d"},
		why: "keys of roles and sets have no spaces, here as in Permit's API"},
	"request/no-action": {status: http.StatusUnprocessableEntity,
		why: "a question without an action is refused, as Permit's PDP refuses it before it comes to the policy"},
	"query/user-permissions-association-only": {skip: true,
		why: "a tie of a user to a tenant without a role is not kept"},
}

func TestTheCasesComeOutOverHTTP(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("../engine/testdata/cases.json")
	if err != nil {
		t.Fatal(err)
	}
	var file struct{ Cases []json.RawMessage }
	if err := json.Unmarshal(text, &file); err != nil {
		t.Fatal(err)
	}
	// All begin with a copy of one data directory: making one costs most of a start.
	begin := t.TempDir()
	start(t, begin, nil).stop()
	met := 0
	var checks, queries atomic.Int32
	t.Cleanup(func() {
		t.Logf("%d checks and %d queries were asked over HTTP", checks.Load(), queries.Load())
	})
	for _, raw := range file.Cases {
		c := readCase(t, raw)
		if c.except.why != "" {
			met++
		}
		if c.NotRunnable != nil || c.Schema.CustomRego != "" || c.except.skip {
			continue // else a Rego text of the customer's own, or one that OPA refuses
		}
		t.Run(c.Name, func(t *testing.T) {
			t.Parallel() // as many at once as -parallel says
			dir := t.TempDir()
			if err := os.CopyFS(dir, os.DirFS(begin)); err != nil {
				t.Fatal(err)
			}
			h := start(t, dir, nil)
			c.h = h
			c.makeSchema()
			c.makeRules()
			c.makeFacts()
			if c.refused != c.except.refused {
				t.Errorf("%d writes were refused, want %d", c.refused, c.except.refused)
			}
			for i := range c.Checks {
				checks.Add(1)
				c.ask(i)
			}
			for i, q := range c.Queries {
				queries.Add(1)
				var want, got any
				if json.Unmarshal(q.Expect, &want) != nil || json.Unmarshal(h.query(q.Op, q.Input), &got) != nil {
					t.Fatalf("%s is not JSON", q.Expect)
				}
				if diff := cmp.Diff(want, got); diff != "" {
					t.Errorf("query %d (%s): (-want +got)\n%s", i, q.Why, diff)
				}
			}
		})
	}
	if met != len(exceptions) {
		t.Errorf("%d exceptions are of no case", len(exceptions)-met)
	}
}

// readCase reads a case with what its exception changes.
func readCase(t *testing.T, raw json.RawMessage) (c restCase) {
	t.Helper()
	var named struct{ Name string }
	var text bytes.Buffer
	if err := errors.Join(json.Unmarshal(raw, &named), json.Compact(&text, raw)); err != nil {
		t.Fatal(err)
	}
	e := exceptions[named.Name]
	if err := json.Unmarshal([]byte(strings.NewReplacer(e.change...).Replace(text.String())), &c); err != nil {
		t.Fatal(err)
	}
	c.except = e
	return c
}

// ask asks one of the checks, as it is written.
func (c *restCase) ask(i int) {
	c.h.t.Helper()
	check := c.Checks[i]
	body := object{"user": check.User, "action": check.Action, "resource": check.Resource}
	if check.User[0] == '"' {
		body["user"] = object{"key": check.User}
	}
	if check.Context != nil {
		body["context"] = check.Context
	}
	if c.except.status != 0 {
		if status, b := c.h.call("POST", "/allowed", body); status != c.except.status {
			c.h.t.Errorf("check %d: got %d %s, want %d", i, status, b, c.except.status)
		}
		return
	}
	want := check.Expect != slices.Contains(c.except.other, i)
	if got := c.h.decide(body); got != want {
		c.h.t.Errorf("check %d: got %v, want %v: %s %s %s (%s)", i, got, want, check.User, check.Action, check.Resource, check.Why)
	}
}

// write sends a write. Only so many are refused as the exception says.
func (c *restCase) write(method, path string, body any) {
	c.h.t.Helper()
	status, b := c.h.call(method, path, body)
	switch {
	case status/100 == 2:
	case status/100 == 4 && c.refused < c.except.refused:
		c.refused++
	default:
		c.h.t.Fatalf("%s %s: %d %s", method, path, status, b)
	}
}

// decide asks with and without an explanation; the answer is the same.
func (h *house) decide(body object) bool {
	h.t.Helper()
	var plain, explained struct {
		Allow, Result bool
		Debug         json.RawMessage
	}
	h.must("POST", "/allowed", body, &plain)
	status, b := h.send("POST", "/allowed", body, http.Header{"X-Gatehouse-Explain": {"1"}})
	if err := json.Unmarshal(b, &explained); err != nil || status != http.StatusOK {
		h.t.Fatalf("an explained answer: %d %s", status, b)
	}
	if plain.Allow != explained.Allow || plain.Allow != plain.Result || explained.Allow != explained.Result {
		h.t.Errorf("%s: got %+v, and %+v explained", body, plain, explained)
	}
	if plain.Debug != nil || explained.Debug == nil {
		h.t.Errorf("%s: got the explanations %q and %q, want only the second", body, plain.Debug, explained.Debug)
	}
	return plain.Allow
}

// makeSchema makes the resources, each after those that its relations name, then
// what one role has of another.
func (c *restCase) makeSchema() {
	c.h.t.Helper()
	related := func(key string) []string {
		return slices.DeleteFunc(slices.Sorted(maps.Values(c.Schema.Resources[key].Relations)), func(to string) bool { return to == key })
	}
	for _, key := range ordered(c.Schema.Resources, related) {
		r := c.Schema.Resources[key]
		actions, roles := object{}, object{}
		for _, a := range r.Actions {
			actions[a] = object{}
		}
		for role, x := range r.Roles {
			roles[role] = object{"name": role, "permissions": x.Permissions}
		}
		c.write("POST", schemaAt+"/resources", object{"key": key, "name": key, "actions": actions, "relations": r.Relations, "roles": roles})
	}
	for key, r := range c.Schema.Resources {
		for role, x := range r.Roles {
			if len(x.Extends)+len(x.GrantedTo) > 0 {
				c.write("PATCH", schemaAt+"/resources/"+key+"/roles/"+role, object{"extends": x.Extends, "granted_to": x.GrantedTo})
			}
		}
	}
	for _, key := range ordered(c.Schema.Roles, func(key string) []string { return c.Schema.Roles[key].Extends }) {
		r := c.Schema.Roles[key]
		c.write("POST", schemaAt+"/roles", object{"key": key, "name": key, "permissions": r.Permissions, "extends": r.Extends, "attributes": r.Attributes})
	}
}

var userAttribute = regexp.MustCompile(`"user\.([^".]+)`)

// makeRules makes the condition sets, after the attributes of users that they
// name, and the rules.
func (c *restCase) makeRules() {
	c.h.t.Helper()
	var built []struct{ Key string }
	c.h.must("GET", schemaAt+"/users/attributes", nil, &built)
	declared := map[string]bool{}
	for _, a := range built {
		declared[a.Key] = true
	}
	sets := c.Schema.ConditionSets
	for _, key := range ordered(sets, func(key string) []string { return []string{sets[key].Parent} }) {
		s := sets[key]
		for _, found := range userAttribute.FindAllSubmatch(s.Conditions, -1) {
			if name := string(found[1]); !declared[name] {
				declared[name] = true
				c.write("POST", schemaAt+"/users/attributes", object{"key": name, "type": "json"})
			}
		}
		body := object{"key": key, "name": key, "type": s.Type, "conditions": s.Conditions}
		if s.Resource != "" {
			body["resource_id"] = s.Resource
		}
		if s.Parent != "" {
			body["parent_id"] = s.Parent
		}
		c.write("POST", schemaAt+"/condition_sets", body)
	}
	for _, r := range c.Schema.Rules {
		c.write("POST", factsAt+"/set_rules", r)
	}
}

func (c *restCase) makeFacts() {
	c.h.t.Helper()
	tenants := map[string]json.RawMessage{}
	for _, a := range c.Facts.RoleAssignments {
		tenants[a["tenant"]] = nil
	}
	instances := c.instances()
	for _, i := range instances {
		tenants[i.Tenant] = nil
	}
	for key, v := range c.Facts.Tenants {
		tenants[key] = v.Attributes
	}
	// Every environment begins with this one.
	if attributes, there := tenants["default"]; !there {
		c.write("DELETE", factsAt+"/tenants/default", nil)
	} else if delete(tenants, "default"); len(attributes) > len("{}") {
		c.write("PATCH", factsAt+"/tenants/default", object{"attributes": attributes})
	}
	for key, attributes := range tenants {
		c.write("POST", factsAt+"/tenants", object{"key": key, "name": key, "attributes": attributes})
	}
	for key, u := range c.Facts.Users {
		body := object{"key": key}
		for name, v := range u {
			body[name] = v
		}
		c.write("POST", factsAt+"/users", body)
	}
	for _, i := range instances {
		c.write("POST", factsAt+"/resource_instances", object{"key": i.Key, "resource": i.Resource, "tenant": i.Tenant, "attributes": i.Attributes})
	}
	for _, r := range c.Facts.Relationships {
		c.write("POST", factsAt+"/relationship_tuples", r)
	}
	for _, a := range c.Facts.RoleAssignments {
		c.write("POST", factsAt+"/role_assignments", a)
	}
}

// instances are written as a map by name or as a list.
func (c *restCase) instances() (list []restInstance) {
	c.h.t.Helper()
	raw := c.Facts.ResourceInstances
	if len(raw) == 0 {
		return nil
	}
	var byName map[string]restInstance
	if raw[0] == '[' {
		if err := json.Unmarshal(raw, &list); err != nil {
			c.h.t.Fatal(err)
		}
	} else if err := json.Unmarshal(raw, &byName); err != nil {
		c.h.t.Fatal(err)
	}
	for name, i := range byName {
		i.Key = name
		list = append(list, i)
	}
	for n := range list {
		if list[n].Resource == "" {
			list[n].Resource, list[n].Key, _ = strings.Cut(list[n].Key, ":")
		}
		// An instance lies in a tenant; no decision looks at which.
		if list[n].Tenant == "" {
			list[n].Tenant = "default"
		}
	}
	return list
}

// ordered are the keys of m, each after those that it needs.
func ordered[V any](m map[string]V, needs func(key string) []string) (out []string) {
	var visit func(key string)
	visit = func(key string) {
		if _, there := m[key]; !there || slices.Contains(out, key) {
			return
		}
		for _, n := range needs(key) {
			visit(n)
		}
		out = append(out, key)
	}
	for _, key := range slices.Sorted(maps.Keys(m)) {
		visit(key)
	}
	return out
}

// query asks for a list and returns it as the cases write lists: names in the
// place of things.
func (h *house) query(op string, input json.RawMessage) []byte {
	h.t.Helper()
	type named struct{ Key string }
	var out any
	switch op {
	case "user_permissions":
		var answer map[string]struct {
			Permissions, Roles []string
			Tenant             named
			Resource           *named
		}
		h.must("POST", "/user-permissions", input, &answer)
		all := object{}
		for name, e := range answer {
			shown := object{"permissions": e.Permissions, "roles": e.Roles, "tenant": e.Tenant.Key, "resource": nil}
			if e.Resource != nil {
				shown["resource"] = e.Resource.Key
			}
			all[name] = shown
		}
		out = all
	case "user_tenants":
		var answer []named
		h.must("POST", "/user-tenants", input, &answer)
		keys := []string{}
		for _, x := range answer {
			keys = append(keys, x.Key)
		}
		out = keys
	case "all_tenants":
		var answer struct {
			Allowed []struct {
				Allow  bool
				Tenant named
			} `json:"allowed_tenants"`
		}
		h.must("POST", "/allowed/all-tenants", input, &answer)
		keys := []string{}
		for _, x := range answer.Allowed {
			if !x.Allow {
				h.t.Errorf("tenant %s is listed and not allowed", x.Tenant.Key)
			}
			keys = append(keys, x.Tenant.Key)
		}
		out = keys
	case "authorized_users":
		var answer struct {
			Resource, Tenant string
			Users            map[string][]struct{ Role, Resource string }
		}
		h.must("POST", "/authorized_users", input, &answer)
		users := map[string][]string{}
		for user, rows := range answer.Users {
			for _, r := range rows {
				users[user] = append(users[user], r.Role+"|"+r.Resource)
			}
			slices.Sort(users[user])
		}
		out = object{"resource": answer.Resource, "tenant": answer.Tenant, "users": users}
	case "bulk":
		var answer struct{ Allow []struct{ Allow bool } }
		h.must("POST", "/allowed/bulk", input, &answer)
		all := []bool{}
		for _, x := range answer.Allow {
			all = append(all, x.Allow)
		}
		out = all
	default:
		h.t.Fatalf("there is no %s", op)
	}
	b, err := json.Marshal(out)
	if err != nil {
		h.t.Fatal(err)
	}
	return b
}

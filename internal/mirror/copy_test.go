package mirror_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/gatehouse-authz/gatehouse/internal/mirror"
	"github.com/gatehouse-authz/gatehouse/internal/mirror/permitapi"
	"github.com/gatehouse-authz/gatehouse/internal/server"
)

// complete gives an account every kind of schema object, users, and facts about things.
func (a *account) complete(users int) {
	a.Must("POST", schema+"/resources", object{"key": "folder", "name": "Folder", "urn": "urn:folder", "description": "Holds documents",
		"actions": object{"open": object{"name": "Open it", "attributes": object{"risk": 1}}, "share": object{}}, "attributes": object{"colour": object{"type": "string", "description": "Of it"}}, "type_attributes": object{"shelf": true}}, nil)
	a.Must("POST", schema+"/resources", object{"key": "doc", "name": "Document", "actions": object{"read": object{}, "write": object{}, "delete": object{}},
		"attributes": object{"secret": object{"type": "bool"}, "pages": object{"type": "number"}}}, nil)
	a.Must("POST", schema+"/resources/doc/action_groups", object{"key": "change", "name": "Change", "actions": []string{"write", "delete"}}, nil)
	a.Must("POST", schema+"/resources/doc/relations", object{"key": "parent", "name": "Parent of it", "description": "Where it is", "subject_resource": "folder"}, nil)
	a.Must("POST", schema+"/resources/folder/relations", object{"key": "within", "name": "Within", "subject_resource": "folder"}, nil)
	a.Must("POST", schema+"/resources/folder/roles", object{"key": "keeper", "name": "Keeper", "permissions": []string{"open", "share"}}, nil)
	a.Must("POST", schema+"/resources/doc/roles", object{"key": "reader", "name": "Reader", "permissions": []string{"read"}}, nil)
	a.Must("POST", schema+"/resources/doc/roles", object{"key": "author", "name": "Author", "permissions": []string{"change"}, "extends": []string{"reader"}, "attributes": object{"x": 1.5},
		"granted_to": object{"users_with_role": []object{{"role": "keeper", "on_resource": "folder", "linked_by_relation": "parent", "when": object{"no_direct_roles_on_object": true}}}}}, nil)
	a.Must("POST", schema+"/users/attributes", object{"key": "level", "type": "number", "description": "How far"}, nil)
	a.Must("POST", schema+"/roles", object{"key": "base", "name": "Base", "permissions": []string{"doc:read"}}, nil)
	a.Must("POST", schema+"/roles", object{"key": "admin", "name": "Admin", "description": "All of it", "permissions": []string{"doc:change", "folder:open"}, "extends": []string{"base"}, "attributes": object{"grade": 7}}, nil)
	a.Must("POST", schema+"/condition_sets", object{"key": "adults", "name": "Adults", "type": "userset", "conditions": object{"allOf": []object{{"user.level": object{"greater-than": 17}}}}}, nil)
	a.Must("POST", schema+"/condition_sets", object{"key": "a_seniors", "name": "Seniors", "type": "userset", "parent_id": "adults", "conditions": object{"allOf": []object{{"user.level": object{"greater-than": 60}}}}}, nil)
	a.Must("POST", schema+"/condition_sets", object{"key": "open_docs", "name": "Open documents", "type": "resourceset", "resource_id": "doc", "conditions": object{"allOf": []object{{"resource.secret": object{"equals": false}}}}}, nil)
	a.Must("POST", facts+"/set_rules", object{"user_set": "adults", "permission": "doc:read", "resource_set": "open_docs"}, nil)
	a.Must("POST", facts+"/set_rules", object{"user_set": "base", "is_role": true, "permission": "doc:write", "resource_set": "open_docs"}, nil)
	a.Must("POST", facts+"/set_rules", object{"user_set": "a_seniors", "permission": "folder:open", "resource_set": "folder", "is_resource": true}, nil)
	for i := range 5 {
		a.Must("POST", facts+"/tenants", object{"key": fmt.Sprint("tenant-", i), "name": fmt.Sprint("Tenant ", i), "description": "One of them", "attributes": object{"plan": i}}, nil)
	}
	var things, tuples []object
	for i := range 300 {
		tenant := fmt.Sprint("tenant-", i%5)
		things = append(things, object{"key": fmt.Sprint(i), "resource": "folder", "tenant": tenant}, object{"key": fmt.Sprint(i, "-a_b"), "resource": "doc", "tenant": tenant, "attributes": object{"secret": i%2 == 0, "pages": i}})
		tuples = append(tuples, object{"subject": fmt.Sprint("folder:", i), "relation": "parent", "object": fmt.Sprint("doc:", i, "-a_b")})
	}
	a.Must("PUT", facts+"/bulk/resource_instances", object{"operations": things}, nil)
	a.Must("POST", facts+"/relationship_tuples/bulk", object{"operations": tuples}, nil)
	for first := 0; first < users; first += 1000 {
		var people, held []object
		for i := first; i < min(first+1000, users); i++ {
			key := fmt.Sprint("user|", i)
			people = append(people, object{"key": key, "email": fmt.Sprintf("u%d@example.com", i), "first_name": "U", "attributes": object{"level": i % 90, "tags": []string{"a", fmt.Sprint(i % 7)}}})
			held = append(held, object{"user": key, "role": []string{"base", "admin"}[i%2], "tenant": fmt.Sprint("tenant-", i%5)})
			if i%3 == 0 {
				held = append(held, object{"user": key, "role": "keeper", "resource_instance": fmt.Sprint("folder:", i%300)})
			}
		}
		a.Must("PUT", facts+"/bulk/users", object{"operations": people}, nil)
		a.Must("POST", facts+"/role_assignments/bulk", held, nil)
	}
	a.Must("POST", facts+"/proxy_configs", object{"key": "urls", "name": "URLs", "secret": "s", "auth_mechanism": "Bearer", "mapping_rules": []object{}}, nil)
}

// bare is a value of JSON without ids and times, which differ between accounts.
func bare(v any) any {
	switch v := v.(type) {
	case map[string]any:
		out := object{}
		for name, value := range v {
			if name != "id" && name != "created_at" && name != "updated_at" && name != "last_action_at" && (name == "parent_id" || !strings.HasSuffix(name, "_id")) {
				out[name] = bare(value)
			}
		}
		return out
	case []any:
		for i := range v {
			v[i] = bare(v[i])
		}
	}
	return v
}

// contents is everything that an account lists, without ids and times.
func (a *account) contents() map[string][]string {
	out := map[string][]string{}
	for _, path := range []string{
		facts + "/users", facts + "/tenants", facts + "/role_assignments", facts + "/resource_instances", facts + "/relationship_tuples", facts + "/set_rules",
		schema + "/roles", schema + "/resources?include_built_in=true", schema + "/condition_sets", schema + "/resources/doc/action_groups",
	} {
		for _, row := range a.All(path) {
			delete(row, "associated_tenants") // it says what assignments say, in their order
			if roles, ok := row["roles"].([]any); ok && strings.HasSuffix(path, "/users") {
				slices.SortFunc(roles, func(x, y any) int { return strings.Compare(textOf(x), textOf(y)) })
			}
			out[path] = append(out[path], textOf(bare(row)))
		}
		slices.Sort(out[path])
	}
	return out
}

// decide asks an account many questions.
func (a *account) decide(questions []object) []bool {
	var out []bool
	for some := range slices.Chunk(questions, 500) {
		var answer struct{ Allow []struct{ Allow bool } }
		a.Must("POST", "/allowed/bulk", some, &answer)
		for _, x := range answer.Allow {
			out = append(out, x.Allow)
		}
	}
	return out
}

// TestAnImportedAndMirroredAccountIsTheSame: an account with everything in it is
// imported, and what it was imported into mirrors into a third: the three hold the same
// and decide the same.
func TestAnImportedAndMirroredAccountIsTheSame(t *testing.T) {
	t.Parallel()
	users := number("GATEHOUSE_TEST_IMPORT_USERS", 2500)
	from, third := begin(t), begin(t)
	from.complete(users)
	into := beginWith(t, func(c *server.Config) {
		c.Mirror = server.Mirror{APIURL: third.URL, Key: accountKey, Schema: true, Instances: true, Writes: 1 << 20, Removes: 1 << 20, SchemaWrites: 1 << 20, Bulk: 1 << 20, Requests: 1 << 20}
	})
	client := func(a *account) *permitapi.Client {
		c := &permitapi.Client{API: a.URL, Key: accountKey, Patient: true, Pace: &mirror.Pace{Clock: mirror.Wall{}}, HTTP: &http.Client{Timeout: 2 * time.Minute}}
		if _, err := c.Begin(t.Context()); err != nil {
			t.Fatal(err)
		}
		return c
	}
	for _, again := range []bool{false, true} {
		copied, err := (&mirror.Copy{From: client(from), To: client(into), Tell: func(mirror.Copied) {}}).Run(t.Context())
		ok(t, err)
		for _, k := range copied {
			if len(k.Refused) > 0 || again && k.Made+k.Changed > 0 || k.Same < k.Read && again {
				t.Errorf("again %v: %+v", again, k)
			}
		}
	}
	var revision struct{ Revision, Cursor, Waiting int }
	for tick := time.NewTicker(20 * time.Millisecond); revision.Revision == 0 || revision.Cursor != revision.Revision || revision.Waiting > 0; <-tick.C {
		into.Must("GET", "/console/v1/projects/default/envs/dev/mirror", nil, &revision)
	}
	want := from.contents()
	for name, other := range map[string]*account{"imported into": into, "mirrored into": third} {
		if diff := cmp.Diff(want, other.contents()); diff != "" {
			t.Errorf("what was %s is not the same (-account +other)\n%s", name, diff[:min(len(diff), 4000)])
		}
	}
	random := rand.New(rand.NewPCG(1, uint64(users))) //nolint:gosec // the same questions each time
	var questions []object
	for range 10_000 {
		i, n := random.IntN(users), random.IntN(300)
		resource := []object{{"type": "doc", "key": fmt.Sprint(n, "-a_b"), "tenant": fmt.Sprint("tenant-", n%5)}, {"type": "folder", "key": fmt.Sprint(n), "tenant": fmt.Sprint("tenant-", n%5)}, {"type": "doc", "tenant": fmt.Sprint("tenant-", n%5), "attributes": object{"secret": false}}}[random.IntN(3)]
		questions = append(questions, object{"user": object{"key": fmt.Sprint("user|", i)}, "action": []string{"read", "write", "delete", "open", "share"}[random.IntN(5)], "resource": resource})
	}
	answers := from.decide(questions)
	if !slices.Equal(answers, into.decide(questions)) || !slices.Equal(answers, third.decide(questions)) {
		t.Error("the three do not decide the same")
	}
	counts := map[bool]int{}
	for _, allow := range answers {
		counts[allow]++
	}
	if counts[true] < 1000 || counts[false] < 1000 {
		t.Errorf("got %v: the questions show little", counts)
	}
	others, err := client(from).Others(context.WithoutCancel(t.Context()))
	if err != nil || len(others) != 1 || others[0].What != "URL mappings" || others[0].N != 1 {
		t.Errorf("got %+v (%v), want the URL mapping that is not imported", others, err)
	}
}

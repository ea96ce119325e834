package permit_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"math/rand/v2"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// shown is what the door shows of a schema: the rows of its lists, by list and key.
type shown map[string]map[string]map[string]any

var schemaLists = []string{"roles", "resources", "condition_sets", "groups/direct"}

// schema reads everything of the schema, and of the facts what groups come to.
func (h *house) schema(t *testing.T) shown {
	t.Helper()
	s := shown{}
	for _, list := range schemaLists {
		s[list] = map[string]map[string]any{}
		for _, row := range h.rows(t, "/v2/schema/acme/dev/"+list) {
			key, ok := row["key"].(string)
			if !ok {
				key = fmt.Sprint(row["group_resource_type_key"], ":", row["group_instance_key"])
			}
			s[list][key] = row
		}
	}
	for group, row := range s["groups/direct"] {
		for _, part := range []string{"users", "roles", "children", "parents"} {
			row[part] = h.rows(t, "/v2/schema/acme/dev/groups/"+group+"/"+part)
		}
	}
	s["rules"] = map[string]map[string]any{}
	for _, row := range h.rows(t, "/v2/facts/acme/dev/set_rules") {
		s["rules"][fmt.Sprint(row["id"])] = row
	}
	return s
}

// rows reads a list, in whichever shape it comes.
func (h *house) rows(t *testing.T, path string) []map[string]any {
	t.Helper()
	res, body := h.do(t, http.MethodGet, path+"?per_page=100", http.Header{}, "")
	if res.StatusCode != http.StatusOK {
		t.Fatalf("GET %s: %d %s", path, res.StatusCode, body)
	}
	var list []map[string]any
	if body[0] == '[' {
		if err := json.Unmarshal(body, &list); err != nil {
			t.Fatal(err)
		}
		return list
	}
	var page struct {
		Data  []map[string]any
		Total int `json:"total_count"`
	}
	if err := json.Unmarshal(body, &page); err != nil || page.Total != len(page.Data) {
		t.Fatalf("GET %s: %d of %d (%v)", path, len(page.Data), page.Total, err)
	}
	return page.Data
}

// Histories are made of these requests. Few names, so that they meet; what they
// name is there or not, as it comes.
var schemaWrites = []string{
	`POST S/resources {"key": "$type", "name": "T", "actions": {"$action": {}, "read": {}}, "roles": {"$role": {"name": "R", "permissions": ["read"]}}}`,
	`PUT S/resources/$type {"name": "P", "actions": {"$action": {}, "write": {}}, "relations": {"to": "$type"}, "roles": {"x": {"name": "X"}, "$role": {"name": "R", "extends": ["x"]}}}`,
	`PATCH S/resources/$type {"actions": {"$action": {}, "$action2": {}}}`,
	`PATCH S/resources/$type {"roles": {"x": {"name": "X", "granted_to": {"users_with_role": [{"role": "$role", "on_resource": "$type", "linked_by_relation": "to"}]}}}}`,
	`DELETE S/resources/$type`,
	`POST S/resources/$type/actions {"key": "$action", "name": "A"}`,
	`DELETE S/resources/$type/actions/$action`,
	`POST S/resources/$type/action_groups {"key": "$group", "name": "G", "actions": ["$action", "read"]}`,
	`PATCH S/resources/$type/action_groups/$group {"actions": ["$action"]}`,
	`DELETE S/resources/$type/action_groups/$group`,
	`POST S/resources/$type/attributes {"key": "size", "type": "number"}`,
	`DELETE S/resources/$type/attributes/size`,
	`POST S/resources/$type/relations {"key": "to", "name": "To", "subject_resource": "$type2"}`,
	`DELETE S/resources/$type/relations/to`,
	`POST S/resources/$type/roles {"key": "$role", "name": "R", "permissions": ["$action"], "extends": ["x"]}`,
	`DELETE S/resources/$type/roles/$role`,
	`PUT S/resources/$type/roles/$role/parents/$role2`,
	`POST S/resources/$type/roles/$role/implicit_grants {"role": "$role2", "on_resource": "$type2", "linked_by_relation": "to"}`,
	`POST S/resources/$type/roles/$role/permissions {"permissions": ["$group"]}`,
	`POST S/roles {"key": "$role", "name": "R", "permissions": ["$type:$action", "$type2:$group"]}`,
	`POST S/roles {"key": "$role", "name": "R"}`,
	`POST S/roles/$role/permissions {"permissions": ["$type:$group"]}`,
	`PUT S/roles/$role/parents/$role2`,
	`DELETE S/roles/$role/parents/$role2`,
	`DELETE S/roles/$role`,
	`PUT S/bulk/roles {"operations": [{"key": "$role", "name": "B", "extends": ["$role2"]}, {"key": "$role2", "name": "B", "permissions": ["$type:$action"]}]}`,
	`PUT S/bulk/roles {"operations": [{"key": "$role", "name": "B"}, {"key": "$role", "name": "B", "resource": "$type", "permissions": ["$action"]}]}`,
	`POST S/condition_sets {"key": "$set", "name": "$set", "parent_id": "$set2"}`,
	`POST S/condition_sets {"key": "$set", "name": "$set", "type": "resourceset", "resource_id": "$type", "conditions": {"resource.size": {"equals": 1}}}`,
	`PATCH S/condition_sets/$set {"parent_id": "$set2"}`,
	`DELETE S/condition_sets/$set`,
	`POST F/set_rules {"user_set": "$role", "is_role": true, "permission": "$type:$action", "resource_set": "$set"}`,
	`POST F/set_rules {"user_set": "$set", "permission": "$type:$action", "resource_set": "$type", "is_resource": true}`,
	`POST S/groups {"group_resource_type_key": "$type", "group_instance_key": "$node", "group_tenant": "default"}`,
	`POST S/groups {"group_resource_type_key": "$type", "group_instance_key": "$node", "group_tenant": "default"}`,
	`DELETE S/groups/$type:$node`,
	`PUT S/groups/$type:$node/users/ann {"tenant": "default"}`,
	`DELETE S/groups/$type:$node/users/ann {"tenant": "default"}`,
	`POST S/groups/$type:$node/roles {"role": "$role", "resource": "$type2", "resource_instance": "$node2", "tenant": "default"}`,
	`DELETE S/groups/$type:$node/roles {"role": "$role", "resource": "$type2", "resource_instance": "$node2", "tenant": "default"}`,
	`PUT S/groups/$type:$node/assign_group {"group_instance_key": "$node2"}`,
	`DELETE S/groups/$type:$node/assign_group {"group_instance_key": "$node2"}`,
}

var (
	schemaNames = map[string][]string{
		"type": {"doc", "team"}, "action": {"read", "write", "sign"}, "group": {"all", "most"},
		"role": {"x", "y", "z"}, "set": {"s", "t", "u"}, "node": {"1", "2", "3"},
	}
	aDrawn = regexp.MustCompile(`\$([a-z]+)2?`)
)

// TestWhatASchemaNamesIsThere, whatever became of it; a request that is refused
// changes nothing, and one that puts the same again changes nothing but its age.
func TestWhatASchemaNamesIsThere(t *testing.T) {
	t.Parallel()
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	rng := rand.New(rand.NewPCG(seed, 1))
	h := open(t)
	h.write(t, `POST F/users {"key": "ann"}`)
	answers, before := map[int]int{}, h.schema(t)
	for range 250 {
		text := drawn(rng)
		status := h.write(t, text)
		answers[status]++
		after := h.schema(t)
		switch {
		case status >= http.StatusInternalServerError:
			t.Fatalf("%s: %d", text, status)
		case status >= http.StatusBadRequest:
			if diff := cmp.Diff(before, after); diff != "" {
				t.Fatalf("%s was refused with %d and changed\n%s", text, status, diff)
			}
		case strings.HasPrefix(text, http.MethodPut):
			again := h.write(t, text)
			if diff := cmp.Diff(after.ageless(), h.schema(t).ageless()); diff != "" {
				t.Fatalf("%s, sent again with %d, changed\n%s", text, again, diff)
			}
			after = h.schema(t)
		}
		if missing := after.missing(); missing != "" {
			t.Fatalf("after %s there is no %s", text, missing)
		}
		before = after
	}
	t.Logf("answers by status: %v", answers)
	if answers[http.StatusOK] < 20 || answers[http.StatusNoContent] < 2 {
		t.Errorf("got %v, want more that is done: the test proves little", answers)
	}
}

// drawn is a request of a history. What makes things is drawn more often than
// what takes them away.
func drawn(rng *rand.Rand) string {
	text := schemaWrites[rng.IntN(len(schemaWrites))]
	if strings.HasPrefix(text, http.MethodDelete) && rng.IntN(3) > 0 {
		return drawn(rng)
	}
	return aDrawn.ReplaceAllStringFunc(text, func(name string) string {
		names := schemaNames[strings.Trim(name, "$2")]
		return names[rng.IntN(len(names))]
	})
}

// write sends a request written in a line.
func (h *house) write(t *testing.T, text string) int {
	t.Helper()
	method, rest, _ := strings.Cut(text, " ")
	path, body, _ := strings.Cut(rest, " ")
	path = strings.Replace(path, "S/", "/v2/schema/acme/dev/", 1)
	path = strings.Replace(path, "F/", "/v2/facts/acme/dev/", 1)
	res, _ := h.do(t, method, path, http.Header{}, body)
	return res.StatusCode
}

// ageless is s without the times of its changes.
func (s shown) ageless() shown {
	var strip func(v any) any
	strip = func(v any) any {
		switch v := v.(type) {
		case map[string]any:
			out := map[string]any{}
			for key, e := range v {
				if key != "updated_at" {
					out[key] = strip(e)
				}
			}
			return out
		case []any:
			out := make([]any, len(v))
			for i, e := range v {
				out[i] = strip(e)
			}
			return out
		}
		return v
	}
	out := shown{}
	for list, rows := range s {
		out[list] = map[string]map[string]any{}
		for key, row := range rows {
			out[list][key], _ = strip(row).(map[string]any)
		}
	}
	return out
}

// missing says what is named and not there; nothing if all is there.
func (s shown) missing() string {
	has := func(list, key string) bool { return s[list][key] != nil }
	for key, role := range s["roles"] {
		for _, p := range texts(role["permissions"]) {
			resource, action, _ := strings.Cut(p, ":")
			if !s.permits(resource, action) {
				return p + ", which role " + key + " has"
			}
		}
		for _, parent := range texts(role["extends"]) {
			if !has("roles", parent) {
				return parent + ", which role " + key + " extends"
			}
		}
	}
	for key := range s["resources"] {
		if missing := s.missingOf(key); missing != "" {
			return missing
		}
	}
	for key, set := range s["condition_sets"] {
		if parent, ok := set["parent_id"].(string); ok && !has("condition_sets", parent) {
			return parent + ", which is above " + key
		}
	}
	for _, rule := range s["rules"] {
		resource, action, _ := strings.Cut(fmt.Sprint(rule["permission"]), ":")
		_, there := part(s["resources"][resource], "actions")[action]
		role, isRole := strings.CutPrefix(fmt.Sprint(rule["user_set"]), "__autogen_")
		users := isRole && has("roles", role) || has("condition_sets", fmt.Sprint(rule["user_set"]))
		if !there || !users {
			return fmt.Sprint("part of the rule ", rule)
		}
	}
	return ""
}

// missingOf is missing for a resource.
func (s shown) missingOf(key string) string {
	r := s["resources"][key]
	for group, actions := range part(r, "action_groups") {
		for _, a := range texts(actions) {
			if _, there := part(r, "actions")[a]; !there {
				return a + ", which group " + group + " of " + key + " holds"
			}
		}
	}
	for name, v := range part(r, "relations") {
		if subject := fmt.Sprint(object(v)["resource"]); s["resources"][subject] == nil {
			return subject + ", which is the subject of " + name
		}
	}
	for name, v := range part(r, "roles") {
		role := object(v)
		for _, p := range texts(role["permissions"]) {
			if !s.permits(key, p) {
				return p + ", which role " + name + " of " + key + " has"
			}
		}
		for _, parent := range texts(role["extends"]) {
			if _, there := part(r, "roles")[parent]; !there {
				return parent + ", which role " + name + " of " + key + " extends"
			}
		}
		derived, _ := object(role["granted_to"])["users_with_role"].([]any)
		for _, d := range derived {
			from := object(d)
			_, there := part(s["resources"][fmt.Sprint(from["on_resource"])], "roles")[fmt.Sprint(from["role"])]
			relation, tied := part(r, "relations")[fmt.Sprint(from["linked_by_relation"])]
			if !there || !tied || object(relation)["resource"] != from["on_resource"] {
				return fmt.Sprint("part of the derivation ", from)
			}
		}
	}
	return ""
}

// permits reports whether a permission on a resource may name key.
func (s shown) permits(resource, key string) bool {
	r := s["resources"][resource]
	_, action := part(r, "actions")[key]
	_, group := part(r, "action_groups")[key]
	return action != group
}

func part(row map[string]any, name string) map[string]any { return object(row[name]) }

func object(v any) map[string]any {
	m, _ := v.(map[string]any)
	return m
}

func texts(v any) []string {
	list, _ := v.([]any)
	out := make([]string, len(list))
	for i, e := range list {
		out[i] = fmt.Sprint(e)
	}
	return out
}

// TestEveryDrawnNameIsKnown: a slip in a request of the histories is no request.
func TestEveryDrawnNameIsKnown(t *testing.T) {
	t.Parallel()
	for _, text := range schemaWrites {
		for _, m := range aDrawn.FindAllStringSubmatch(text, -1) {
			if schemaNames[m[1]] == nil {
				t.Errorf("%s draws %s, want one of %v", text, m[0], slices.Sorted(maps.Keys(schemaNames)))
			}
		}
	}
}

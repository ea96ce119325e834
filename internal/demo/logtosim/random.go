package logtosim

import (
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"math/rand/v2"
	"net/http"
	"slices"
	"strings"
)

// An Operation is one change that was made through the Management API.
type Operation struct {
	Method, Path string // the path with /api
	Body         string // JSON; empty is none
	Status       int    // of the answer; below 300 something may have changed
}

// String is the operation in one line.
func (o Operation) String() string {
	return fmt.Sprintf("%s %s %s: %d", o.Method, o.Path, o.Body, o.Status)
}

// RandomOperation makes one change, told of or silent, through the Management API
// and returns it. What it does depends only on rng and on the state, and so a
// driver of a Sim with a [Config.Seed] can be repeated. No fault of
// [Sim.SetFaults] strikes it. Some operations are refused, as careless callers'
// are.
func (s *Sim) RandomOperation(rng *rand.Rand) Operation {
	d := s.look()
	d.rng = rng
	op := d.next()
	req, err := http.NewRequest(op.Method, "http://logto.internal"+op.Path, strings.NewReader(op.Body)) //nolint:noctx // served in place
	if err != nil {
		panic("logtosim: cannot make " + op.String())
	}
	req.RemoteAddr = "127.0.0.1:1"
	pass, forget := s.pass()
	defer forget()
	req.Header.Set("Authorization", "Bearer "+pass)
	w := &recorder{header: http.Header{}}
	s.door.ServeHTTP(w, req)
	op.Status = w.status
	return op
}

// A driver chooses the next change.
type driver struct {
	rng      *rand.Rand
	state    State
	unseen   map[string][]string // ids that the state does not show, by kind
	invitees map[string]string   // e-mail addresses, by pending invitation
	tokens   map[string]string   // the name of a personal token, by user
	jit      map[string]string   // an organization role that whoever joins by signing up gets, by organization
	chosen   map[string]string   // ids of the operation in the making, by kind
}

// next chooses among the routes; those that make what others need come oftener.
func (d *driver) next() Operation {
	all := [](func() Operation){
		d.createUser, d.createUser, d.createUser, d.changeUser, d.changeUser, d.suspend, d.suspend, d.deleteUser,
		d.createRole, d.deleteRole, d.userRoles, d.userRoles, d.roleUsers, d.roleUser, d.roleScopes,
		d.createResource, d.createScope, d.createScope, d.createScope, d.deleteScope, d.deleteResource,
		d.createOrganization, d.createOrganization, d.createOrganization, d.changeOrganization, d.deleteOrganization,
		d.members, d.members, d.members, d.members, d.member, d.organizationRole, d.organizationRole,
		d.memberRoles, d.memberRoles, d.memberRole, d.manyRoles, d.granted, d.deleteOrganizationRole, d.identity, d.applications,
		d.theRest, d.theRest, d.theRest, d.theRest, d.theRest, d.theRest, d.theRest, d.theRest, d.theRest, d.theRest,
	}
	return all[d.rng.IntN(len(all))]()
}

func operation(method, path string, body any) Operation {
	op := Operation{Method: method, Path: "/api" + path}
	if body != nil {
		raw, err := json.Marshal(body)
		if err != nil {
			panic("logtosim: cannot encode: " + err.Error())
		}
		op.Body = string(raw)
	}
	return op
}

// one returns an id of the map, or one that nobody has if it is empty.
func one[T any](d *driver, m map[string]T) string {
	ids := slices.Sorted(maps.Keys(m))
	if len(ids) == 0 {
		return "nobody"
	}
	return ids[d.rng.IntN(len(ids))]
}

// some returns up to n ids of the map, each once.
func some[T any](d *driver, m map[string]T, n int) []string {
	ids := slices.Sorted(maps.Keys(m))
	d.rng.Shuffle(len(ids), func(i, j int) { ids[i], ids[j] = ids[j], ids[i] })
	return ids[:min(len(ids), d.rng.IntN(n+1))]
}

// word is a name that is seldom given twice.
func (d *driver) word(prefix string) string { return fmt.Sprintf("%s%d", prefix, d.rng.IntN(100_000)) }

func (d *driver) pick(texts ...string) string { return texts[d.rng.IntN(len(texts))] }

func (d *driver) createUser() Operation {
	name := d.word("u")
	return operation("POST", "/users", Fields{"username": name, "name": strings.ToUpper(name), "primaryEmail": name + "@example.org"})
}

func (d *driver) changeUser() Operation {
	at := "/users/" + one(d, d.state.Users)
	switch d.rng.IntN(4) {
	case 0:
		return operation("PATCH", at, Fields{"name": d.word("Name ")})
	case 1:
		return operation("PATCH", at+"/custom-data", Fields{"customData": Fields{d.word("k")[:2]: d.rng.IntN(9)}})
	case 2:
		return operation("PATCH", at+"/profile", Fields{"profile": Fields{"nickname": d.word("n")}})
	}
	return operation("PATCH", at+"/password", Fields{"password": d.word("secret ")})
}

func (d *driver) suspend() Operation {
	return operation("PATCH", "/users/"+one(d, d.state.Users)+"/is-suspended", Fields{"isSuspended": d.rng.IntN(2) == 0})
}

func (d *driver) deleteUser() Operation {
	return operation("DELETE", "/users/"+one(d, d.state.Users), nil)
}

func (d *driver) identity() Operation {
	at := "/users/" + one(d, d.state.Users) + "/identities/github"
	if d.rng.IntN(2) == 0 {
		return operation("DELETE", at, nil)
	}
	return operation("PUT", at, Fields{"userId": d.word("gh-")})
}

func (d *driver) createRole() Operation {
	return operation("POST", "/roles", Fields{
		"name": d.word("role "), "description": "d", "isDefault": d.rng.IntN(8) == 0, "scopeIds": some(d, d.userScopes(), 2),
	})
}

// userScopes are the scopes that a role of users can have.
func (d *driver) userScopes() map[string]ScopeState {
	scopes := maps.Clone(d.state.Scopes)
	delete(scopes, managementScope)
	return scopes
}

func (d *driver) deleteRole() Operation {
	at := "/roles/" + one(d, d.state.Roles)
	if d.rng.IntN(2) == 0 {
		return operation("PATCH", at, Fields{"name": d.word("renamed ")})
	}
	return operation("DELETE", at, nil)
}

func (d *driver) userRoles() Operation {
	return operation(d.pick("POST", "PUT"), "/users/"+one(d, d.state.Users)+"/roles", Fields{"roleIds": some(d, d.state.Roles, 3)})
}

func (d *driver) roleUsers() Operation {
	return operation("POST", "/roles/"+one(d, d.state.Roles)+"/users", Fields{"userIds": some(d, d.state.Users, 3)})
}

func (d *driver) roleUser() Operation {
	user := one(d, d.state.Users)
	role := one(d, keyed(d.state.Users[user].Roles))
	if d.rng.IntN(2) == 0 {
		return operation("DELETE", "/users/"+user+"/roles/"+role, nil)
	}
	return operation("DELETE", "/roles/"+role+"/users/"+user, nil)
}

// keyed is the list as a map to nothing.
func keyed(ids []string) map[string]bool {
	m := map[string]bool{}
	for _, id := range ids {
		m[id] = true
	}
	return m
}

func (d *driver) roleScopes() Operation {
	role := one(d, d.state.Roles)
	if held := d.state.Roles[role].Scopes; len(held) > 0 && d.rng.IntN(2) == 0 {
		return operation("DELETE", "/roles/"+role+"/scopes/"+one(d, keyed(held)), nil)
	}
	return operation("POST", "/roles/"+role+"/scopes", Fields{"scopeIds": some(d, d.userScopes(), 2)})
}

func (d *driver) createResource() Operation {
	name := d.word("api")
	return operation("POST", "/resources", Fields{"name": name, "indicator": "https://" + name + ".example"})
}

// resources are those that can be changed.
func (d *driver) resources() map[string]string {
	m := maps.Clone(d.state.Resources)
	delete(m, managementResource)
	return m
}

func (d *driver) createScope() Operation {
	return operation("POST", "/resources/"+one(d, d.resources())+"/scopes", Fields{"name": d.scope()})
}

// scope is a name of a scope, one of those that may mean something elsewhere among them.
func (d *driver) scope() string { return d.pick("reports:view", "reports:edit", d.word("do:")) }

func (d *driver) deleteScope() Operation {
	id := one(d, d.userScopes())
	return operation("DELETE", "/resources/"+cmp.Or(d.state.Scopes[id].Resource, "nobody")+"/scopes/"+id, nil)
}

func (d *driver) deleteResource() Operation {
	return operation("DELETE", "/resources/"+one(d, d.resources()), nil)
}

func (d *driver) applications() Operation {
	return operation("POST", "/applications", Fields{"name": d.word("app "), "type": d.pick(typeMachine, "SPA")})
}

package simtest

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/gatehouse-authz/gatehouse/internal/demo/logtosim"
)

// Facts are what is so, each in words, with what differs from fact to fact.
type Facts map[string]string

// A Mapping says what Logto's roles are in a Gatehouse, by their names. A role
// that is not named is nothing.
type Mapping struct {
	Global       map[string]string
	Organization map[string]string
	Everywhere   bool   // global roles are held in the tenant of each organization, not in the default tenant
	First        string // role that everybody gets in the default tenant; empty: none
}

// Wanted is what a Gatehouse has to hold of a Logto in the state.
func (m Mapping) Wanted(s logtosim.State) Facts {
	f := Facts{}
	for id, u := range s.Users {
		f.User(id, User{
			Suspended: u.IsSuspended, Email: text(u.PrimaryEmail), Username: text(u.Username), Phone: text(u.PrimaryPhone),
			Names: names(u.User), CustomData: u.CustomData,
		})
		f.Holds(id, "default", m.First)
		for _, role := range m.global(s, u) {
			if !m.Everywhere {
				f.Holds(id, "default", role)
			}
		}
	}
	for id, o := range s.Organizations {
		f.Organization(id, o.Name)
		for user, roles := range o.Members {
			f.Member(user, id)
			for _, role := range roles {
				f.Holds(user, id, m.Organization[s.OrganizationRoles[role].Name])
			}
			for _, role := range m.global(s, s.Users[user]) {
				if m.Everywhere {
					f.Holds(user, id, role)
				}
			}
		}
	}
	return f
}

// global are the roles that the user holds everywhere. Logto shows none that is made
// for machines, even if somebody has given one.
func (m Mapping) global(s logtosim.State, u logtosim.UserState) (roles []string) {
	for _, id := range u.Roles {
		if r := s.Roles[id]; r.Type == "User" {
			roles = append(roles, m.Global[r.Name])
		}
	}
	return roles
}

// Permissions are those of each role that a Gatehouse makes of the roles that the mapping
// names, if scopes are called resource:action: what all of Logto's that are one role have.
// Those of people and what is not among the permissions that are known are left out.
func (m Mapping) Permissions(s logtosim.State, people, known []string) map[string][]string {
	made := map[string][]string{}
	add := func(role string, scopes []string) {
		if role == "" || slices.Contains(people, role) {
			return
		}
		all, is := made[role]
		if !is {
			all = known
		}
		made[role] = slices.DeleteFunc(slices.Clone(all), func(p string) bool { return !slices.Contains(scopes, p) })
	}
	for _, r := range s.Roles {
		if r.Type == "User" {
			add(m.Global[r.Name], scopesOf(s, r.Scopes))
		}
	}
	for _, r := range s.OrganizationRoles {
		if r.Type == "User" {
			add(m.Organization[r.Name], scopesOf(s, append(slices.Clone(r.ResourceScopes), r.Scopes...)))
		}
	}
	return made
}

// scopesOf are the names of scopes, of resources or of the organization template.
func scopesOf(s logtosim.State, ids []string) (names []string) {
	for _, id := range ids {
		if of, is := s.Scopes[id]; is {
			names = append(names, of.Name)
		} else {
			names = append(names, s.OrganizationScopes[id])
		}
	}
	return names
}

func text(s *string) string {
	if s == nil {
		return ""
	}
	return *s
}

// names are first and last name as Gatehouse documents them.
func names(u logtosim.User) [2]string {
	var profile struct{ GivenName, FamilyName string }
	_ = json.Unmarshal(u.Profile, &profile) // what is no profile says nothing
	if profile.GivenName != "" || profile.FamilyName != "" {
		return [2]string{profile.GivenName, profile.FamilyName}
	}
	first, last, _ := strings.Cut(text(u.Name), " ")
	return [2]string{first, last}
}

// A User is what is so of a user by itself.
type User struct {
	Suspended              bool
	Email, Username, Phone string
	Names                  [2]string // first, last
	CustomData             json.RawMessage
}

// User notes a user.
func (f Facts) User(id string, u User) {
	var v any
	_ = json.Unmarshal(u.CustomData, &v) // what is no JSON is nothing
	u.CustomData, _ = json.Marshal(v)
	f["user "+id] = fmt.Sprintf("suspended %t, %q %q %q %q, %s", u.Suspended, u.Email, u.Username, u.Phone, u.Names, u.CustomData)
}

// Organization notes an organization.
func (f Facts) Organization(id, name string) { f["organization "+id] = name }

// Member notes who belongs to an organization.
func (f Facts) Member(user, organization string) { f["member "+user+" of "+organization] = "" }

// Holds notes a role, unless it is none.
func (f Facts) Holds(user, tenant, role string) {
	if role != "" {
		f["role "+role+" of "+user+" in "+tenant] = ""
	}
}

// A Gatehouse is one that is asked.
type Gatehouse struct{ URL, Key string }

// Facts returns what the Gatehouse holds, by its API.
func (g Gatehouse) Facts(ctx context.Context) (Facts, error) {
	f := Facts{}
	tenants, err := list[struct{ Key, Name string }](ctx, g, "facts/default/dev/tenants")
	if err != nil {
		return nil, err
	}
	for _, t := range tenants {
		if t.Key != "default" {
			f.Organization(t.Key, t.Name)
		}
	}
	users, err := list[struct {
		Key        string
		Email      *string
		First      *string `json:"first_name"`
		Last       *string `json:"last_name"`
		Attributes struct {
			Suspended  bool
			Username   *string
			Phone      *string
			CustomData json.RawMessage `json:"custom_data"`
		}
		Tenants []struct {
			Tenant string
			Roles  []string
		} `json:"associated_tenants"`
	}](ctx, g, "facts/default/dev/users")
	if err != nil {
		return nil, err
	}
	for _, u := range users {
		f.User(u.Key, User{
			Suspended: u.Attributes.Suspended, Email: text(u.Email), Username: text(u.Attributes.Username), Phone: text(u.Attributes.Phone),
			Names: [2]string{text(u.First), text(u.Last)}, CustomData: u.Attributes.CustomData,
		})
		for _, t := range u.Tenants {
			if t.Tenant != "default" {
				f.Member(u.Key, t.Tenant)
			}
			for _, role := range t.Roles {
				f.Holds(u.Key, t.Tenant, role)
			}
		}
	}
	return f, nil
}

// Permissions returns what each role permits.
func (g Gatehouse) Permissions(ctx context.Context) (map[string][]string, error) {
	roles, err := list[struct {
		Key         string
		Permissions []string
	}](ctx, g, "schema/default/dev/roles")
	all := map[string][]string{}
	for _, r := range roles {
		slices.Sort(r.Permissions)
		all[r.Key] = r.Permissions
	}
	return all, err
}

// list pages through a list of the environment that the key is of.
func list[T any](ctx context.Context, g Gatehouse, what string) (all []T, err error) {
	for page := 1; ; page++ {
		var b []byte
		if b, err = g.get(ctx, fmt.Sprintf("/v2/%s?per_page=100&page=%d", what, page)); err != nil {
			return nil, err
		}
		var rows []T
		var counted struct{ Data []T }
		if err = json.Unmarshal(b, &rows); err != nil {
			if err = json.Unmarshal(b, &counted); err != nil {
				return nil, err
			}
			rows = counted.Data
		}
		all = slices.Concat(all, rows)
		if len(rows) < 100 {
			return all, nil
		}
	}
}

func (g Gatehouse) get(ctx context.Context, path string) ([]byte, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, g.URL+path, nil)
	if err != nil {
		return nil, err
	}
	req.Header.Set("Authorization", "Bearer "+g.Key)
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return nil, err
	}
	defer res.Body.Close() //nolint:errcheck // the body is only read
	b, err := io.ReadAll(res.Body)
	if err == nil && res.StatusCode != http.StatusOK {
		err = fmt.Errorf("GET %s: %d %s", path, res.StatusCode, b)
	}
	return b, err
}

// A Proof is what the Gatehouse says of itself.
type Proof struct {
	Verdict     string
	Why         string
	Total       int `json:"differences_total"`
	Unsettled   int
	Differences json.RawMessage
	Logto, Here struct {
		Users int
		Hash  string
	}
	SweptAt      *time.Time `json:"swept_at"`
	ChangedSince int        `json:"changed_since_sweep"`
}

// Proof asks for the last one.
func (g Gatehouse) Proof(ctx context.Context) (p Proof, err error) {
	b, err := g.get(ctx, "/console/v1/projects/default/envs/dev/logto/proof")
	if err != nil {
		return p, err
	}
	return p, json.Unmarshal(b, &p)
}

// AwaitEqual waits until a proof of a sweep that began after then says equal, and
// returns it or, when the time is up, the last one.
func (g Gatehouse) AwaitEqual(ctx context.Context, then time.Time, limit time.Duration) (Proof, error) {
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for deadline := time.After(limit); ; {
		p, err := g.Proof(ctx)
		if err != nil {
			return p, err
		}
		if p.SweptAt != nil && !p.SweptAt.Before(then) && p.Verdict == "equal" && p.Unsettled == 0 {
			return p, nil
		}
		select {
		case <-tick.C:
		case <-deadline:
			return p, nil
		case <-ctx.Done():
			return p, ctx.Err()
		}
	}
}

package ingest

import (
	"cmp"
	"context"
	"slices"
	"strings"

	"github.com/gatehouse-authz/gatehouse/internal/authz"
	"github.com/gatehouse-authz/gatehouse/internal/mapping"
)

// A roster is who is where and holds what in a source, as its census tells it: what
// rules look at beside a user's own record. Users are named by hashes.
type roster struct {
	hash          func(string) uint64
	organizations []authz.SourceOrganization
	number        map[string]int32 // of organizations, by id
	seats         map[uint64][]seat
	held          map[uint64][]int32 // roles held everywhere, by their numbers
	lists         [][]string         // of roles' names, each once
	listed        map[string]int32   // numbers of lists
}

// A seat is a user's place in an organization.
type seat struct{ organization, roles int32 }

func newRoster(hash func(string) uint64) *roster {
	return &roster{hash: hash, number: map[string]int32{}, seats: map[uint64][]seat{}, held: map[uint64][]int32{}, listed: map[string]int32{}}
}

func (r *roster) addOrganization(o authz.SourceOrganization) {
	r.number[o.ID] = int32(len(r.organizations)) //nolint:gosec // fewer than there is memory for
	r.organizations = append(r.organizations, o)
}

func (r *roster) addMembers(id string, members []authz.Member) {
	n, known := r.number[id]
	if !known {
		return
	}
	for _, m := range members {
		u := r.hash(string(m.User))
		r.seats[u] = append(r.seats[u], seat{n, r.list(m.Roles)})
	}
}

func (r *roster) addHolders(role string, holders []authz.UserKey) {
	n := r.list([]string{role})
	for _, user := range holders {
		u := r.hash(string(user))
		r.held[u] = append(r.held[u], n)
	}
}

// list is the number of a list of names.
func (r *roster) list(names []string) int32 {
	text := strings.Join(names, "\x00")
	n, known := r.listed[text]
	if !known {
		n = int32(len(r.lists)) //nolint:gosec // likewise
		r.listed[text] = n
		r.lists = append(r.lists, names)
	}
	return n
}

// place is the account with where its user is and what it holds, as if the source had
// been asked about that user.
func (r *roster) place(a authz.Account) authz.Account {
	u := r.hash(string(a.Key))
	a.Placed, a.Places, a.Roles = true, nil, nil
	for _, s := range r.seats[u] {
		a.Places = append(a.Places, authz.Place{Organization: r.organizations[s.organization], Roles: r.lists[s.roles]})
	}
	slices.SortFunc(a.Places, func(a, b authz.Place) int { return cmp.Compare(a.Organization.ID, b.Organization.ID) })
	for _, n := range r.held[u] {
		a.Roles = append(a.Roles, r.lists[n]...)
	}
	slices.Sort(a.Roles)
	a.Roles = slices.Compact(a.Roles)
	return a
}

// Applications tells of the applications by which users come to a source.
type Applications interface {
	// Application returns what is known of the application of that id, which may be
	// empty; of one that the source does not have that is its id. The error is
	// Unavailable.
	Application(ctx context.Context, id string) (authz.Facts, error)
}

// arrived adds the application that the account's user came by, if a rule looks at it.
func arrived(ctx context.Context, m *mapping.Compiled, source any, a authz.Account) (authz.Account, error) {
	from, can := source.(Applications)
	if !m.SeesApplication() || !can || !a.Placed || a.Facts == nil {
		return a, nil
	}
	id, _ := a.Facts["applicationId"].(string)
	var err error
	a.Application, err = from.Application(ctx, id)
	return a, err
}

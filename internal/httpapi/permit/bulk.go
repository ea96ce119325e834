package permit

import (
	"errors"
	"net/http"
	"strconv"
	"strings"

	"github.com/gatehouse-authz/gatehouse/internal/authz"
	"github.com/gatehouse-authz/gatehouse/internal/directory"
	"github.com/gatehouse-authz/gatehouse/internal/httpapi"
)

// How many elements Permit takes in one call:
// https://docs.permit.io/how-to/bulk-operations.
const (
	mostTenants     = 2000
	mostUsers       = 3000
	mostInstances   = 3000
	mostAssignments = 2000
	mostTuples      = 1000
)

// maxBulk is how long the body of a call of many may be: 5 KB for each of the
// most elements.
const maxBulk = 16 << 20

// Where the elements stand in a body.
const (
	inOperations = "operations"
	inIdents     = "idents"
)

type operations[T any] struct {
	Operations []T `json:"operations" api:"required"`
}

type assigned struct {
	Created int `json:"assignments_created"`
}

type unassigned struct {
	Removed int `json:"assignments_removed"`
}

type removals[T any] struct {
	Idents []T `json:"idents" api:"required"`
}

// readOperations reads at most so many things to be done.
func readOperations[T any](w http.ResponseWriter, r *http.Request, most int) ([]T, error) {
	body, err := httpapi.ReadMax[operations[T]](w, r, maxBulk)
	if err != nil {
		return nil, err
	}
	return body.Operations, atMost(most, len(body.Operations), inOperations)
}

// readIdents reads the names of at most so many things.
func readIdents[T any](w http.ResponseWriter, r *http.Request, most int) ([]T, error) {
	body, err := httpapi.ReadMax[removals[T]](w, r, maxBulk)
	if err != nil {
		return nil, err
	}
	return body.Idents, atMost(most, len(body.Idents), inIdents)
}

func atMost(most, n int, path ...string) error {
	if n > most {
		return bodyFault(httpapi.CodeValue, "ensure this value has at most "+strconv.Itoa(most)+" items", path...)
	}
	return nil
}

// wroteMany answers a write of many things, whose elements stand at path.
func wroteMany(w http.ResponseWriter, rev authz.Revision, err error, report any, path ...string) error {
	if err != nil {
		return placed(err, path...)
	}
	return wrote(w, http.StatusOK, rev, report)
}

// placed says of an error of one element where that stands in the body.
func placed(err error, path ...string) error {
	element, ok := errors.AsType[*directory.ElementError](err)
	if !ok {
		return err
	}
	known, ok := errors.AsType[*authz.Error](element.Err)
	if !ok {
		return err
	}
	at := strings.Join(append(path, strconv.Itoa(element.Index)), ".")
	out := &authz.Error{Kind: known.Kind, Message: "body." + at + ": " + known.Message, Err: element.Err}
	if known.Field != "" {
		out.Field, out.Message = at+"."+known.Field, known.Message
	}
	return out
}

func (a *API) createTenants(w http.ResponseWriter, r *http.Request, c caller) error {
	list, err := readOperations[tenantCreate](w, r, mostTenants)
	if err != nil {
		return err
	}
	tenants := each(list, func(b tenantCreate) directory.NewTenant {
		return directory.NewTenant{Key: authz.TenantKey(b.Key), TenantInput: b.input()}
	})
	rev, err := a.Directory.CreateTenants(r.Context(), c.env.ID, c.key.Actor(), tenants)
	return wroteMany(w, rev, err, struct{}{}, inOperations)
}

func (a *API) deleteTenants(w http.ResponseWriter, r *http.Request, c caller) error {
	list, err := readIdents[authz.Ident](w, r, mostTenants)
	if err != nil {
		return err
	}
	rev, err := a.Directory.DeleteTenants(r.Context(), c.env.ID, c.key.Actor(), list)
	return wroteMany(w, rev, err, struct{}{}, inIdents)
}

func (a *API) createUsers(w http.ResponseWriter, r *http.Request, c caller) error {
	users, err := readUsers(w, r)
	if err != nil {
		return err
	}
	rev, err := a.Directory.CreateUsers(r.Context(), c.env.ID, c.key.Actor(), users)
	return wroteMany(w, rev, err, struct{}{}, inOperations)
}

func (a *API) syncUsers(w http.ResponseWriter, r *http.Request, c caller) error {
	users, err := readUsers(w, r)
	if err != nil {
		return err
	}
	rev, err := a.Directory.SyncUsers(r.Context(), c.env.ID, c.key.Actor(), users)
	return wroteMany(w, rev, err, struct{}{}, inOperations)
}

func (a *API) deleteUsers(w http.ResponseWriter, r *http.Request, c caller) error {
	list, err := readIdents[authz.Ident](w, r, mostUsers)
	if err != nil {
		return err
	}
	rev, err := a.Directory.DeleteUsers(r.Context(), c.env.ID, c.key.Actor(), list)
	return wroteMany(w, rev, err, struct{}{}, inIdents)
}

func readUsers(w http.ResponseWriter, r *http.Request) ([]directory.NewUser, error) {
	list, err := readOperations[userCreate](w, r, mostUsers)
	if err != nil {
		return nil, err
	}
	users := make([]directory.NewUser, len(list))
	for i, b := range list {
		in, err := b.input(inOperations, strconv.Itoa(i))
		if err != nil {
			return nil, err
		}
		users[i] = directory.NewUser{Key: authz.UserKey(b.Key), UserInput: in}
	}
	return users, nil
}

func (a *API) assignMany(w http.ResponseWriter, r *http.Request, c caller) error {
	q := httpapi.QueryOf(r)
	missing := ifMissing[q.Choice("missing_user_policy", "fail", "ignore", "create")]
	if err := q.Err(); err != nil {
		return err
	}
	list, err := httpapi.ReadMax[[]assignmentCreate](w, r, maxBulk)
	if err != nil {
		return err
	}
	if err := atMost(mostAssignments, len(list)); err != nil {
		return err
	}
	grants := make([]directory.Grant, len(list))
	for i, b := range list {
		in, err := b.input(strconv.Itoa(i))
		if err != nil {
			return err
		}
		grants[i] = directory.Grant{User: authz.Ident(b.User), RoleInTenant: in}
	}
	n, rev, err := a.Directory.AssignMany(r.Context(), c.env.ID, c.key.Actor(), grants, missing)
	return wroteMany(w, rev, err, assigned{n})
}

var ifMissing = map[string]directory.MissingUser{
	"fail": directory.MissingFails, "ignore": directory.MissingIgnored, "create": directory.MissingCreated,
}

func (a *API) unassignMany(w http.ResponseWriter, r *http.Request, c caller) error {
	list, err := httpapi.ReadMax[[]assignmentRemove](w, r, maxBulk)
	if err != nil {
		return err
	}
	if err := atMost(mostAssignments, len(list)); err != nil {
		return err
	}
	grants := each(list, func(b assignmentRemove) directory.Grant {
		return directory.Grant{User: authz.Ident(b.User), RoleInTenant: b.input()}
	})
	n, rev, err := a.Directory.UnassignMany(r.Context(), c.env.ID, c.key.Actor(), grants)
	return wroteMany(w, rev, err, unassigned{n})
}

func (a *API) createTuples(w http.ResponseWriter, r *http.Request, c caller) error {
	list, err := readOperations[tupleCreate](w, r, mostTuples)
	if err != nil {
		return err
	}
	rev, err := a.Directory.CreateTuples(r.Context(), c.env.ID, c.key.Actor(), each(list, tupleCreate.input))
	return wroteMany(w, rev, err, struct{}{}, inOperations)
}

func (a *API) deleteTuples(w http.ResponseWriter, r *http.Request, c caller) error {
	list, err := readIdents[tupleRemove](w, r, mostTuples)
	if err != nil {
		return err
	}
	rev, err := a.Directory.DeleteTuples(r.Context(), c.env.ID, c.key.Actor(), each(list, tupleRemove.input))
	return wroteMany(w, rev, err, struct{}{}, inIdents)
}

func (a *API) syncInstances(w http.ResponseWriter, r *http.Request, c caller) error {
	list, err := readOperations[instanceCreate](w, r, mostInstances)
	if err != nil {
		return err
	}
	rev, err := a.Directory.SyncInstances(r.Context(), c.env.ID, c.key.Actor(), each(list, instanceCreate.input))
	return wroteMany(w, rev, err, struct{}{}, inOperations)
}

func (a *API) deleteInstances(w http.ResponseWriter, r *http.Request, c caller) error {
	list, err := readIdents[authz.Ident](w, r, mostInstances)
	if err != nil {
		return err
	}
	rev, err := a.Directory.DeleteInstances(r.Context(), c.env.ID, c.key.Actor(), list)
	return wroteMany(w, rev, err, struct{}{}, inIdents)
}

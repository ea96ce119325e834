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
	mostTenants = 2000
	mostUsers   = 3000
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

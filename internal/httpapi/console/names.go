package console

import (
	"cmp"
	"net/http"
	"slices"

	"github.com/gatehouse-authz/gatehouse/internal/access"
	"github.com/gatehouse-authz/gatehouse/internal/authz"
	"github.com/gatehouse-authz/gatehouse/internal/httpapi"
)

func (a *API) mountNames(mux *http.ServeMux) {
	mux.Handle("POST /console/v1/projects/{proj}/envs/{env}/names", httpapi.Handle(a.inEnvironment(access.Read, a.names), a.render))
}

// mostNames is how many users are named at a time, which is a page of the longest list.
const mostNames = 100

type namesQuestion struct {
	Users []authz.UserKey `json:"users" api:"required"`
}

type namesRead struct {
	Users []nameRead `json:"users"`
}

// A nameRead is what a user is called by.
type nameRead struct {
	Key       authz.UserKey `json:"key"`
	Email     string        `json:"email"`
	FirstName string        `json:"first_name"`
	LastName  string        `json:"last_name"`
}

// names answers how users are called, for pages whose lists have their keys. Keys of
// nobody are left out: the log of decisions has users who are not there any more.
func (a *API) names(w http.ResponseWriter, r *http.Request, c caller) error {
	in, err := httpapi.Read[namesQuestion](w, r)
	if err != nil {
		return err
	}
	if len(in.Users) > mostNames {
		return authz.InvalidField("users", "users has %d keys: ask for at most %d at a time", len(in.Users), mostNames)
	}
	list, err := a.Directory.UsersByKey(r.Context(), c.env.ID, in.Users)
	if err != nil {
		return err
	}
	out := namesRead{Users: make([]nameRead, len(list))}
	for i, u := range list {
		out.Users[i] = nameRead{Key: u.Key, Email: u.Email, FirstName: u.FirstName, LastName: u.LastName}
	}
	slices.SortFunc(out.Users, func(x, y nameRead) int { return cmp.Compare(x.Key, y.Key) })
	return httpapi.Write(w, http.StatusOK, out)
}

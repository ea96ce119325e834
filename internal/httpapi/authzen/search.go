package authzen

import (
	"net/http"

	"github.com/gatehouse-authz/gatehouse/internal/authz"
	"github.com/gatehouse-authz/gatehouse/internal/decision"
	"github.com/gatehouse-authz/gatehouse/internal/httpapi"
)

// userType is the only type of subject there is.
const userType = "user"

// An entity is a found subject or resource.
type entity struct {
	Type string `json:"type"`
	ID   string `json:"id"`
}

// An actionEntity is a found action.
type actionEntity struct {
	Name string `json:"name"`
}

// A searchResult is the answer to every search (section 8.3). The page comes
// first, as recommended there.
type searchResult[E any] struct {
	Page    *pageResult `json:"page,omitempty"`
	Results []E         `json:"results"`
}

// searchSubject answers POST /access/v1/search/subject.
func (a *API) searchSubject(w http.ResponseWriter, r *http.Request, by decision.Asker) error {
	return find(a, w, r, by, subjects,
		func(f *finding) ([]authz.UserKey, error) {
			return f.now.Users(r.Context(), f.query, authz.UserKey(f.after), f.limit+1)
		},
		func(_ *finding, key string) entity { return entity{Type: userType, ID: key} })
}

// searchResource answers POST /access/v1/search/resource.
func (a *API) searchResource(w http.ResponseWriter, r *http.Request, by decision.Asker) error {
	return find(a, w, r, by, resources,
		func(f *finding) ([]string, error) {
			return f.now.Instances(r.Context(), f.query, f.after, f.limit+1)
		},
		func(f *finding, key string) entity { return entity{Type: string(f.query.Resource), ID: key} })
}

// searchAction answers POST /access/v1/search/action.
func (a *API) searchAction(w http.ResponseWriter, r *http.Request, by decision.Asker) error {
	return find(a, w, r, by, actions,
		func(f *finding) ([]authz.ActionKey, error) {
			return f.now.Actions(r.Context(), f.query, authz.ActionKey(f.after), f.limit+1)
		},
		func(_ *finding, key string) actionEntity { return actionEntity{Name: key} })
}

// kinds are what the decision log calls searches.
var kinds = map[searched]decision.Kind{subjects: decision.SearchUsers, resources: decision.SearchInstances, actions: decision.SearchActions}

// find answers a search: list gives the first keys that are allowed, one more
// than fit the page, and show makes entities of them.
func find[K ~string, E any](a *API, w http.ResponseWriter, r *http.Request, by decision.Asker, what searched,
	list func(*finding) ([]K, error), show func(*finding, string) E) error {
	data, err := body(w, r)
	if err != nil {
		return err
	}
	s, err := parseSearch(data, what)
	if err != nil {
		return err
	}
	f, err := s.start(by.Env, what)
	if err != nil {
		return err
	}
	if f.now, err = a.Decisions.At(by); err != nil {
		return err
	}
	var keys []K
	if s.subjectType != userType { // nothing is known of subjects of other types
		f.now.Nobody(kinds[what], f.query)
	} else if keys, err = list(f); err != nil {
		return err
	}
	next := ""
	if len(keys) > f.limit {
		keys = keys[:f.limit]
		if len(keys) > 0 {
			f.after = string(keys[len(keys)-1])
		}
		next = f.token()
	}
	out := searchResult[E]{Results: make([]E, len(keys))}
	for i, key := range keys {
		out.Results[i] = show(f, string(key))
	}
	if s.page.asked || next != "" {
		out.Page = &pageResult{NextToken: next, Count: len(keys)}
	}
	return httpapi.Write(w, http.StatusOK, out)
}

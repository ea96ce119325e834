package permit

import (
	"context"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/gatehouse-authz/gatehouse/internal/access"
	"github.com/gatehouse-authz/gatehouse/internal/authz"
	"github.com/gatehouse-authz/gatehouse/internal/httpapi"
)

func (a *API) mountHistory(mux Mux) {
	for prefix, list := range map[string]keyHandler{"GET /v2/history": upToLimit(a.history), "GET /v2/deprecated/history": unlimited(a.history)} {
		for path, h := range map[string]keyHandler{"": list, "/{event}": a.readEvent, "/{event}/request": a.readRequestBody, "/{event}/response": a.readResponseBody} {
			mux.Handle(prefix+path, httpapi.Handle(a.working(access.EnvironmentLevel, needed, h), a.render))
		}
	}
}

type eventRead struct {
	ID               authz.ID     `json:"id"`
	Timestamp        moment       `json:"timestamp"`
	TimestampUTC     moment       `json:"timestamp_utc"`
	Method           string       `json:"method"`
	Path             string       `json:"path"`
	Success          bool         `json:"success"`
	Status           int          `json:"status"`
	RequestID        *string      `json:"request_id"`
	ClientIP         string       `json:"client_ip"`
	ActorType        string       `json:"actor_type"`
	ActorID          authz.ID     `json:"actor_id"`
	ActorDisplayName *string      `json:"actor_display_name"`
	OrgID            authz.ID     `json:"org_id"`
	ProjectKey       *string      `json:"project_key"`
	ProjectID        *authz.ID    `json:"project_id"`
	EnvKey           *string      `json:"env_key"`
	EnvID            *authz.EnvID `json:"env_id"`
}

type fullEventRead struct {
	eventRead
	RequestBody  *string `json:"request_body"`
	ResponseBody *string `json:"response_body"`
}

// A historyFilter is what a listing of requests asks for.
type historyFilter struct {
	projects, envs []string
	who            actorFilter
	requests       access.RequestFilter // but for who and where
	page           httpapi.Page
}

func readHistoryFilter(r *http.Request) (historyFilter, error) {
	const values = 100 // of each filter
	q := httpapi.QueryOf(r)
	f := historyFilter{
		projects: q.Texts("project_id", values), envs: q.Texts("env_id", values),
		who: actorFilter{ids: q.Texts("actor_id", values), types: q.Choices("actor_type", values, actorTypes...), name: q.Text("actor_display_name")},
		requests: access.RequestFilter{
			Methods: each(q.Texts("method", values), strings.ToUpper), Paths: q.Texts("path", values), Clients: q.Texts("client_ip", values),
			From: seconds(q, "timestamp_from", false), To: seconds(q, "timestamp_until", true),
		},
		page: q.Page(most),
	}
	if q.Has("success") {
		success := q.Bool("success")
		f.requests.Success = &success
	}
	statuses := q.Texts("status_code", values)
	if err := q.Err(); err != nil {
		return f, err
	}
	for _, text := range statuses {
		status, err := strconv.Atoi(text)
		if err != nil {
			return f, &httpapi.QueryError{Fields: []httpapi.FieldError{{Path: []string{"status_code"}, Message: "value is not a valid integer", Code: httpapi.CodeInteger}}}
		}
		f.requests.Statuses = append(f.requests.Statuses, status)
	}
	return f, unfiltered(q)
}

// history is a page of the requests about what k reaches; pages end, and counting
// does, after reach rows.
func (a *API) history(r *http.Request, k access.Key, reach int) ([]eventRead, int, httpapi.Page, error) {
	ask, err := readHistoryFilter(r)
	page := ask.page
	if err == nil && page.Offset()+page.Size > reach {
		err = tooFar(reach)
	}
	if err == nil {
		err = a.Requests.Flush(r.Context())
	}
	if err != nil {
		return nil, 0, page, err
	}
	places, err := a.places(r.Context(), k)
	if err != nil {
		return nil, 0, page, err
	}
	f := ask.requests
	f.Within = k.Reach()
	f.Projects, f.Environments = places.projectsNamed(ask.projects), places.envsNamed(ask.envs)
	if !ask.who.all() {
		if f.Keys, err = a.requesters(r.Context(), k, ask.who); err != nil || len(f.Keys) == 0 {
			return []eventRead{}, 0, page, err
		}
	}
	total, err := a.Requests.Store.CountRequests(r.Context(), f, reach)
	if err != nil {
		return nil, 0, page, err
	}
	list, err := a.Requests.Store.Requests(r.Context(), f, page.Offset(), page.Size)
	if err != nil {
		return nil, 0, page, err
	}
	rows, err := a.readEvents(r.Context(), k, places, list)
	return rows, total, page, err
}

// requesters are the keys that made requests and that f selects.
func (a *API) requesters(ctx context.Context, k access.Key, f actorFilter) ([]authz.ID, error) {
	keys, err := a.Requests.Store.Requesters(ctx, k.Reach())
	if err != nil {
		return nil, err
	}
	actors, err := a.Keys.Actors(ctx, k.Organization, each(keys, actorName))
	return slices.DeleteFunc(keys, func(id authz.ID) bool {
		return !f.selects(actors[actorName(id)])
	}), err
}

// actorName is how commits name a key.
func actorName(key authz.ID) string { return access.Key{ID: key}.Actor() }

// places are the projects and environments that a key reaches, by id.
type places struct {
	projects map[authz.ID]string
	envs     map[authz.EnvID]string
}

func (a *API) places(ctx context.Context, k access.Key) (places, error) {
	p := places{projects: map[authz.ID]string{}, envs: map[authz.EnvID]string{}}
	envs, err := a.Keys.Reachable(ctx, k)
	if err != nil {
		return p, err
	}
	for _, e := range envs {
		p.envs[e.ID] = e.Key
	}
	projects, err := a.Workspace.Projects(ctx, k)
	for _, project := range projects {
		p.projects[project.ID] = project.Key
	}
	return p, err
}

// projectsNamed are the ids of projects that are named by id or key. What is gone is
// named by its id.
func (p places) projectsNamed(names []string) []authz.ID { return idsNamed(names, p.projects) }

func (p places) envsNamed(names []string) []authz.EnvID { return idsNamed(names, p.envs) }

func idsNamed[ID ~string](names []string, keys map[ID]string) []ID {
	var ids []ID
	for _, name := range names {
		ids = append(ids, ID(authz.Ident(name).ID()))
		for id, key := range keys {
			if key == name {
				ids = append(ids, id)
			}
		}
	}
	return ids
}

func (a *API) readEvents(ctx context.Context, k access.Key, p places, list []access.Request) ([]eventRead, error) {
	actors, err := a.Keys.Actors(ctx, k.Organization, each(list, func(r access.Request) string { return actorName(r.Key) }))
	return each(list, func(r access.Request) eventRead {
		return eventRead{
			ID: r.ID, Timestamp: moment(r.At), TimestampUTC: moment(r.At), Method: r.Method, Path: r.Path,
			Success: r.Status < http.StatusBadRequest, Status: r.Status, RequestID: orNull(r.RequestID), ClientIP: r.Client,
			ActorType: keyActor, ActorID: r.Key, ActorDisplayName: orNull(actors[actorName(r.Key)].Name), OrgID: r.Reach.Organization,
			ProjectKey: orNull(p.projects[r.Reach.Project]), ProjectID: orNull(r.Reach.Project),
			EnvKey: orNull(p.envs[r.Reach.Environment]), EnvID: orNull(r.Reach.Environment),
		}
	}), err
}

// event is the request that the path names, with its bodies. What needed more access
// than writing needs it to be read too: it may say of keys and members what only such
// access shows.
func (a *API) event(r *http.Request, k access.Key) (access.Request, error) {
	if err := a.Requests.Flush(r.Context()); err != nil {
		return access.Request{}, err
	}
	e, ok, err := a.Requests.Store.Request(r.Context(), k.Reach(), ident(r, "event").ID())
	if err == nil && !ok {
		err = authz.Errorf(authz.NotFound, "request %q not found", r.PathValue("event"))
	}
	if err == nil && e.Needs == access.Admin {
		err = k.Needs(access.Admin)
	}
	return e, err
}

func (a *API) readEvent(w http.ResponseWriter, r *http.Request, k access.Key) error {
	e, err := a.event(r, k)
	if err != nil {
		return err
	}
	p, err := a.places(r.Context(), k)
	if err != nil {
		return err
	}
	rows, err := a.readEvents(r.Context(), k, p, []access.Request{e})
	if err != nil {
		return err
	}
	return httpapi.Write(w, http.StatusOK, fullEventRead{eventRead: rows[0], RequestBody: orNull(e.Body), ResponseBody: orNull(e.Answer)})
}

func (a *API) readRequestBody(w http.ResponseWriter, r *http.Request, k access.Key) error {
	e, err := a.event(r, k)
	if err != nil {
		return err
	}
	return httpapi.Write(w, http.StatusOK, e.Body)
}

func (a *API) readResponseBody(w http.ResponseWriter, r *http.Request, k access.Key) error {
	e, err := a.event(r, k)
	if err != nil {
		return err
	}
	return httpapi.Write(w, http.StatusOK, e.Answer)
}

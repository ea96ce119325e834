package permit

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/gatehouse-authz/gatehouse/internal/access"
	"github.com/gatehouse-authz/gatehouse/internal/authz"
	"github.com/gatehouse-authz/gatehouse/internal/directory"
	"github.com/gatehouse-authz/gatehouse/internal/httpapi"
)

func (a *API) mountActivity(mux Mux) {
	for pattern, h := range map[string]keyHandler{
		"GET /v2/activity":                  upToLimit(a.activity),
		"GET /v2/activity/types":            activityTypes,
		"GET /v2/deprecated/activity":       unlimited(a.activity),
		"GET /v2/deprecated/activity/types": activityTypes,
	} {
		mux.Handle(pattern, httpapi.Handle(a.working(access.EnvironmentLevel, needed, h), a.render))
	}
}

type activityRead struct {
	ID               string                    `json:"id"`
	Timestamp        moment                    `json:"timestamp"`
	ActivityID       string                    `json:"activity_id"`
	Description      string                    `json:"activity_description"`
	Details          map[string]activityDetail `json:"activity_details"`
	ClientIP         string                    `json:"client_ip"` // not kept: empty
	ActorType        string                    `json:"actor_type"`
	ActorID          authz.ID                  `json:"actor_id"`
	ActorDisplayName *string                   `json:"actor_display_name"`
	OrgID            authz.ID                  `json:"org_id"`
	ProjectKey       *string                   `json:"project_key"`
	ProjectID        authz.ID                  `json:"project_id"`
	EnvKey           string                    `json:"env_key"`
	EnvID            authz.EnvID               `json:"env_id"`
}

type activityDetail struct {
	ID   *authz.ID `json:"id"`
	Key  string    `json:"key"`
	Kind string    `json:"kind"`
	Type string    `json:"type"`
}

// nobody stands where an actor is no API key, and so has no id.
const nobody authz.ID = "00000000000000000000000000000000"

// verbs say what happened.
var verbs = map[directory.Verb]string{
	directory.Put:     "was created or changed",
	directory.Deleted: "was deleted",
	directory.Taken:   "went with what it belonged to",
}

type activityType struct {
	ID          string `json:"id"`
	Description string `json:"description"`
}

func activityTypes(w http.ResponseWriter, _ *http.Request, _ access.Key) error {
	var out []activityType
	for _, kind := range directory.Kinds {
		for _, verb := range []directory.Verb{directory.Put, directory.Deleted, directory.Taken} {
			out = append(out, activityType{ID: kind + "." + string(verb), Description: "The " + kind + " " + verbs[verb]})
		}
	}
	return httpapi.Write(w, http.StatusOK, out)
}

// activity is a page of what was changed in the environments that k reaches; pages
// end, and counting does, after reach rows.
func (a *API) activity(r *http.Request, k access.Key, reach int) ([]activityRead, int, httpapi.Page, error) {
	ask, err := readActivityFilter(r)
	page := ask.page
	if err == nil && page.Offset()+page.Size > reach {
		err = tooFar(reach)
	}
	if err != nil {
		return nil, 0, page, err
	}
	reached, err := a.Keys.Reachable(r.Context(), k)
	if err != nil {
		return nil, 0, page, err
	}
	var among []authz.EnvID
	by := map[authz.EnvID]authz.Environment{}
	for _, e := range reached {
		if named(ask.projects, e.Project) && (named(ask.envs, authz.ID(e.ID)) || slices.Contains(ask.envs, e.Key)) {
			among, by[e.ID] = append(among, e.ID), e
		}
	}
	f := ask.changes
	if !ask.who.all() {
		if f.Actors, err = a.actorsOf(r.Context(), k, among, ask.who); err != nil || len(f.Actors) == 0 {
			return []activityRead{}, 0, page, err
		}
	}
	total, err := a.Directory.HistoryCount(r.Context(), among, f, reach)
	if err != nil {
		return nil, 0, page, err
	}
	list, err := a.Directory.History(r.Context(), among, f, rowsOf(page))
	if err != nil {
		return nil, 0, page, err
	}
	rows, err := a.readActivities(r.Context(), k, by, list)
	return rows, total, page, err
}

// An activityFilter is what a listing of activity asks for.
type activityFilter struct {
	projects, envs []string
	who            actorFilter
	changes        directory.HistoryFilter // but for who
	page           httpapi.Page
}

func readActivityFilter(r *http.Request) (activityFilter, error) {
	const values = 100 // of each filter
	q := httpapi.QueryOf(r)
	f := activityFilter{
		projects: q.Texts("project_id", values), envs: q.Texts("env_id", values),
		who:     actorFilter{ids: q.Texts("actor_id", values), types: q.Choices("actor_type", values, actorTypes...), name: q.Text("actor_display_name")},
		changes: directory.HistoryFilter{From: seconds(q, "timestamp_from", false), To: seconds(q, "timestamp_until", true)},
		page:    q.Page(most),
	}
	if err := q.Err(); err != nil {
		return f, err
	}
	return f, unfiltered(q)
}

// readActivities names what entries say.
func (a *API) readActivities(ctx context.Context, k access.Key, by map[authz.EnvID]authz.Environment, list []directory.Entry) ([]activityRead, error) {
	actors, err := a.Keys.Actors(ctx, k.Organization, each(list, func(e directory.Entry) string { return e.Actor }))
	if err != nil {
		return nil, err
	}
	held, err := a.Workspace.Projects(ctx, k)
	projects := map[authz.ID]string{}
	for _, p := range held {
		projects[p.ID] = p.Key
	}
	return each(list, func(e directory.Entry) activityRead {
		return readActivity(by[e.Env], projects[by[e.Env].Project], e, actors[e.Actor])
	}), err
}

// An actorFilter selects who made a change; empty fields select all.
type actorFilter struct {
	ids   []string
	types []string // of [actorTypes]
	name  string   // a part of the name, in any case
}

// The types of actor: what holds an API key, and what feeds an environment. Members
// and users act by API keys here.
const (
	keyActor    = "api_key"
	sourceActor = "source"
)

var actorTypes = []string{keyActor, sourceActor, "member", "user"}

func (f actorFilter) all() bool { return len(f.ids) == 0 && len(f.types) == 0 && f.name == "" }

// actorsOf are those who made changes in envs, as commits say it, that f selects.
func (a *API) actorsOf(ctx context.Context, k access.Key, envs []authz.EnvID, f actorFilter) ([]string, error) {
	said, err := a.Directory.HistoryActors(ctx, envs)
	if err != nil {
		return nil, err
	}
	actors, err := a.Keys.Actors(ctx, k.Organization, said)
	return slices.DeleteFunc(said, func(s string) bool {
		return !f.selects(actors[s])
	}), err
}

func (f actorFilter) selects(by access.Actor) bool {
	return (len(f.types) == 0 || slices.Contains(f.types, typeOf(by))) &&
		(len(f.ids) == 0 || by.Key != "" && named(f.ids, by.Key)) &&
		strings.Contains(strings.ToLower(by.Name), strings.ToLower(f.name))
}

func typeOf(a access.Actor) string {
	if a.Key == "" {
		return sourceActor
	}
	return keyActor
}

// named reports whether id is among names, or names select all.
func named(names []string, id authz.ID) bool {
	return len(names) == 0 || slices.ContainsFunc(names, func(n string) bool { return authz.Ident(n).ID() == id })
}

func readActivity(e authz.Environment, project string, x directory.Entry, by access.Actor) activityRead {
	sum := sha256.Sum256(fmt.Appendf(nil, "%s/%d/%d/%d", e.ID, x.Revision, x.Place, x.Part))
	out := activityRead{
		ID: hex.EncodeToString(sum[:16]), Timestamp: moment(x.At), ActivityID: x.Kind + "." + string(x.Verb),
		Description: strings.Join([]string{x.Kind, x.Key, verbs[x.Verb]}, " "),
		Details:     map[string]activityDetail{x.Kind: {Key: x.Key, Kind: "object", Type: x.Kind}},
		ActorType:   typeOf(by), ActorID: nobody, ActorDisplayName: orNull(by.Name),
		OrgID: e.Organization, ProjectKey: orNull(project), ProjectID: e.Project, EnvKey: e.Key, EnvID: e.ID,
	}
	if by.Key != "" {
		out.ActorID = by.Key
	}
	return out
}

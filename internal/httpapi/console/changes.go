package console

import (
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/gatehouse-authz/gatehouse/internal/access"
	"github.com/gatehouse-authz/gatehouse/internal/authz"
	"github.com/gatehouse-authz/gatehouse/internal/directory"
	"github.com/gatehouse-authz/gatehouse/internal/httpapi"
)

type changesRead struct {
	Changes []changeRead `json:"changes"`
	Next    *string      `json:"next"` // the cursor of the next page
}

type changeRead struct {
	Cursor   string         `json:"cursor"`
	Revision authz.Revision `json:"revision"`
	At       time.Time      `json:"at"`
	Actor    actorRead      `json:"actor"`
	Kind     string         `json:"kind"`
	Key      string         `json:"key"`
	Verb     directory.Verb `json:"verb"`
	Before   any            `json:"before"`
	// BeforeKnown is false if what was before is not kept any more; before is null.
	BeforeKnown bool `json:"before_known"`
	After       any  `json:"after"`
}

// An actorRead is an API key with its name, or a source.
type actorRead struct {
	KeyID *authz.ID `json:"key_id"`
	Name  *string   `json:"name"` // null for a key that is gone
}

// changeFilters are the query parameters of changes; one that is not known would
// select too much if it were left out.
var changeFilters = []string{"actor", "before", "from", "key", "kind", "limit", "to", "user"}

const mostChanges = 100 // on a page

// changes answers what was changed in an environment, latest first. It needs a key
// that reaches the environment.
func (a *API) changes(w http.ResponseWriter, r *http.Request) error {
	env, err := a.reached(r)
	if err != nil {
		return err
	}
	f, limit, err := changeFilter(r)
	if err != nil {
		return err
	}
	list, err := a.Directory.History(r.Context(), []authz.EnvID{env.ID}, f, directory.Page{Limit: limit + 1})
	if err != nil {
		return err
	}
	more := len(list) > limit
	list = list[:min(limit, len(list))]
	said := make([]string, len(list))
	for i, e := range list {
		said[i] = e.Actor
	}
	actors, err := a.Keys.Actors(r.Context(), env.Organization, said)
	if err != nil {
		return err
	}
	out := changesRead{Changes: make([]changeRead, len(list))}
	for i, e := range list {
		out.Changes[i] = changeRead{
			Cursor: cursorText(e.Cursor), Revision: e.Revision, At: e.At, Actor: readActor(actors[e.Actor]),
			Kind: e.Kind, Key: e.Key, Verb: e.Verb, Before: readThing(e.Before), BeforeKnown: e.BeforeKnown, After: readThing(e.After),
		}
	}
	if more {
		out.Next = &out.Changes[len(list)-1].Cursor
	}
	return httpapi.Write(w, http.StatusOK, out)
}

// reached is the environment in the path, if the caller's key reaches it.
func (a *API) reached(r *http.Request) (authz.Environment, error) {
	secret, ok := httpapi.Bearer(r)
	if !ok {
		return authz.Environment{}, authz.Errorf(authz.Unauthorized, "an API key is required, as Authorization: Bearer")
	}
	key, err := a.Keys.Authenticate(r.Context(), secret)
	if err != nil {
		return authz.Environment{}, err
	}
	return a.Keys.Environment(r.Context(), key, authz.Ident(r.PathValue("proj")), authz.Ident(r.PathValue("env")))
}

func changeFilter(r *http.Request) (f directory.HistoryFilter, limit int, err error) {
	q := httpapi.QueryOf(r)
	f = directory.HistoryFilter{Kind: q.Text("kind"), Key: q.Text("key"), User: authz.UserKey(q.Text("user")), Actors: q.Texts("actor", mostChanges)}
	limit = q.Int("limit", 30, 1, mostChanges)
	if err := q.Err(); err != nil {
		return f, 0, authz.Errorf(authz.Invalid, "%v", err)
	}
	for _, name := range q.Names() {
		if !slices.Contains(changeFilters, name) {
			return f, 0, authz.Errorf(authz.Invalid, "there is no filter %q; there are %s", name, strings.Join(changeFilters, ", "))
		}
	}
	if f.Kind != "" && !slices.Contains(directory.Kinds, f.Kind) {
		return f, 0, authz.Errorf(authz.Invalid, "kind %q is none of %s", f.Kind, strings.Join(directory.Kinds, ", "))
	}
	for name, into := range map[string]*time.Time{"from": &f.From, "to": &f.To} {
		if text := q.Text(name); text != "" {
			if *into, err = time.Parse(time.RFC3339, text); err != nil {
				return f, 0, authz.Errorf(authz.Invalid, "%s is not a time such as 2026-11-21T09:00:00Z", name)
			}
		}
	}
	if text := q.Text("before"); text != "" {
		if f.Before, err = parseCursor(text); err != nil {
			return f, 0, err
		}
	}
	return f, limit, nil
}

// cursorText is a cursor as callers see it: revision, place and part.
func cursorText(c directory.Cursor) string {
	return fmt.Sprintf("%d.%d.%d", c.Revision, c.Place, c.Part)
}

// parseCursor reads a cursor; a revision alone stands for its beginning.
func parseCursor(text string) (c directory.Cursor, err error) {
	parts := strings.Split(text, ".")
	var numbers [3]int64
	for i, p := range parts {
		n, err := strconv.ParseInt(p, 10, 32)
		if i >= len(numbers) || err != nil || n < 0 || len(parts) == 2 {
			return c, authz.Errorf(authz.Invalid, "before is not a revision, nor a cursor that an answer said")
		}
		numbers[i] = n
	}
	return directory.Cursor{Revision: authz.Revision(numbers[0]), Place: int(numbers[1]), Part: int(numbers[2])}, nil
}

func readActor(a access.Actor) (out actorRead) {
	if a.Key != "" {
		out.KeyID = &a.Key
	}
	if a.Name != "" {
		out.Name = &a.Name
	}
	return out
}

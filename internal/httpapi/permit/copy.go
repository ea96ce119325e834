package permit

import (
	"context"
	"net/http"

	"github.com/gatehouse-authz/gatehouse/internal/access"
	"github.com/gatehouse-authz/gatehouse/internal/authz"
	"github.com/gatehouse-authz/gatehouse/internal/directory"
	"github.com/gatehouse-authz/gatehouse/internal/httpapi"
	"github.com/gatehouse-authz/gatehouse/internal/workspace"
)

type environmentCopy struct {
	Target struct {
		Existing *string            `json:"existing" api:"nullable"`
		New      *environmentCreate `json:"new" api:"nullable"`
	} `json:"target_env" api:"required"`
	ConflictStrategy *string    `json:"conflict_strategy" api:"nullable"`
	Scope            *copyScope `json:"scope" api:"nullable"`
}

type copyScope struct {
	Resources    *copyFilters `json:"resources" api:"nullable"`
	Roles        *copyFilters `json:"roles" api:"nullable"`
	UserSets     *copyFilters `json:"user_sets" api:"nullable"`
	ResourceSets *copyFilters `json:"resource_sets" api:"nullable"`
	// CustomPolicies select nothing: there are none.
	CustomPolicies *copyFilters `json:"custom_policies" api:"nullable"`
}

type copyFilters struct {
	Include []string `json:"include" api:"nullable"`
	Exclude []string `json:"exclude" api:"nullable"`
}

type taskResult struct {
	ID     authz.ID         `json:"task_id"`
	Status string           `json:"status"`
	Result *environmentRead `json:"result"`
	Error  *errorDetails    `json:"error"`
}

// longestWait is how long Permit lets a caller wait for a task, in seconds.
const longestWait = 60

func (s *copyScope) pick() directory.SchemaPick {
	if s == nil {
		return directory.SchemaPick{}
	}
	return directory.SchemaPick{
		Resources: pickOf(s.Resources), Roles: pickOf(s.Roles), UserSets: pickOf(s.UserSets), ResourceSets: pickOf(s.ResourceSets),
	}
}

// check refuses a body that names no target, or two.
func (b environmentCopy) check() error {
	if (b.Target.Existing == nil) == (b.Target.New == nil) {
		return bodyFault(httpapi.CodeValue, "give either existing or new", "target_env")
	}
	if s := b.ConflictStrategy; s != nil && *s != "fail" && *s != "overwrite" {
		return bodyFault(httpapi.CodeChoice, "must be one of: fail, overwrite", "conflict_strategy")
	}
	if b.Target.New != nil && b.Target.New.JWKS.check() != nil {
		return bodyFault(httpapi.CodeValue, "must match "+jwksAddress.String(), "target_env", "new", "jwks", "url")
	}
	return nil
}

// copyOf reads a request to copy and finds what is to be copied.
func (a *API) copyOf(w http.ResponseWriter, r *http.Request, k access.Key) (b environmentCopy, source workspace.Environment, err error) {
	if source, err = a.Workspace.Source(r.Context(), k, ident(r, "proj"), ident(r, "env")); err != nil {
		return b, source, err
	}
	if b, err = httpapi.Read[environmentCopy](w, r); err != nil {
		return b, source, err
	}
	return b, source, b.check()
}

func (a *API) copyEnvironment(w http.ResponseWriter, r *http.Request, k access.Key) error {
	body, source, err := a.copyOf(w, r, k)
	if err != nil {
		return err
	}
	e, rev, err := a.copied(r.Context(), k, ident(r, "proj"), source, body)
	if err != nil {
		return err
	}
	return wrote(w, http.StatusCreated, rev, readEnvironment(e))
}

// copied copies the schema of source as one commit of the target.
func (a *API) copied(ctx context.Context, k access.Key, project authz.Ident, source workspace.Environment, b environmentCopy) (e workspace.Environment, rev authz.Revision, err error) {
	schema, err := a.Directory.Schema(ctx, source.ID, b.Scope.pick())
	if err != nil {
		return e, 0, err
	}
	if b.Target.New != nil {
		first, err := a.Directory.FreshWith(ctx, schema)
		if err != nil {
			return e, 0, err
		}
		e, err = a.Workspace.CreateEnvironment(ctx, k, project, b.Target.New.input(), first...)
		return e, 1, err
	}
	if e, err = a.Workspace.Environment(ctx, k, project, authz.Ident(*b.Target.Existing)); err != nil {
		return e, 0, err
	}
	if e.ID == source.ID {
		return e, 0, authz.InvalidField("target_env.existing", "an environment is not copied into itself")
	}
	rev, err = a.Directory.CopySchema(ctx, e.ID, k.Actor(), schema, b.ConflictStrategy != nil && *b.ConflictStrategy == "overwrite")
	return e, rev, err
}

// copyEnvironmentAsync copies at once, and answers as if it had taken time: a copy
// is one commit.
func (a *API) copyEnvironmentAsync(w http.ResponseWriter, r *http.Request, k access.Key) error {
	if err := waited(r); err != nil {
		return err
	}
	body, source, err := a.copyOf(w, r, k)
	if err != nil {
		return err
	}
	e, _, failure := a.copied(r.Context(), k, ident(r, "proj"), source, body)
	task, err := a.Workspace.KeepCopy(r.Context(), k, source.ID, e.ID, failure)
	if err != nil {
		return err
	}
	return httpapi.Write(w, http.StatusAccepted, readTask(r, task, e))
}

func (a *API) copyResult(w http.ResponseWriter, r *http.Request, k access.Key) error {
	if err := waited(r); err != nil {
		return err
	}
	task, e, err := a.Workspace.CopyResult(r.Context(), k, ident(r, "proj"), ident(r, "env"), ident(r, "task"))
	if err != nil {
		return err
	}
	return httpapi.Write(w, http.StatusOK, readTask(r, task, e))
}

// waited refuses a wait that Permit refuses. No task is ever waited for.
func waited(r *http.Request) error {
	q := httpapi.QueryOf(r)
	q.Number("wait", 0, longestWait)
	return q.Err()
}

func readTask(r *http.Request, c workspace.Copy, e workspace.Environment) taskResult {
	if c.Err != nil {
		f := faces[c.Err.Kind]
		d := details(r, f.title, f.code, f.before+c.Err.Message)
		return taskResult{ID: c.ID, Status: "failure", Error: &d}
	}
	env := readEnvironment(e)
	return taskResult{ID: c.ID, Status: "success", Result: &env}
}

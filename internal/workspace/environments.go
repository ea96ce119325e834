package workspace

import (
	"context"
	"errors"

	"github.com/gatehouse-authz/gatehouse/internal/access"
	"github.com/gatehouse-authz/gatehouse/internal/authz"
)

// An EnvironmentInput is an environment as a caller gives it. Nil fields of an
// update are kept; of a create they are empty.
type EnvironmentInput struct {
	Name         *string
	Description  *string
	CustomBranch *string
	JWKS         *string // JSON
	Settings     *authz.Attributes
}

// EnvironmentStats are an environment and how much is in it.
type EnvironmentStats struct {
	Environment
	Counts
	Members []Member // that were granted something there
}

// Environments lists the environments of a project that the caller reaches, oldest
// first.
func (w *Workspace) Environments(ctx context.Context, k access.Key, project authz.Ident) (list []Environment, err error) {
	err = w.view(ctx, k, func(ctx context.Context, v View) error {
		p, err := projectOf(ctx, v, k, project)
		if err != nil {
			return err
		}
		list, err = environmentsOf(ctx, v, k, p.ID)
		return err
	})
	return list, err
}

// Environment returns an environment.
func (w *Workspace) Environment(ctx context.Context, k access.Key, project, id authz.Ident) (e Environment, err error) {
	err = w.view(ctx, k, func(ctx context.Context, v View) error {
		e, err = environmentOf(ctx, v, k, project, id)
		return err
	})
	return e, err
}

// EnvironmentStats counts what is in an environment.
func (w *Workspace) EnvironmentStats(ctx context.Context, k access.Key, project, id authz.Ident) (s EnvironmentStats, err error) {
	err = w.view(ctx, k, func(ctx context.Context, v View) error {
		if s.Environment, err = environmentOf(ctx, v, k, project, id); err != nil {
			return err
		}
		if s.Counts, err = v.Counts(ctx, s.ID); err != nil || k.Needs(access.Admin) != nil || wholeOrganization(k) != nil {
			return err // members are for whom they may be listed to
		}
		all, err := v.Members(ctx)
		for _, m := range all {
			if m.reaches(s.Environment) {
				s.Members = append(s.Members, m)
			}
		}
		return err
	})
	return s, err
}

// CreateEnvironment makes an environment with its own key. Its first commit is first,
// or what is fresh if that is nothing. When it returns, questions about it are
// answered. It returns Conflict if the key is taken.
func (w *Workspace) CreateEnvironment(ctx context.Context, k access.Key, project authz.Ident, in NewEnvironment, first ...authz.Change) (e Environment, err error) {
	if err := wholeProjects(k); err != nil {
		return e, err
	}
	err = w.write(ctx, k, func(ctx context.Context, tx Tx) error {
		p, err := projectOf(ctx, tx, k, project)
		if err != nil {
			return err
		}
		e, err = w.create(ctx, tx, k, p, in, first)
		return err
	})
	if err != nil {
		return Environment{}, err
	}
	return e, w.follow(ctx, e.ID)
}

// UpdateEnvironment changes the fields that in gives.
func (w *Workspace) UpdateEnvironment(ctx context.Context, k access.Key, project, id authz.Ident, in EnvironmentInput) (e Environment, err error) {
	if err := wholeProjects(k); err != nil {
		return e, err
	}
	err = w.write(ctx, k, func(ctx context.Context, tx Tx) error {
		if e, err = environmentOf(ctx, tx, k, project, id); err != nil {
			return err
		}
		e = in.over(e)
		e.UpdatedAt = w.now()
		if err := checkEnvironment(e); err != nil {
			return err
		}
		return tx.PutEnvironment(ctx, e)
	})
	return e, err
}

// DeleteEnvironment deletes an environment with everything in it. It returns
// Conflict if an identity source feeds it.
func (w *Workspace) DeleteEnvironment(ctx context.Context, k access.Key, project, id authz.Ident) error {
	if err := wholeProjects(k); err != nil {
		return err
	}
	var e Environment
	err := w.write(ctx, k, func(ctx context.Context, tx Tx) (err error) {
		if e, err = environmentOf(ctx, tx, k, project, id); err != nil {
			return err
		}
		if err := w.unfed(e); err != nil {
			return err
		}
		return tx.DeleteEnvironment(ctx, e.ID)
	})
	if err != nil {
		return err
	}
	w.settle(e.ID)
	return nil
}

// create makes an environment and its own key.
func (w *Workspace) create(ctx context.Context, tx Tx, k access.Key, p Project, in NewEnvironment, first []authz.Change) (Environment, error) {
	all, err := tx.Environments(ctx)
	if err != nil {
		return Environment{}, err
	}
	for _, other := range all {
		if other.Project == p.ID && other.Key == in.Key {
			return Environment{}, authz.Errorf(authz.Conflict, "environment %q of project %q already exists", in.Key, p.Key)
		}
	}
	now := w.now()
	e := in.over(Environment{
		Environment: authz.Environment{ID: authz.EnvID(w.NewID()), Project: p.ID, Organization: p.Organization, Key: in.Key, CreatedAt: now},
		UpdatedAt:   now,
	})
	if err := checkEnvironment(e); err != nil {
		return e, err
	}
	if len(first) == 0 {
		first = w.Fresh(now)
	}
	if err := tx.CreateEnvironment(ctx, e, k.Actor(), first); err != nil {
		return e, err
	}
	own, _ := w.own(e.Environment, k.Actor())
	return e, tx.PutKey(ctx, own)
}

func (in EnvironmentInput) over(e Environment) Environment {
	set(&e.Name, in.Name)
	set(&e.Description, in.Description)
	set(&e.CustomBranch, in.CustomBranch)
	set(&e.JWKS, in.JWKS)
	set(&e.Settings, in.Settings)
	return e
}

// follow lets the engine know of environments that were made. They are there
// whatever happens here, and a caller that went away must not change that.
func (w *Workspace) follow(ctx context.Context, envs ...authz.EnvID) error {
	for _, env := range envs {
		if err := w.Follower.Follow(context.WithoutCancel(ctx), env); err != nil {
			return err
		}
	}
	return nil
}

// unfed refuses the environment that an identity source feeds.
func (w *Workspace) unfed(e Environment) error {
	if w.Fed.Source == "" || w.Fed.Active != nil && !w.Fed.Active() || e.ID != w.Fed.Environment {
		return nil
	}
	return authz.Errorf(authz.Conflict,
		"environment %q gets its users from the source %s; start the server without that source's settings to delete it", e.Key, w.Fed.Source)
}

// environmentsOf are the environments of a project that k reaches.
func environmentsOf(ctx context.Context, v View, k access.Key, project authz.ID) ([]Environment, error) {
	all, err := v.Environments(ctx)
	if err != nil {
		return nil, err
	}
	var out []Environment
	for _, e := range all {
		if e.Project == project && k.Reaches(e.Environment) {
			out = append(out, e)
		}
	}
	return out, nil
}

// environmentOf is the environment that project and id name among those that k
// reaches. Only a key of the organization learns what does not exist.
func environmentOf(ctx context.Context, v View, k access.Key, project, id authz.Ident) (e Environment, err error) {
	p, err := projectOf(ctx, v, k, project)
	if err != nil {
		return e, err
	}
	list, err := environmentsOf(ctx, v, k, p.ID)
	if err != nil {
		return e, err
	}
	e, ok := named(list, id, func(e Environment) (string, authz.ID) { return e.Key, authz.ID(e.ID) })
	switch {
	case ok:
		return e, nil
	case k.Level == access.EnvironmentLevel:
		return e, forbidden("environment", id)
	}
	return e, notFound("environment", id)
}

// within puts the field at fault of an error into another.
func within(err error, field string) error {
	e, ok := errors.AsType[*authz.Error](err)
	if !ok || e.Field == "" {
		return err
	}
	inner := *e
	inner.Field = field + "." + e.Field
	return &inner
}

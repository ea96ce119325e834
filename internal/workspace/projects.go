package workspace

import (
	"context"
	"fmt"

	"github.com/gatehouse-authz/gatehouse/internal/access"
	"github.com/gatehouse-authz/gatehouse/internal/authz"
)

// A ProjectInput is a project as a caller gives it. Nil fields of an update are
// kept; of a create they are empty. URNNamespace is of a create only.
type ProjectInput struct {
	Name         *string
	URNNamespace *string
	Description  *string
	Settings     *authz.Attributes
}

// A NewEnvironment is an environment to be made.
type NewEnvironment struct {
	Key string
	EnvironmentInput
}

// Projects lists the projects that the caller reaches, oldest first.
func (w *Workspace) Projects(ctx context.Context, k access.Key) (list []Project, err error) {
	err = w.view(ctx, k, func(ctx context.Context, v View) error {
		list, err = projectsOf(ctx, v, k)
		return err
	})
	return list, err
}

// Project returns a project.
func (w *Workspace) Project(ctx context.Context, k access.Key, id authz.Ident) (p Project, err error) {
	err = w.view(ctx, k, func(ctx context.Context, v View) error {
		p, err = projectOf(ctx, v, k, id)
		return err
	})
	return p, err
}

// CreateProject makes a project with its environments, or nothing. It needs a key
// of organization level, and returns Conflict if a key is taken.
func (w *Workspace) CreateProject(ctx context.Context, k access.Key, key string, in ProjectInput, envs []NewEnvironment) (p Project, err error) {
	if err := wholeOrganization(k); err != nil {
		return p, err
	}
	var made []Environment
	err = w.write(ctx, k, func(ctx context.Context, tx Tx) error {
		made = nil
		all, err := tx.Projects(ctx)
		if err != nil {
			return err
		}
		for _, other := range all {
			if other.Key == key {
				return authz.Errorf(authz.Conflict, "project %q already exists", key)
			}
		}
		now := w.now()
		p = in.over(Project{Project: authz.Project{ID: w.NewID(), Organization: k.Organization, Key: key, CreatedAt: now}, UpdatedAt: now})
		if err := checkProject(p); err != nil {
			return err
		}
		if err := tx.PutProject(ctx, p); err != nil {
			return err
		}
		for i, in := range envs {
			e, err := w.create(ctx, tx, k, p, in, nil)
			if err != nil {
				return within(err, fmt.Sprintf("initial_environments.%d", i))
			}
			made = append(made, e)
		}
		return nil
	})
	if err != nil {
		return Project{}, err
	}
	return p, w.follow(ctx, idsOf(made)...)
}

// UpdateProject changes the fields that in gives.
func (w *Workspace) UpdateProject(ctx context.Context, k access.Key, id authz.Ident, in ProjectInput) (p Project, err error) {
	if err := wholeProjects(k); err != nil {
		return p, err
	}
	err = w.write(ctx, k, func(ctx context.Context, tx Tx) error {
		if p, err = projectOf(ctx, tx, k, id); err != nil {
			return err
		}
		p = in.over(p)
		p.UpdatedAt = w.now()
		if err := checkProject(p); err != nil {
			return err
		}
		return tx.PutProject(ctx, p)
	})
	return p, err
}

// DeleteProject deletes a project with its environments and keys. It returns
// Conflict if an identity source feeds one of them.
func (w *Workspace) DeleteProject(ctx context.Context, k access.Key, id authz.Ident) error {
	if err := wholeProjects(k); err != nil {
		return err
	}
	var gone []authz.EnvID
	err := w.write(ctx, k, func(ctx context.Context, tx Tx) error {
		gone = nil
		p, err := projectOf(ctx, tx, k, id)
		if err != nil {
			return err
		}
		envs, err := environmentsOf(ctx, tx, k, p.ID)
		if err != nil {
			return err
		}
		for _, e := range envs {
			if err := w.unfed(e); err != nil {
				return err
			}
			gone = append(gone, e.ID)
		}
		return tx.DeleteProject(ctx, p.ID)
	})
	if err != nil {
		return err
	}
	w.settle(gone...)
	return nil
}

func (in ProjectInput) over(p Project) Project {
	set(&p.Name, in.Name)
	set(&p.URNNamespace, in.URNNamespace)
	set(&p.Description, in.Description)
	set(&p.Settings, in.Settings)
	return p
}

// projectsOf are the projects that k reaches.
func projectsOf(ctx context.Context, v View, k access.Key) ([]Project, error) {
	all, err := v.Projects(ctx)
	if err != nil {
		return nil, err
	}
	var out []Project
	for _, p := range all {
		if k.Level == access.OrganizationLevel || k.Project == p.ID {
			out = append(out, p)
		}
	}
	return out, nil
}

// projectOf is the project that id names among those that k reaches.
func projectOf(ctx context.Context, v View, k access.Key, id authz.Ident) (Project, error) {
	list, err := projectsOf(ctx, v, k)
	if err != nil {
		return Project{}, err
	}
	p, ok := named(list, id, func(p Project) (string, authz.ID) { return p.Key, p.ID })
	switch {
	case ok:
		return p, nil
	case k.Level == access.OrganizationLevel:
		return p, notFound("project", id)
	}
	return p, forbidden("project", id)
}

// wholeProjects refuses keys that reach one environment only.
func wholeProjects(k access.Key) error {
	return k.AtLeast(access.ProjectLevel)
}

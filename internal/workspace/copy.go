package workspace

import (
	"context"
	"errors"

	"github.com/gatehouse-authz/gatehouse/internal/access"
	"github.com/gatehouse-authz/gatehouse/internal/authz"
)

// Source returns the environment that is to be copied: copying needs a key that
// reaches the whole project.
func (w *Workspace) Source(ctx context.Context, k access.Key, project, id authz.Ident) (Environment, error) {
	if err := wholeProjects(k); err != nil {
		return Environment{}, err
	}
	return w.Environment(ctx, k, project, id)
}

// KeepCopy keeps what became of copying an environment, to be asked for later.
// Failures that are ours are not kept, and returned.
func (w *Workspace) KeepCopy(ctx context.Context, k access.Key, source, target authz.EnvID, failure error) (Copy, error) {
	c := Copy{ID: w.NewID(), Source: source, Target: target, CreatedAt: w.now()}
	if failure != nil {
		e, ok := errors.AsType[*authz.Error](failure)
		if !ok || e.Kind == authz.Internal {
			return c, failure
		}
		c.Target, c.Err = "", e
	}
	err := w.write(context.WithoutCancel(ctx), k, func(ctx context.Context, tx Tx) error { return tx.PutCopy(ctx, c) })
	return c, err
}

// CopyResult returns what became of a copy of an environment, and its target.
func (w *Workspace) CopyResult(ctx context.Context, k access.Key, project, env, id authz.Ident) (c Copy, target Environment, err error) {
	source, err := w.Source(ctx, k, project, env)
	if err != nil {
		return c, target, err
	}
	err = w.view(ctx, k, func(ctx context.Context, v View) error {
		var ok bool
		if c, ok, err = v.Copy(ctx, id.ID()); err != nil {
			return err
		}
		if !ok || c.Source != source.ID {
			return notFound("task", id)
		}
		if c.Target == "" {
			return nil
		}
		target, err = environmentByID(ctx, v, k, authz.Ident(c.Target))
		return err
	})
	return c, target, err
}

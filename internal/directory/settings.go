package directory

import (
	"context"

	"github.com/gatehouse-authz/gatehouse/internal/authz"
)

// Settings returns the settings of an environment.
func (d *Directory) Settings(ctx context.Context, env authz.EnvID) (s authz.Settings, err error) {
	err = d.Store.View(ctx, env, func(ctx context.Context, l Listing) error {
		s, err = l.Settings(ctx)
		return err
	})
	return s, err
}

// ReplaceSettings makes s the settings of an environment. Settings that are so
// already make no commit.
func (d *Directory) ReplaceSettings(ctx context.Context, env authz.EnvID, actor string, s authz.Settings) (authz.Revision, error) {
	return d.write(ctx, env, actor, func(ctx context.Context, v View) ([]authz.Change, error) {
		is, err := v.Settings(ctx)
		if err != nil || is == s {
			return nil, err
		}
		return []authz.Change{authz.PutSettings{Settings: s}}, nil
	})
}

package ingest

import (
	"context"

	"github.com/gatehouse-authz/gatehouse/internal/authz"
)

// A Directory is what a reconciler writes to.
type Directory interface {
	// Reflect makes the user equal to the account; a user that is equal already
	// costs nothing. A user brought in for the first time gets first.
	Reflect(ctx context.Context, env authz.EnvID, a authz.Account, first authz.Onboarding) (authz.Revision, error)
}

// A Reconciler brings one subject at a time into agreement with its source.
type Reconciler struct {
	Env       authz.EnvID
	Source    Source
	Store     DeliveryStore
	Directory Directory
	First     authz.Onboarding // what a new user is given
}

// Run reconciles the subject that a work key names. Whatever was hinted, in
// whatever order, the directory then holds what is true now. An error means that
// the subject must be looked at again.
func (r *Reconciler) Run(ctx context.Context, key string) error {
	env, source, s, ok := parseWorkKey(key)
	if !ok || env != r.Env || source != r.Source.Name() || s.Kind != UserSubject {
		return authz.Errorf(authz.Unsupported, "no source reconciles %q", key)
	}
	account, known, err := r.Source.Observe(ctx, s, func(ctx context.Context) ([]Delivery, error) {
		return r.Store.Latest(ctx, env, source, s)
	})
	if err != nil || !known {
		return err
	}
	_, err = r.Directory.Reflect(ctx, env, account, r.First)
	return err
}

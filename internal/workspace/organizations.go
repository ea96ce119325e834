package workspace

import (
	"context"

	"github.com/gatehouse-authz/gatehouse/internal/access"
	"github.com/gatehouse-authz/gatehouse/internal/authz"
)

// An OrganizationInput changes an organization; nil fields are kept.
type OrganizationInput struct {
	Name     *string
	Settings *authz.Attributes
}

// OrganizationStats are an organization and how much is in it.
type OrganizationStats struct {
	Organization
	Projects     int
	Environments int
	Users        int
}

// Organization returns the organization of the caller.
func (w *Workspace) Organization(ctx context.Context, k access.Key) (o Organization, err error) {
	err = w.view(ctx, k, func(ctx context.Context, v View) error {
		o, err = ownOrganization(ctx, v)
		return err
	})
	return o, err
}

// OrganizationNamed returns the organization of the caller, if id names it.
func (w *Workspace) OrganizationNamed(ctx context.Context, k access.Key, id authz.Ident) (Organization, error) {
	o, err := w.Organization(ctx, k)
	if err != nil || id == authz.Ident(o.Key) || id.ID() == o.ID {
		return o, err
	}
	if k.Level == access.OrganizationLevel {
		return Organization{}, notFound("organization", id)
	}
	return Organization{}, forbidden("organization", id)
}

// UpdateOrganization changes the fields that in gives. It needs a key of
// organization level.
func (w *Workspace) UpdateOrganization(ctx context.Context, k access.Key, id authz.Ident, in OrganizationInput) (o Organization, err error) {
	if err := wholeOrganization(k); err != nil {
		return o, err
	}
	if _, err := w.OrganizationNamed(ctx, k, id); err != nil {
		return o, err
	}
	err = w.write(ctx, k, func(ctx context.Context, tx Tx) error {
		if o, err = ownOrganization(ctx, tx); err != nil {
			return err
		}
		set(&o.Name, in.Name)
		set(&o.Settings, in.Settings)
		o.UpdatedAt = w.now()
		if err := checkName(o.Name, organizationName); err != nil {
			return err
		}
		return tx.PutOrganization(ctx, o)
	})
	return o, err
}

// OrganizationStats counts what is in the organization. It needs a key of
// organization level.
func (w *Workspace) OrganizationStats(ctx context.Context, k access.Key, id authz.Ident) (s OrganizationStats, err error) {
	if err := wholeOrganization(k); err != nil {
		return s, err
	}
	if s.Organization, err = w.OrganizationNamed(ctx, k, id); err != nil {
		return s, err
	}
	err = w.view(ctx, k, func(ctx context.Context, v View) error {
		projects, err := v.Projects(ctx)
		if err != nil {
			return err
		}
		envs, err := v.Environments(ctx)
		if err != nil {
			return err
		}
		s.Projects, s.Environments = len(projects), len(envs)
		counts, err := v.Counts(ctx, idsOf(envs)...)
		s.Users = counts.Users
		return err
	})
	return s, err
}

func ownOrganization(ctx context.Context, v View) (Organization, error) {
	o, ok, err := v.Organization(ctx)
	if err == nil && !ok {
		err = authz.Errorf(authz.Forbidden, "the organization of this API key is gone")
	}
	return o, err
}

// wholeOrganization refuses keys that do not reach all of the organization.
func wholeOrganization(k access.Key) error {
	return k.AtLeast(access.OrganizationLevel)
}

func idsOf(envs []Environment) []authz.EnvID {
	ids := make([]authz.EnvID, len(envs))
	for i, e := range envs {
		ids[i] = e.ID
	}
	return ids
}

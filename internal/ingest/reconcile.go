package ingest

import (
	"context"
	"time"

	"github.com/gatehouse-authz/gatehouse/internal/authz"
	"github.com/gatehouse-authz/gatehouse/internal/mapping"
)

// A Directory is what a reconciler writes to, and what a sweep compares.
type Directory interface {
	// Reflect makes the user equal to the account; a user that is equal already
	// costs nothing. A user brought in for the first time gets first.
	Reflect(ctx context.Context, env authz.EnvID, a authz.Account, first authz.Onboarding) (authz.Revision, error)
	// ReflectOrganization makes the tenant of an organization equal to it.
	ReflectOrganization(ctx context.Context, env authz.EnvID, o authz.SourceOrganization) (authz.Revision, error)

	// Compiled is the mapping: what organizations, roles and users are in the
	// environment.
	Compiled(ctx context.Context, env authz.EnvID) (*mapping.Compiled, error)
	// Foresee says what would become of the users of accounts if m were the mapping, of
	// those of whom something would. linked are the tenants that organizations have.
	Foresee(ctx context.Context, env authz.EnvID, m *mapping.Compiled, linked map[string]authz.TenantKey, accounts []authz.Account) ([]mapping.Effect, error)
	// StaleUsers, StaleOrganizations and StaleMembers return those that differ from
	// what the directory holds, or that it lacks.
	StaleUsers(ctx context.Context, env authz.EnvID, accounts []authz.Account) ([]authz.UserKey, error)
	StaleOrganizations(ctx context.Context, env authz.EnvID, list []authz.SourceOrganization) (ids []string, err error)
	StaleMembers(ctx context.Context, env authz.EnvID, o authz.Origin, members []authz.Member) ([]authz.UserKey, error)
	// Members, Mirrored and Origins page through what the directory holds of a
	// source: the members of one of its organizations, its users, its organizations.
	Members(ctx context.Context, env authz.EnvID, o authz.Origin, after authz.UserKey, limit int) (users []authz.UserKey, next authz.UserKey, err error)
	Mirrored(ctx context.Context, env authz.EnvID, source string, after authz.UserKey, limit int) ([]authz.Mirrored, error)
	Origins(ctx context.Context, env authz.EnvID, source string, after authz.TenantKey, limit int) (ids []string, next authz.TenantKey, err error)
	// Images are the tenants of Origins, by their organizations' ids.
	Images(ctx context.Context, env authz.EnvID, source string) (map[authz.TenantKey]string, error)
	// ReflectRoles makes the roles of a source equal to list, as the mapping has it, and
	// ForeseeRoles says what that would do if m were the mapping.
	ReflectRoles(ctx context.Context, env authz.EnvID, source string, list []authz.SourceRole) (authz.Revision, error)
	ForeseeRoles(ctx context.Context, env authz.EnvID, m *mapping.Compiled, source string, list []authz.SourceRole) (mapping.RolesEffect, error)
	// Compare says in what the user differs from the account.
	Compare(ctx context.Context, env authz.EnvID, a authz.Account) (authz.Comparison, error)
}

// A Reconciler brings one subject at a time into agreement with its source.
type Reconciler struct {
	Env       authz.EnvID
	Source    Source
	Store     DeliveryStore
	Directory Directory
	First     authz.Onboarding // what a new user is given
	Sweep     *Sweep           // nil if the source cannot be listed
}

// crowd is how long an organization's members may take to go through.
const crowd = 10 * time.Minute

// Limit is how long the work of a key may run: zero if it is one user.
func Limit(key string) time.Duration {
	if _, _, s, ok := ParseWorkKey(key); ok && s.Kind == OrganizationSubject {
		return crowd
	}
	return 0
}

// Run reconciles the subject that a work key names. Whatever was hinted, in
// whatever order, the directory then holds what is true now. An error means that
// the subject must be looked at again.
func (r *Reconciler) Run(ctx context.Context, key string) error {
	env, source, s, ok := ParseWorkKey(key)
	if !ok || env != r.Env || source != r.Source.Name() {
		return authz.Errorf(authz.Unsupported, "no source reconciles %q", key)
	}
	switch s.Kind {
	case UserSubject:
		return r.user(ctx, s)
	case OrganizationSubject:
		return r.organization(ctx, s)
	case RoleSubject, OrgRoleSubject:
		if r.Sweep != nil {
			r.Sweep.Ask()
		}
		return nil
	case TemplateSubject:
		return r.templates(ctx)
	case NoSubject, ScopeSubject, OrgScopeSubject:
	}
	return authz.Errorf(authz.Unsupported, "no source reconciles %q", key)
}

func (r *Reconciler) user(ctx context.Context, s Subject) error {
	account, known, err := r.observe(ctx, s)
	if err != nil || !known {
		return err
	}
	if err := r.announce(ctx, account); err != nil {
		return err
	}
	_, err = r.Directory.Reflect(ctx, r.Env, account, r.First)
	return err
}

// observe asks what is true of a user now, with all that the mapping looks at.
func (r *Reconciler) observe(ctx context.Context, s Subject) (a authz.Account, known bool, err error) {
	if a, known, err = r.Source.Observe(ctx, s, r.latest(s)); err != nil || !known {
		return a, false, err
	}
	m, err := r.Directory.Compiled(ctx, r.Env)
	if err == nil {
		a, err = arrived(ctx, m, r.Source, a)
	}
	return a, err == nil, err
}

// announce marks the organizations of a user that are no tenants yet: the user's
// commit makes them, from what was true when the user was read.
func (r *Reconciler) announce(ctx context.Context, a authz.Account) error {
	if len(a.Places) == 0 {
		return nil
	}
	list := make([]authz.SourceOrganization, len(a.Places))
	for i, p := range a.Places {
		list[i] = p.Organization
	}
	ids, err := r.Directory.StaleOrganizations(ctx, r.Env, list)
	if err != nil || len(ids) == 0 {
		return err
	}
	return r.Store.Mark(ctx, keys(r.Env, r.Source.Name(), OrganizationSubject, ids))
}

// organization makes the tenant equal to the organization, and has its members
// looked at whose place in it differs.
func (r *Reconciler) organization(ctx context.Context, s Subject) error {
	o, known, err := r.Source.ObserveOrganization(ctx, s, r.latest(s))
	if err != nil || !known {
		return err
	}
	if err := r.spread(ctx, o); err != nil {
		return err
	}
	if _, err := r.Directory.ReflectOrganization(ctx, r.Env, o); err != nil || !o.Exists || !r.Sweep.Active() {
		return err
	}
	_, err = r.Sweep.members(ctx, s.ID, nil)
	return err
}

// spread marks all members of an organization that is not what it was, if rules may
// look at what it is.
func (r *Reconciler) spread(ctx context.Context, o authz.SourceOrganization) error {
	m, err := r.Directory.Compiled(ctx, r.Env)
	if err != nil || !m.SeesOrganizations() {
		return err
	}
	stale, err := r.Directory.StaleOrganizations(ctx, r.Env, []authz.SourceOrganization{o})
	for after := authz.UserKey(""); err == nil && len(stale) > 0; {
		var users []authz.UserKey
		users, after, err = r.Directory.Members(ctx, r.Env, o.Origin, after, kept)
		if err == nil && len(users) > 0 {
			err = r.Store.Mark(ctx, keys(r.Env, r.Source.Name(), UserSubject, users))
		}
		if after == "" {
			break
		}
	}
	return err
}

func (r *Reconciler) latest(s Subject) func(context.Context) ([]Delivery, error) {
	return func(ctx context.Context) ([]Delivery, error) {
		return r.Store.Latest(ctx, r.Env, r.Source.Name(), s)
	}
}

// keys are the keys of the work on subjects of one kind.
func keys[S ~string](env authz.EnvID, source string, kind SubjectKind, ids []S) []string {
	out := make([]string, len(ids))
	for i, id := range ids {
		out[i] = WorkKey(env, source, Subject{Kind: kind, ID: string(id)})
	}
	return out
}

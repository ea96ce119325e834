package ingest

import (
	"context"
	"slices"

	"github.com/gatehouse-authz/gatehouse/internal/authz"
	"github.com/gatehouse-authz/gatehouse/internal/mapping"
)

// allTemplates is one subject, since a role's permissions follow from several things
// of the source.
var allTemplates = Subject{Kind: TemplateSubject, ID: "all"}

// templates reports whether a delivery says that a role or a scope is another.
func templates(d Delivery) bool {
	switch d.Subject.Kind {
	case RoleSubject, OrgRoleSubject, ScopeSubject, OrgScopeSubject:
		return d.Standing == Live
	case NoSubject, UserSubject, OrganizationSubject, TemplateSubject:
	}
	return false
}

// templates makes roles equal to those of the source, if the mapping has them made.
func (r *Reconciler) templates(ctx context.Context) error {
	if !r.Sweep.Active() {
		return nil
	}
	m, err := r.Directory.Compiled(ctx, r.Env)
	if err != nil {
		return err
	}
	list, whole, err := r.Sweep.templates(ctx, m)
	if err != nil {
		return err
	}
	if !whole {
		return authz.Errorf(authz.Unavailable, "the list of roles did not hold still")
	}
	_, err = r.Directory.ReflectRoles(ctx, r.Env, r.Source.Name(), list)
	return err
}

// templates are the source's roles, or none if the mapping makes nothing of them.
func (s *Sweep) templates(ctx context.Context, m *mapping.Compiled) (list []authz.SourceRole, whole bool, err error) {
	if !m.Roles.Create {
		return nil, true, nil
	}
	return s.Census.Templates(ctx)
}

// throughTemplates has roles looked at if one differs, and keeps what is not kept of
// them.
func (c *count) throughTemplates(ctx context.Context) error {
	list, whole, err := c.templates(ctx, c.mapping)
	c.unsure(whole)
	if err != nil || !whole {
		return err
	}
	c.sourceRoles, c.rolesWhole = list, true
	e, err := c.Directory.ForeseeRoles(ctx, c.Env, c.mapping, c.Source, list)
	if err != nil {
		return err
	}
	c.mu.Lock()
	c.unkept = e.Notes
	c.mu.Unlock()
	if e.Nothing() {
		return nil
	}
	return c.mark(ctx, []string{WorkKey(c.Env, c.Source, allTemplates)})
}

// Unkept is what the last sweep found of the source's roles and scopes that is not
// kept here, and why, in words.
func (s *Sweep) Unkept() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.unkept)
}

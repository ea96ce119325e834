package workspace

import (
	"cmp"
	"context"
	"slices"
	"strings"

	"github.com/gatehouse-authz/gatehouse/internal/access"
	"github.com/gatehouse-authz/gatehouse/internal/authz"
)

// A GrantInput is a grant as a caller gives it.
type GrantInput struct {
	Level       access.Level
	Project     authz.Ident
	Environment authz.Ident
	Access      access.Access
}

// A MemberInput changes a member; nil fields are kept.
type MemberInput struct {
	Onboarding *string
	Settings   *authz.Attributes
}

// A MemberFilter selects members that were granted something in an object; the
// zero filter selects all.
type MemberFilter struct {
	Project     authz.Ident
	Environment authz.Ident
}

// OnboardingDone is the step of members who have nothing to be shown.
const OnboardingDone = "done"

// Members lists the members, oldest first. Like everything about members it needs a key of
// organization level.
func (w *Workspace) Members(ctx context.Context, k access.Key, f MemberFilter) (list []Member, err error) {
	if err := wholeOrganization(k); err != nil {
		return nil, err
	}
	err = w.view(ctx, k, func(ctx context.Context, v View) error {
		all, err := v.Members(ctx)
		if err != nil {
			return err
		}
		list = slices.DeleteFunc(all, func(m Member) bool {
			return (f.Project != "" || f.Environment != "") && !slices.ContainsFunc(m.Grants, func(g Grant) bool {
				return g.Level == access.OrganizationLevel ||
					(f.Project == "" || g.Project == f.Project.ID()) &&
						(f.Environment == "" || g.Level == access.ProjectLevel || authz.ID(g.Environment) == f.Environment.ID())
			})
		})
		return nil
	})
	return list, err
}

// Member returns a member by id or e-mail address.
func (w *Workspace) Member(ctx context.Context, k access.Key, id authz.Ident) (m Member, err error) {
	if err := wholeOrganization(k); err != nil {
		return m, err
	}
	err = w.view(ctx, k, func(ctx context.Context, v View) error {
		m, err = memberOf(ctx, v, id)
		return err
	})
	return m, err
}

// GrantMember gives a member grants, made first if only the e-mail address is given
// and nobody has it. A grant takes the place of one about the same object.
func (w *Workspace) GrantMember(ctx context.Context, k access.Key, id authz.Ident, email string, grants []GrantInput) (m Member, err error) {
	if err := wholeOrganization(k); err != nil {
		return m, err
	}
	err = w.write(ctx, k, func(ctx context.Context, tx Tx) error {
		m, err = memberOf(ctx, tx, cmp.Or(id, authz.Ident(email)))
		if authz.KindOf(err) == authz.NotFound && err != nil && id == "" {
			m, err = Member{ID: w.NewID(), Email: email, Onboarding: OnboardingDone, CreatedAt: w.now()}, checkEmail("email", email)
		}
		if err != nil {
			return err
		}
		for _, in := range grants {
			g, err := grantOf(ctx, tx, k, in)
			if err != nil {
				return err
			}
			m.Grants = append(without(m.Grants, g), g)
		}
		slices.SortFunc(m.Grants, func(a, b Grant) int { return strings.Compare(objectIn(a), objectIn(b)) })
		return tx.PutMember(ctx, m)
	})
	return m, err
}

// WithdrawFromMember takes the grants about the given objects away.
func (w *Workspace) WithdrawFromMember(ctx context.Context, k access.Key, id authz.Ident, grants []GrantInput) error {
	if err := wholeOrganization(k); err != nil {
		return err
	}
	return w.write(ctx, k, func(ctx context.Context, tx Tx) error {
		m, err := memberOf(ctx, tx, id)
		if err != nil {
			return err
		}
		for _, in := range grants {
			g, err := grantOf(ctx, tx, k, in)
			if err != nil {
				return err
			}
			m.Grants = without(m.Grants, g)
		}
		return tx.PutMember(ctx, m)
	})
}

// UpdateMember changes the fields that in gives.
func (w *Workspace) UpdateMember(ctx context.Context, k access.Key, id authz.Ident, in MemberInput) (m Member, err error) {
	if err := wholeOrganization(k); err != nil {
		return m, err
	}
	err = w.write(ctx, k, func(ctx context.Context, tx Tx) error {
		if m, err = memberOf(ctx, tx, id); err != nil {
			return err
		}
		set(&m.Onboarding, in.Onboarding)
		set(&m.Settings, in.Settings)
		return tx.PutMember(ctx, m)
	})
	return m, err
}

// DeleteMember deletes a member.
func (w *Workspace) DeleteMember(ctx context.Context, k access.Key, id authz.Ident) error {
	if err := wholeOrganization(k); err != nil {
		return err
	}
	return w.write(ctx, k, func(ctx context.Context, tx Tx) error {
		m, err := memberOf(ctx, tx, id)
		if err != nil {
			return err
		}
		return tx.DeleteMember(ctx, m.ID)
	})
}

// reaches reports whether the member was granted something on e.
func (m Member) reaches(e Environment) bool {
	return slices.ContainsFunc(m.Grants, func(g Grant) bool {
		return g.Level == access.OrganizationLevel || g.Level == access.ProjectLevel && g.Project == e.Project || g.Environment == e.ID
	})
}

// objectIn names what a grant is about.
func objectIn(g Grant) string { return string(g.Project) + "/" + string(g.Environment) }

func without(list []Grant, g Grant) []Grant {
	return slices.DeleteFunc(slices.Clone(list), func(x Grant) bool { return objectIn(x) == objectIn(g) })
}

func memberOf(ctx context.Context, v View, id authz.Ident) (Member, error) {
	all, err := v.Members(ctx)
	if err != nil {
		return Member{}, err
	}
	m, ok := named(all, id, func(m Member) (string, authz.ID) { return m.Email, m.ID })
	if !ok {
		return m, notFound("member", id)
	}
	return m, nil
}

func grantOf(ctx context.Context, v View, k access.Key, in GrantInput) (Grant, error) {
	project, env, err := objectOf(ctx, v, k, KeyInput{Level: in.Level, Project: in.Project, Environment: in.Environment})
	return Grant{Level: in.Level, Project: project, Environment: env, Access: in.Access}, err
}

package server

import (
	"cmp"
	"context"
	"crypto/rand"
	"time"

	"github.com/gatehouse-authz/gatehouse/internal/access"
	"github.com/gatehouse-authz/gatehouse/internal/authz"
	"github.com/gatehouse-authz/gatehouse/internal/directory"
	"github.com/gatehouse-authz/gatehouse/internal/httpapi/console"
	"github.com/gatehouse-authz/gatehouse/internal/workspace"
)

const usualAdmin = "admin@localhost"

// administrator makes the first member who can sign in to the dashboard, in the oldest
// organization, unless somebody can already; a password that is given holds from then
// on, which is the way back in for whoever has lost it.
func (s *Server) administrator(ctx context.Context) error {
	email := cmp.Or(s.config.AdminEmail, usualAdmin)
	member, kept, known, err := s.store.Credential(ctx, email)
	if err != nil {
		return err
	}
	given := s.config.AdminPassword
	if known {
		if given == "" || access.CheckPassword(kept, given) {
			return nil
		}
		return s.store.SetPassword(ctx, member, access.HashPassword(given))
	}
	envs, err := s.store.Environments(ctx)
	if err != nil || len(envs) == 0 {
		return err
	}
	password := cmp.Or(given, rand.Text())
	made, err := s.store.FirstPassword(ctx, envs[0].Organization, workspace.Member{
		ID: directory.NewID(), Email: email, Onboarding: workspace.OnboardingDone,
		Grants:    []workspace.Grant{{Level: access.OrganizationLevel, Access: access.Admin}},
		CreatedAt: time.Now().UTC().Truncate(time.Microsecond),
	}, access.HashPassword(password))
	if err == nil && made && given == "" && s.config.AnnounceAdmin != nil {
		s.config.AnnounceAdmin(email, password)
	}
	if err == nil && !made && given != "" {
		s.config.Log.Warn("the administrator's password is not taken: other members can sign in already", "setting", "GATEHOUSE_ADMIN_PASSWORD")
	}
	return err
}

// SignInPath is a path that signs the first administrator in to the dashboard, once,
// for as long as it lasts.
func (s *Server) SignInPath(ctx context.Context, lasts time.Duration) (string, error) {
	member, _, known, err := s.store.Credential(ctx, cmp.Or(s.config.AdminEmail, usualAdmin))
	if err == nil && !known {
		err = authz.Errorf(authz.NotFound, "there is no administrator to sign in")
	}
	if err != nil {
		return "", err
	}
	return console.SignInPath(s.sessions.Link(member, lasts)), nil
}

package server

import (
	"cmp"
	"context"
	"time"

	"github.com/gatehouse-authz/gatehouse/internal/access"
	"github.com/gatehouse-authz/gatehouse/internal/authz"
	"github.com/gatehouse-authz/gatehouse/internal/directory"
	"github.com/gatehouse-authz/gatehouse/internal/store"
	"github.com/gatehouse-authz/gatehouse/internal/workspace"
)

// found makes the first organization, project and environment with their keys,
// on a store that has none, and announces the keys it made. On a store that has
// them it changes nothing. The environment's key is its own one, if that can be
// shown again, else one more.
func found(ctx context.Context, s *store.Store, w *workspace.Workspace, c Config) error {
	now := time.Now().UTC()
	org := authz.Organization{ID: directory.NewID(), Key: "default", Name: "Default Organization", CreatedAt: now}
	project := authz.Project{ID: directory.NewID(), Organization: org.ID, Key: "default", Name: "Default Project", CreatedAt: now}
	env := authz.Environment{ID: authz.EnvID(directory.NewID()), Project: project.ID, Organization: org.ID, Key: "dev", Name: "Development", CreatedAt: now}
	secret, orgSecret := c.APIKey, cmp.Or(c.OrgAPIKey, access.NewSecret())
	keys := []access.Key{{ID: directory.NewID(), Name: "first organization key", Digest: access.Digest(orgSecret), Level: access.OrganizationLevel,
		Access: access.Admin, Organization: org.ID, CreatedAt: now}}
	if secret == "" && w.Master == "" {
		secret = access.NewSecret()
	}
	if secret != "" {
		keys = append(keys, access.Key{ID: directory.NewID(), Name: "first environment key", Digest: access.Digest(secret), Level: access.EnvironmentLevel,
			Access: access.Admin, Organization: org.ID, Project: project.ID, Environment: env.ID, CreatedAt: now})
	}
	founded, err := s.Found(ctx, store.Founding{
		Organization: org, Project: project, Environment: env, Keys: keys,
		Changes: directory.Fresh(now.Truncate(time.Microsecond)),
	})
	if err != nil {
		return err
	}
	if !founded {
		return warnOfOtherKeys(ctx, s, c)
	}
	if err := w.Own(ctx, org.ID); err != nil {
		return err
	}
	var a Announcement
	if c.APIKey == "" {
		a.APIKey = cmp.Or(w.Master.Secret(env.ID, 1), secret)
	}
	if c.OrgAPIKey == "" {
		a.OrgAPIKey = orgSecret
	}
	if c.Announce != nil && a != (Announcement{}) {
		c.Announce(a)
	}
	return nil
}

// warnOfOtherKeys says when a key was given that this database does not know:
// keys are taken at the first start only.
func warnOfOtherKeys(ctx context.Context, s *store.Store, c Config) error {
	for name, secret := range map[string]string{"GATEHOUSE_API_KEY": c.APIKey, "GATEHOUSE_ORG_API_KEY": c.OrgAPIKey} {
		if secret == "" {
			continue
		}
		_, known, err := s.KeyByDigest(ctx, access.Digest(secret))
		if err != nil {
			return err
		}
		if !known {
			c.Log.Warn("the key given is not a key of this database; keys are taken at the first start only", "setting", name)
		}
	}
	return nil
}

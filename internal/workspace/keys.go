package workspace

import (
	"context"
	"slices"

	"github.com/gatehouse-authz/gatehouse/internal/access"
	"github.com/gatehouse-authz/gatehouse/internal/authz"
)

// A KeyInput is an API key to be made.
type KeyInput struct {
	Name        string
	Level       access.Level
	Project     authz.Ident // at project level; at environment level it may be left out
	Environment authz.Ident // at environment level
	Access      access.Access
	Owner       string
}

// A KeyFilter selects API keys; the zero filter selects all.
type KeyFilter struct {
	Level   access.Level
	Project authz.Ident
}

// MemberOwner is the owner of API keys unless said otherwise.
const MemberOwner = "member"

// OwnKeyName is the name of the own key of an environment.
const OwnKeyName = "environment key"

// A Shown key is an API key with what it reaches, and its secret where that may
// be shown.
type Shown struct {
	Key
	Secret      string       // empty if it is not shown
	Project     *Project     // nil at organization level
	Environment *Environment // nil above environment level
}

// APIKeys lists the keys that the caller may administer, oldest first.
func (w *Workspace) APIKeys(ctx context.Context, k access.Key, f KeyFilter) (list []Shown, err error) {
	if err := wholeProjects(k); err != nil {
		return nil, err
	}
	err = w.view(ctx, k, func(ctx context.Context, v View) error {
		project := authz.ID("")
		if f.Project != "" {
			p, err := projectOf(ctx, v, k, f.Project)
			if err != nil {
				return err
			}
			project = p.ID
		}
		all, err := keysOf(ctx, v, k)
		if err != nil {
			return err
		}
		all = slices.DeleteFunc(all, func(x Key) bool {
			return f.Level != "" && x.Level != f.Level || project != "" && x.Project != project
		})
		list, err = shown(ctx, v, all...)
		return err
	})
	return list, err
}

// APIKey returns a key.
func (w *Workspace) APIKey(ctx context.Context, k access.Key, id authz.Ident) (s Shown, err error) {
	if err := wholeProjects(k); err != nil {
		return s, err
	}
	err = w.view(ctx, k, func(ctx context.Context, v View) error {
		found, err := keyOf(ctx, v, k, id)
		if err != nil {
			return err
		}
		s, err = shownOne(ctx, v, found, "")
		return err
	})
	return s, err
}

// CreateAPIKey makes a key and returns its secret, which nobody can read again. No
// key makes one that reaches further than itself.
func (w *Workspace) CreateAPIKey(ctx context.Context, k access.Key, in KeyInput) (s Shown, err error) {
	if err := wholeProjects(k); err != nil {
		return s, err
	}
	if err := checkText("name", in.Name); err != nil {
		return s, err
	}
	err = w.write(ctx, k, func(ctx context.Context, tx Tx) error {
		secret := access.NewSecret()
		made := Key{Key: access.Key{
			ID: w.NewID(), Name: in.Name, Digest: access.Digest(secret), Level: in.Level, Access: in.Access,
			Organization: k.Organization, CreatedAt: w.now(),
		}, Owner: in.Owner, CreatedBy: k.Actor()}
		if made.Project, made.Environment, err = objectOf(ctx, tx, k, in); err != nil {
			return err
		}
		if err := tx.PutKey(ctx, made); err != nil {
			return err
		}
		s, err = shownOne(ctx, tx, made, secret)
		return err
	})
	return s, err
}

// RotateAPIKey gives a key another secret and returns it; the present one is no
// secret of a key from then on.
func (w *Workspace) RotateAPIKey(ctx context.Context, k access.Key, id authz.Ident) (s Shown, err error) {
	if err := wholeProjects(k); err != nil {
		return s, err
	}
	err = w.write(ctx, k, func(ctx context.Context, tx Tx) error {
		found, err := keyOf(ctx, tx, k, id)
		if err != nil {
			return err
		}
		secret := access.NewSecret()
		if found.Generation > 0 {
			found.Generation++
			secret = w.ownSecret(found.Environment, found.Generation)
		}
		found.Digest = access.Digest(secret)
		if err := tx.PutKey(ctx, found); err != nil {
			return err
		}
		s, err = shownOne(ctx, tx, found, secret)
		return err
	})
	if err != nil {
		return Shown{}, err
	}
	w.settle()
	return s, nil
}

// DeleteAPIKey deletes a key. It returns Invalid for an environment's own key.
func (w *Workspace) DeleteAPIKey(ctx context.Context, k access.Key, id authz.Ident) error {
	if err := wholeProjects(k); err != nil {
		return err
	}
	err := w.write(ctx, k, func(ctx context.Context, tx Tx) error {
		found, err := keyOf(ctx, tx, k, id)
		if err != nil {
			return err
		}
		if found.Generation > 0 {
			return authz.Errorf(authz.Invalid, "an environment keeps its own API key; rotate its secret instead")
		}
		return tx.DeleteKey(ctx, found.ID)
	})
	if err != nil {
		return err
	}
	w.settle()
	return nil
}

// OwnAPIKey returns the own key of an environment with its secret, if that can be
// derived.
func (w *Workspace) OwnAPIKey(ctx context.Context, k access.Key, project, env authz.Ident) (s Shown, err error) {
	if err := wholeProjects(k); err != nil {
		return s, err
	}
	err = w.view(ctx, k, func(ctx context.Context, v View) error {
		e, err := environmentOf(ctx, v, k, project, env)
		if err != nil {
			return err
		}
		all, err := v.Keys(ctx)
		if err != nil {
			return err
		}
		i := slices.IndexFunc(all, func(x Key) bool { return x.Generation > 0 && x.Environment == e.ID })
		if i < 0 {
			return notFound("API key of environment", env)
		}
		secret := w.Master.Secret(e.ID, all[i].Generation)
		if access.Digest(secret) != all[i].Digest {
			secret = "" // made without this master
		}
		s, err = shownOne(ctx, v, all[i], secret)
		return err
	})
	return s, err
}

// Own gives every environment of an organization that lacks it its own key: those
// that an earlier version made.
func (w *Workspace) Own(ctx context.Context, organization authz.ID) error {
	return w.Store.Workspace(ctx, organization, func(ctx context.Context, tx Tx) error {
		keys, err := tx.Keys(ctx)
		if err != nil {
			return err
		}
		envs, err := tx.Environments(ctx)
		if err != nil {
			return err
		}
		for _, e := range envs {
			if slices.ContainsFunc(keys, func(x Key) bool { return x.Generation > 0 && x.Environment == e.ID }) {
				continue
			}
			own, _ := w.own(e.Environment, "")
			if err := tx.PutKey(ctx, own); err != nil {
				return err
			}
		}
		return nil
	})
}

// own is the first own key of an environment, with its secret.
func (w *Workspace) own(e authz.Environment, actor string) (Key, string) {
	secret := w.ownSecret(e.ID, 1)
	return Key{Key: access.Key{
		ID: w.NewID(), Name: OwnKeyName, Digest: access.Digest(secret), Level: access.EnvironmentLevel, Access: access.Admin,
		Organization: e.Organization, Project: e.Project, Environment: e.ID, CreatedAt: w.now(),
	}, Owner: MemberOwner, CreatedBy: actor, Generation: 1}, secret
}

// ownSecret is derived, or without a master one that is shown by rotation only.
func (w *Workspace) ownSecret(env authz.EnvID, generation int64) string {
	if secret := w.Master.Secret(env, generation); secret != "" {
		return secret
	}
	return access.NewSecret()
}

// keysOf are the keys that k may administer: those that reach no further.
func keysOf(ctx context.Context, v View, k access.Key) ([]Key, error) {
	all, err := v.Keys(ctx)
	return slices.DeleteFunc(all, func(x Key) bool {
		return k.Level != access.OrganizationLevel && x.Project != k.Project
	}), err
}

// keyOf is one of them. What is out of reach is not there.
func keyOf(ctx context.Context, v View, k access.Key, id authz.Ident) (Key, error) {
	list, err := keysOf(ctx, v, k)
	if err != nil {
		return Key{}, err
	}
	found, ok := named(list, id, func(x Key) (string, authz.ID) { return string(x.ID), x.ID })
	if !ok {
		return found, notFound("API key", id)
	}
	return found, nil
}

// objectOf is what a key to be made reaches.
func objectOf(ctx context.Context, v View, k access.Key, in KeyInput) (authz.ID, authz.EnvID, error) {
	switch in.Level {
	case access.OrganizationLevel:
		return "", "", wholeOrganization(k)
	case access.ProjectLevel:
		if in.Project == "" {
			return "", "", authz.InvalidField("project_id", "an API key of project level needs a project")
		}
		p, err := projectOf(ctx, v, k, in.Project)
		return p.ID, "", err
	case access.EnvironmentLevel:
		if in.Environment == "" {
			return "", "", authz.InvalidField("environment_id", "an API key of environment level needs an environment")
		}
		if in.Project != "" {
			e, err := environmentOf(ctx, v, k, in.Project, in.Environment)
			return e.Project, e.ID, err
		}
		e, err := environmentByID(ctx, v, k, in.Environment)
		return e.Project, e.ID, err
	}
	return "", "", authz.InvalidField("object_type", "%q is not a level of API keys", in.Level)
}

// environmentByID finds an environment in whatever project: keys are of a project,
// so an id is needed.
func environmentByID(ctx context.Context, v View, k access.Key, id authz.Ident) (Environment, error) {
	all, err := v.Environments(ctx)
	if err != nil {
		return Environment{}, err
	}
	for _, e := range all {
		if authz.ID(e.ID) == id.ID() && k.Reaches(e.Environment) {
			return e, nil
		}
	}
	return Environment{}, authz.Errorf(authz.NotFound, "environment %q not found; give its id, or its project too", id)
}

func shownOne(ctx context.Context, v View, k Key, secret string) (Shown, error) {
	list, err := shown(ctx, v, k)
	if err != nil {
		return Shown{}, err
	}
	list[0].Secret = secret
	return list[0], nil
}

// shown are keys with what they reach.
func shown(ctx context.Context, v View, keys ...Key) ([]Shown, error) {
	projects, err := v.Projects(ctx)
	if err != nil {
		return nil, err
	}
	envs, err := v.Environments(ctx)
	if err != nil {
		return nil, err
	}
	byID, inside := map[authz.ID]*Project{}, map[authz.EnvID]*Environment{}
	for _, p := range projects {
		byID[p.ID] = &p
	}
	for _, e := range envs {
		inside[e.ID] = &e
	}
	out := make([]Shown, len(keys))
	for i, k := range keys {
		out[i] = Shown{Key: k, Project: byID[k.Project], Environment: inside[k.Environment]}
	}
	return out, nil
}

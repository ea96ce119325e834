package permit

import (
	"context"

	"github.com/gatehouse-authz/gatehouse/internal/authz"
	"github.com/gatehouse-authz/gatehouse/internal/decision"
)

// auditObjects are the things that a recorded question names, as they are when
// they are read; null if they are not there.
type auditObjects struct {
	Environment  *auditObject `json:"environment_object"`
	User         *auditPerson `json:"user_object"`
	Action       *auditObject `json:"action_object"`
	ResourceType *auditObject `json:"resource_type_object"`
	Tenant       *auditThing  `json:"tenant_object"`
}

type auditObject struct {
	ID        string    `json:"id"`
	Key       string    `json:"key"`
	Name      *string   `json:"name"`
	CreatedAt timestamp `json:"created_at"`
	UpdatedAt timestamp `json:"updated_at"`
}

type auditThing struct {
	auditObject
	Attributes authz.Attributes `json:"attributes"`
}

type auditPerson struct {
	ID         authz.ID         `json:"id"`
	Key        authz.UserKey    `json:"key"`
	Email      *string          `json:"email"`
	FirstName  *string          `json:"first_name"`
	LastName   *string          `json:"last_name"`
	Attributes authz.Attributes `json:"attributes"`
	CreatedAt  timestamp        `json:"created_at"`
	UpdatedAt  timestamp        `json:"updated_at"`
}

func (a *API) auditObjects(ctx context.Context, c caller, rec decision.Record) (out auditObjects, err error) {
	e, q := c.env, rec.Query
	out.Environment = &auditObject{ID: string(e.ID), Key: e.Key, Name: orNull(e.Name), CreatedAt: timestamp(e.CreatedAt), UpdatedAt: timestamp(e.CreatedAt)}
	if q.User != "" {
		switch held, err := a.Directory.User(ctx, e.ID, authz.Ident(q.User)); {
		case err == nil:
			u := held.User
			out.User = &auditPerson{
				ID: u.ID, Key: u.Key, Email: orNull(u.Email), FirstName: orNull(u.FirstName), LastName: orNull(u.LastName),
				Attributes: u.Attributes, CreatedAt: timestamp(u.CreatedAt), UpdatedAt: timestamp(u.UpdatedAt),
			}
		case authz.KindOf(err) != authz.NotFound:
			return out, err
		}
	}
	if q.Tenant != "" {
		switch t, err := a.Directory.Tenant(ctx, e.ID, authz.Ident(q.Tenant)); {
		case err == nil:
			out.Tenant = &auditThing{
				auditObject: auditObject{ID: string(t.ID), Key: string(t.Key), Name: orNull(t.Name), CreatedAt: timestamp(t.CreatedAt), UpdatedAt: timestamp(t.UpdatedAt)},
				Attributes:  t.Attributes,
			}
		case authz.KindOf(err) != authz.NotFound:
			return out, err
		}
	}
	if q.Resource != "" {
		switch r, err := a.Directory.Resource(ctx, e.ID, authz.Ident(q.Resource)); {
		case err == nil:
			at := auditObject{CreatedAt: timestamp(r.CreatedAt), UpdatedAt: timestamp(r.UpdatedAt)}
			out.ResourceType = &auditObject{ID: string(r.ID), Key: string(r.Key), Name: orNull(r.Name), CreatedAt: at.CreatedAt, UpdatedAt: at.UpdatedAt}
			for _, action := range r.Actions {
				if action.Key == q.Action {
					out.Action = &auditObject{ID: string(action.ID), Key: string(action.Key), Name: orNull(action.Name), CreatedAt: at.CreatedAt, UpdatedAt: at.UpdatedAt}
				}
			}
		case authz.KindOf(err) != authz.NotFound:
			return out, err
		}
	}
	return out, nil
}

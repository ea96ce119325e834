package permit

import (
	"net/http"
	"strconv"

	"github.com/gatehouse-authz/gatehouse/internal/authz"
	"github.com/gatehouse-authz/gatehouse/internal/directory"
)

// mostRoles is how many roles Permit takes in one call.
const mostRoles = 2000

// roleSync is a role of tenants, or of a resource that it names.
type roleSync struct {
	Key      string  `json:"key" api:"required"`
	Resource *string `json:"resource" api:"nullable"`
	roleInResource
}

type rolesSynced struct {
	Created []authz.RoleKey `json:"created"`
	Updated []authz.RoleKey `json:"updated"`
}

// input reads the role; an error names its field below at.
func (b roleSync) input(at string) (in directory.SyncedRole, err error) {
	in = directory.SyncedRole{Key: authz.RoleKey(b.Key), On: authz.Ident(orEmpty(b.Resource))}
	if in.On != "" {
		in.Part, err = b.roleInResource.input(b.Key)
		return in, err
	}
	if b.GrantedTo != nil && (b.GrantedTo.UsersWithRole != nil && len(*b.GrantedTo.UsersWithRole) > 0 || b.GrantedTo.When != nil && b.GrantedTo.When.NoDirectRoles) {
		return in, &authz.Error{Kind: authz.Unsupported, Message: "Gatehouse does not offer the field granted_to of a tenant role yet", Field: at + ".granted_to"}
	}
	if err := offered(field{"v1compat_settings", b.V1Settings}, field{"v1compat_attributes", b.V1Attributes}); err != nil {
		return in, err
	}
	in.Tenant = directory.RoleInput{Name: &b.Name, Description: b.Description, Attributes: b.Attributes}
	in.Tenant.Permissions, in.Tenant.Extends, err = rules(b.Permissions, b.Extends, readPermissions)
	return in, err
}

func (a *API) syncRoles(w http.ResponseWriter, r *http.Request, c caller) error {
	list, err := readOperations[roleSync](w, r, mostRoles)
	if err != nil {
		return err
	}
	roles := make([]directory.SyncedRole, len(list))
	for i, b := range list {
		if roles[i], err = b.input(inOperations + "." + strconv.Itoa(i)); err != nil {
			return err
		}
	}
	made, replaced, rev, err := a.Directory.SyncRoles(r.Context(), c.env.ID, c.key.Actor(), roles)
	key := func(k authz.RoleKey) authz.RoleKey { return k }
	return wroteMany(w, rev, err, rolesSynced{Created: each(made, key), Updated: each(replaced, key)}, inOperations)
}

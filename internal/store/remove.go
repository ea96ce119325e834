package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"github.com/gatehouse-authz/gatehouse/internal/authz"
)

// remove makes a deletion.
func remove(ctx context.Context, tx *sql.Tx, counts *tally, env authz.EnvID, c authz.Change) error {
	switch c := c.(type) {
	case authz.DeleteUser:
		return deleteUser(ctx, counts, env, c.Key)
	case authz.DeleteTenant:
		return deleteTenant(ctx, counts, env, c.Key)
	case authz.DeleteRole:
		return errors.Join(
			counts.remove(ctx, assignmentList, `DELETE FROM assignments WHERE env_id = $1 AND role_key = $2`, env, c.Key),
			execute(ctx, tx, `DELETE FROM invites WHERE env_id = $1 AND type = '' AND role_key = $2`, env, c.Key),
			execute(ctx, tx, `DELETE FROM roles WHERE env_id = $1 AND key = $2`, env, c.Key),
			execute(ctx, tx, `DELETE FROM rules WHERE env_id = $1 AND role_key = $2`, env, c.Key))
	case authz.DeleteResource:
		return deleteResource(ctx, tx, counts, env, c.Key)
	case authz.DeleteInstance:
		return deleteInstances(ctx, counts, env, "node", c.Node.String())
	case authz.DeleteTuple:
		return counts.remove(ctx, tupleList, `DELETE FROM tuples WHERE env_id = $1 AND object = $2 AND relation = $3 AND subject = $4`,
			env, c.Object.String(), c.Relation, c.Subject.String())
	case authz.DeleteConditionSet:
		return errors.Join(
			execute(ctx, tx, `DELETE FROM condition_sets WHERE env_id = $1 AND key = $2`, env, c.Key),
			execute(ctx, tx, `DELETE FROM rules WHERE env_id = $1 AND (user_set = $2 OR resource_set = $2)`, env, c.Key))
	case authz.DeleteRule:
		r := c.Rule
		return execute(ctx, tx, `
			DELETE FROM rules WHERE env_id = $1 AND user_set = $2 AND role_key = $3 AND resource_set = $4 AND resource_key = $5
				AND on_resource = $6 AND on_action = $7`,
			env, r.UserSet, r.Role, r.ResourceSet, r.Resource, r.Permission.Resource, r.Permission.Action)
	case authz.DeleteAssignment:
		if c.Instance != (authz.Node{}) {
			return counts.remove(ctx, assignmentList, `DELETE FROM instance_assignments WHERE env_id = $1 AND user_key = $2 AND role_key = $3 AND node = $4`,
				env, c.User, c.Role, c.Instance.String())
		}
		return counts.remove(ctx, assignmentList, `DELETE FROM assignments WHERE env_id = $1 AND user_key = $2 AND role_key = $3 AND tenant_key = $4`,
			env, c.User, c.Role, c.Tenant)
	case authz.DeletePending:
		return execute(ctx, tx, `DELETE FROM pending_assignments WHERE env_id = $1 AND user_key = $2 AND role_key = $3 AND tenant_key = $4`,
			env, c.User, c.Role, c.Tenant)
	case authz.DeleteURLMapping:
		return execute(ctx, tx, `DELETE FROM url_mappings WHERE env_id = $1 AND key = $2`, env, c.Key)
	case authz.DeleteMembership:
		return execute(ctx, tx, `DELETE FROM memberships WHERE env_id = $1 AND user_key = $2 AND tenant_key = $3`, env, c.User, c.Tenant)
	case authz.DeleteInvite:
		return execute(ctx, tx, `DELETE FROM invites WHERE env_id = $1 AND key = $2`, env, c.Key)
	default:
		return fmt.Errorf("store: %T has no home", c)
	}
}

// deleteUser deletes a user and what it holds.
func deleteUser(ctx context.Context, counts *tally, env authz.EnvID, key authz.UserKey) error {
	return errors.Join(
		counts.remove(ctx, assignmentList, `DELETE FROM assignments WHERE env_id = $1 AND user_key = $2`, env, key),
		counts.remove(ctx, assignmentList, `DELETE FROM instance_assignments WHERE env_id = $1 AND user_key = $2`, env, key),
		counts.remove(ctx, userList, `DELETE FROM users WHERE env_id = $1 AND key = $2`, env, key))
}

// deleteTenant deletes a tenant, its instances and what is held in it.
func deleteTenant(ctx context.Context, counts *tally, env authz.EnvID, key authz.TenantKey) error {
	return errors.Join(
		deleteInstances(ctx, counts, env, "tenant_key", string(key)),
		counts.remove(ctx, assignmentList, `DELETE FROM assignments WHERE env_id = $1 AND tenant_key = $2`, env, key),
		counts.remove(ctx, tenantList, `DELETE FROM tenants WHERE env_id = $1 AND key = $2`, env, key))
}

// deleteInstances deletes the instances of which column is value, their tuples and
// what is held on them or offered.
func deleteInstances(ctx context.Context, counts *tally, env authz.EnvID, column, value string) error {
	those := ` IN (SELECT node FROM instances WHERE env_id = $1 AND ` + column + ` = $2)`
	return errors.Join(
		counts.remove(ctx, assignmentList, `DELETE FROM instance_assignments WHERE env_id = $1 AND node`+those, env, value),
		counts.remove(ctx, tupleList, `DELETE FROM tuples WHERE env_id = $1 AND object`+those, env, value),
		counts.remove(ctx, tupleList, `DELETE FROM tuples WHERE env_id = $1 AND subject`+those, env, value),
		execute(ctx, counts.tx, `DELETE FROM invites WHERE env_id = $1 AND node`+those, env, value),
		counts.remove(ctx, instanceList, `DELETE FROM instances WHERE env_id = $1 AND `+column+` = $2`, env, value))
}

// everyOf is the object of tuples to every instance of a type.
func everyOf(key authz.ResourceKey) string {
	return authz.Node{Type: key, Key: authz.EveryKey}.String()
}

// deleteResource deletes a resource, its instances, its resource sets, and the rules that name any of them.
func deleteResource(ctx context.Context, tx *sql.Tx, counts *tally, env authz.EnvID, key authz.ResourceKey) error {
	return errors.Join(
		deleteInstances(ctx, counts, env, "type", string(key)),
		counts.remove(ctx, tupleList, `DELETE FROM tuples WHERE env_id = $1 AND object = $2`, env, everyOf(key)),
		execute(ctx, tx, `
			DELETE FROM rules WHERE env_id = $1 AND (resource_key = $2 OR on_resource = $2
				OR resource_set IN (SELECT key FROM condition_sets WHERE env_id = $1 AND kind = $3 AND resource_key = $2))`,
			env, key, authz.ResourceSet),
		execute(ctx, tx, `DELETE FROM condition_sets WHERE env_id = $1 AND kind = $3 AND resource_key = $2`, env, key, authz.ResourceSet),
		execute(ctx, tx, `DELETE FROM resources WHERE env_id = $1 AND key = $2`, env, key))
}

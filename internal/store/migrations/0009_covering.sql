-- Indexes that hold all that a filter asks for, in the order of the list: databases
-- choose them without statistics, and find a page without reading the rows before it.

-- +goose Up

DROP INDEX assignments_by_role;
DROP INDEX assignments_by_tenant;
DROP INDEX instance_assignments_by_node;
DROP INDEX instance_assignments_by_role;
DROP INDEX instance_assignments_by_tenant;
DROP INDEX memberships_by_tenant;
DROP INDEX tuples_by_relation;

CREATE INDEX assignments_by_role ON assignments (env_id, role_key, seq, user_key, tenant_key);
CREATE INDEX assignments_by_tenant ON assignments (env_id, tenant_key, seq, user_key, role_key);
CREATE INDEX instance_assignments_by_node ON instance_assignments (env_id, node, seq, user_key, role_key);
CREATE INDEX instance_assignments_by_role ON instance_assignments (env_id, type, role_key, seq);
CREATE INDEX instance_assignments_by_tenant ON instance_assignments (env_id, tenant_key, seq, user_key, type, role_key);
CREATE INDEX memberships_by_tenant ON memberships (env_id, tenant_key, user_key);
CREATE INDEX tuples_by_relation ON tuples (env_id, object_type, relation, seq);

-- Listings find a page by its rank: each row has a number that grows with every row
-- put, and counts tells how many rows have numbers of each thousand.

-- +goose Up

ALTER TABLE users ADD COLUMN seq BIGINT NOT NULL DEFAULT 0;
ALTER TABLE tenants ADD COLUMN seq BIGINT NOT NULL DEFAULT 0;
ALTER TABLE assignments ADD COLUMN seq BIGINT NOT NULL DEFAULT 0;
ALTER TABLE instance_assignments ADD COLUMN seq BIGINT NOT NULL DEFAULT 0;
ALTER TABLE instances ADD COLUMN seq BIGINT NOT NULL DEFAULT 0;
ALTER TABLE tuples ADD COLUMN seq BIGINT NOT NULL DEFAULT 0;

UPDATE users SET seq = r.n FROM (
	SELECT env_id, key, ROW_NUMBER() OVER (PARTITION BY env_id ORDER BY created_at, key) - 1 AS n FROM users
) AS r WHERE users.env_id = r.env_id AND users.key = r.key;

UPDATE tenants SET seq = r.n FROM (
	SELECT env_id, key, ROW_NUMBER() OVER (PARTITION BY env_id ORDER BY created_at, key) - 1 AS n FROM tenants
) AS r WHERE tenants.env_id = r.env_id AND tenants.key = r.key;

UPDATE instances SET seq = r.n FROM (
	SELECT env_id, node, ROW_NUMBER() OVER (PARTITION BY env_id ORDER BY created_at, node) - 1 AS n FROM instances
) AS r WHERE instances.env_id = r.env_id AND instances.node = r.node;

UPDATE tuples SET seq = r.n FROM (
	SELECT env_id, object, relation, subject, ROW_NUMBER() OVER (PARTITION BY env_id ORDER BY created_at, id) - 1 AS n FROM tuples
) AS r WHERE tuples.env_id = r.env_id AND tuples.object = r.object AND tuples.relation = r.relation AND tuples.subject = r.subject;

-- Both tables of assignments are one list.
CREATE TABLE assignment_ranks AS
SELECT env_id, user_key, role_key, tenant_key, node, ROW_NUMBER() OVER (PARTITION BY env_id ORDER BY created_at, id, node) - 1 AS n FROM (
	SELECT env_id, user_key, role_key, tenant_key, '' AS node, created_at, id FROM assignments
	UNION ALL SELECT env_id, user_key, role_key, tenant_key, node, created_at, id FROM instance_assignments
) AS held;

UPDATE assignments SET seq = r.n FROM assignment_ranks AS r
WHERE r.node = '' AND assignments.env_id = r.env_id AND assignments.user_key = r.user_key
	AND assignments.tenant_key = r.tenant_key AND assignments.role_key = r.role_key;

UPDATE instance_assignments SET seq = r.n FROM assignment_ranks AS r
WHERE instance_assignments.env_id = r.env_id AND instance_assignments.user_key = r.user_key
	AND instance_assignments.node = r.node AND instance_assignments.role_key = r.role_key;

DROP TABLE assignment_ranks;

CREATE TABLE row_counts (
	env_id TEXT   NOT NULL REFERENCES environments (id) ON DELETE CASCADE,
	list   TEXT   NOT NULL,
	bucket BIGINT NOT NULL,  -- seq / 1024
	n      BIGINT NOT NULL,  -- rows of the list in the bucket
	PRIMARY KEY (env_id, list, bucket)
);

INSERT INTO row_counts (env_id, list, bucket, n) SELECT env_id, 'users', seq / 1024, COUNT(*) FROM users GROUP BY env_id, seq / 1024;
INSERT INTO row_counts (env_id, list, bucket, n) SELECT env_id, 'tenants', seq / 1024, COUNT(*) FROM tenants GROUP BY env_id, seq / 1024;
INSERT INTO row_counts (env_id, list, bucket, n) SELECT env_id, 'instances', seq / 1024, COUNT(*) FROM instances GROUP BY env_id, seq / 1024;
INSERT INTO row_counts (env_id, list, bucket, n) SELECT env_id, 'tuples', seq / 1024, COUNT(*) FROM tuples GROUP BY env_id, seq / 1024;
INSERT INTO row_counts (env_id, list, bucket, n) SELECT env_id, 'assignments', seq / 1024, COUNT(*) FROM (
	SELECT env_id, seq FROM assignments UNION ALL SELECT env_id, seq FROM instance_assignments
) AS held GROUP BY env_id, seq / 1024;

DROP INDEX users_by_age;
DROP INDEX tenants_by_age;
DROP INDEX assignments_by_role;
DROP INDEX assignments_by_tenant;
DROP INDEX assignments_by_age;
DROP INDEX instances_by_type;
DROP INDEX instances_by_tenant;
DROP INDEX instances_by_age;
DROP INDEX instance_assignments_by_node;
DROP INDEX instance_assignments_by_age;
DROP INDEX tuples_by_age;

CREATE INDEX users_by_seq ON users (env_id, seq);
CREATE INDEX tenants_by_seq ON tenants (env_id, seq);
CREATE INDEX assignments_by_seq ON assignments (env_id, seq);
CREATE INDEX assignments_by_role ON assignments (env_id, role_key, seq);
CREATE INDEX assignments_by_tenant ON assignments (env_id, tenant_key, seq);
CREATE INDEX instances_by_seq ON instances (env_id, seq);
CREATE INDEX instances_by_type ON instances (env_id, type, seq);
CREATE INDEX instances_by_tenant ON instances (env_id, tenant_key, seq);
CREATE INDEX instance_assignments_by_seq ON instance_assignments (env_id, seq);
CREATE INDEX instance_assignments_by_node ON instance_assignments (env_id, node, seq);
CREATE INDEX instance_assignments_by_tenant ON instance_assignments (env_id, tenant_key, seq);
CREATE INDEX tuples_by_seq ON tuples (env_id, seq);
CREATE INDEX tuples_by_tenant ON tuples (env_id, tenant_key, seq);

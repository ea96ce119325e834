-- +goose Up

-- The object of a tuple may be every instance of a type, "type:*", which is no row of
-- instances: object refers to nothing. What is deleted with an object is deleted by
-- name. SQLite cannot drop a foreign key, so the rows move to another table.
CREATE TABLE tuples_to_every (
	env_id      TEXT   NOT NULL,
	object      TEXT   NOT NULL,
	relation    TEXT   NOT NULL,
	subject     TEXT   NOT NULL,
	object_type TEXT   NOT NULL,
	id          TEXT   NOT NULL,
	tenant_key  TEXT   NOT NULL,
	created_at  BIGINT NOT NULL,
	seq         BIGINT NOT NULL DEFAULT 0,
	PRIMARY KEY (env_id, object, relation, subject),
	FOREIGN KEY (env_id, subject) REFERENCES instances (env_id, node) ON DELETE CASCADE
);
INSERT INTO tuples_to_every (env_id, object, relation, subject, object_type, id, tenant_key, created_at, seq)
	SELECT env_id, object, relation, subject, object_type, id, tenant_key, created_at, seq FROM tuples;
DROP TABLE tuples;
ALTER TABLE tuples_to_every RENAME TO tuples;
CREATE INDEX tuples_by_subject ON tuples (env_id, subject);
CREATE INDEX tuples_by_relation ON tuples (env_id, object_type, relation, seq);
CREATE INDEX tuples_by_seq ON tuples (env_id, seq);
CREATE INDEX tuples_by_tenant ON tuples (env_id, tenant_key, seq);

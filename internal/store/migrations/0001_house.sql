-- One text for both databases. Times are Unix microseconds, JSON is TEXT.

-- +goose Up

CREATE TABLE organizations (
	id         TEXT   PRIMARY KEY,
	key        TEXT   NOT NULL UNIQUE,
	name       TEXT   NOT NULL,
	created_at BIGINT NOT NULL
);

CREATE TABLE projects (
	id              TEXT   PRIMARY KEY,
	organization_id TEXT   NOT NULL REFERENCES organizations (id) ON DELETE CASCADE,
	key             TEXT   NOT NULL,
	name            TEXT   NOT NULL,
	created_at      BIGINT NOT NULL,
	UNIQUE (organization_id, key)
);

CREATE TABLE environments (
	id         TEXT   PRIMARY KEY,
	project_id TEXT   NOT NULL REFERENCES projects (id) ON DELETE CASCADE,
	key        TEXT   NOT NULL,
	name       TEXT   NOT NULL,
	created_at BIGINT NOT NULL,
	revision   BIGINT NOT NULL DEFAULT 0,  -- locking this row is what orders commits
	UNIQUE (project_id, key)
);

CREATE TABLE api_keys (
	id              TEXT   PRIMARY KEY,
	digest          TEXT   NOT NULL UNIQUE,  -- hex SHA-256 of the secret, which is not kept
	name            TEXT   NOT NULL,
	level           TEXT   NOT NULL,
	organization_id TEXT   NOT NULL REFERENCES organizations (id) ON DELETE CASCADE,
	project_id      TEXT   NOT NULL,         -- empty at organization level
	env_id          TEXT   NOT NULL,         -- empty above environment level
	created_at      BIGINT NOT NULL
);

CREATE TABLE users (
	env_id     TEXT    NOT NULL REFERENCES environments (id) ON DELETE CASCADE,
	key        TEXT    NOT NULL,
	id         TEXT    NOT NULL,
	email      TEXT    NOT NULL,
	first_name TEXT    NOT NULL,
	last_name  TEXT    NOT NULL,
	attributes TEXT    NOT NULL,
	suspended  BOOLEAN NOT NULL,
	source     TEXT    NOT NULL,
	created_at BIGINT  NOT NULL,
	updated_at BIGINT  NOT NULL,
	PRIMARY KEY (env_id, key),
	UNIQUE (env_id, id)
);
CREATE INDEX users_by_age ON users (env_id, created_at, key);

CREATE TABLE tenants (
	env_id      TEXT   NOT NULL REFERENCES environments (id) ON DELETE CASCADE,
	key         TEXT   NOT NULL,
	id          TEXT   NOT NULL,
	name        TEXT   NOT NULL,
	description TEXT   NOT NULL,
	attributes  TEXT   NOT NULL,
	created_at  BIGINT NOT NULL,
	updated_at  BIGINT NOT NULL,
	PRIMARY KEY (env_id, key),
	UNIQUE (env_id, id)
);
CREATE INDEX tenants_by_age ON tenants (env_id, created_at, key);

CREATE TABLE roles (
	env_id      TEXT   NOT NULL REFERENCES environments (id) ON DELETE CASCADE,
	key         TEXT   NOT NULL,
	id          TEXT   NOT NULL,
	name        TEXT   NOT NULL,
	description TEXT   NOT NULL,
	permissions TEXT   NOT NULL,
	extends     TEXT   NOT NULL,
	attributes  TEXT   NOT NULL,
	created_at  BIGINT NOT NULL,
	updated_at  BIGINT NOT NULL,
	PRIMARY KEY (env_id, key),
	UNIQUE (env_id, id)
);

CREATE TABLE resources (
	env_id          TEXT    NOT NULL REFERENCES environments (id) ON DELETE CASCADE,
	key             TEXT    NOT NULL,
	id              TEXT    NOT NULL,
	name            TEXT    NOT NULL,
	urn             TEXT    NOT NULL,
	description     TEXT    NOT NULL,
	actions         TEXT    NOT NULL,
	attributes      TEXT    NOT NULL,
	type_attributes TEXT    NOT NULL,
	relations       TEXT    NOT NULL,
	roles           TEXT    NOT NULL,
	built_in        BOOLEAN NOT NULL,
	created_at      BIGINT  NOT NULL,
	updated_at      BIGINT  NOT NULL,
	PRIMARY KEY (env_id, key),
	UNIQUE (env_id, id)
);

CREATE TABLE assignments (
	env_id     TEXT   NOT NULL,
	user_key   TEXT   NOT NULL,
	role_key   TEXT   NOT NULL,
	tenant_key TEXT   NOT NULL,
	id         TEXT   NOT NULL,
	given_by   TEXT   NOT NULL,
	created_at BIGINT NOT NULL,
	PRIMARY KEY (env_id, user_key, tenant_key, role_key),
	FOREIGN KEY (env_id, user_key) REFERENCES users (env_id, key) ON DELETE CASCADE,
	FOREIGN KEY (env_id, role_key) REFERENCES roles (env_id, key) ON DELETE CASCADE,
	FOREIGN KEY (env_id, tenant_key) REFERENCES tenants (env_id, key) ON DELETE CASCADE
);
CREATE INDEX assignments_by_role ON assignments (env_id, role_key);
CREATE INDEX assignments_by_tenant ON assignments (env_id, tenant_key);
CREATE INDEX assignments_by_age ON assignments (env_id, created_at, id);

CREATE TABLE instances (
	env_id     TEXT   NOT NULL,
	node       TEXT   NOT NULL,  -- type:key
	type       TEXT   NOT NULL,
	id         TEXT   NOT NULL,
	tenant_key TEXT   NOT NULL,
	attributes TEXT   NOT NULL,
	created_at BIGINT NOT NULL,
	updated_at BIGINT NOT NULL,
	PRIMARY KEY (env_id, node),
	UNIQUE (env_id, id),
	FOREIGN KEY (env_id, type) REFERENCES resources (env_id, key) ON DELETE CASCADE,
	FOREIGN KEY (env_id, tenant_key) REFERENCES tenants (env_id, key) ON DELETE CASCADE
);
CREATE INDEX instances_by_type ON instances (env_id, type, created_at, node);
CREATE INDEX instances_by_tenant ON instances (env_id, tenant_key);
CREATE INDEX instances_by_age ON instances (env_id, created_at, node);

CREATE TABLE instance_assignments (
	env_id     TEXT   NOT NULL,
	user_key   TEXT   NOT NULL,
	node       TEXT   NOT NULL,
	type       TEXT   NOT NULL,
	role_key   TEXT   NOT NULL,
	tenant_key TEXT   NOT NULL,
	id         TEXT   NOT NULL,
	given_by   TEXT   NOT NULL,
	created_at BIGINT NOT NULL,
	PRIMARY KEY (env_id, user_key, node, role_key),
	FOREIGN KEY (env_id, user_key) REFERENCES users (env_id, key) ON DELETE CASCADE,
	FOREIGN KEY (env_id, node) REFERENCES instances (env_id, node) ON DELETE CASCADE
);
CREATE INDEX instance_assignments_by_node ON instance_assignments (env_id, node);
CREATE INDEX instance_assignments_by_role ON instance_assignments (env_id, type, role_key);
CREATE INDEX instance_assignments_by_age ON instance_assignments (env_id, created_at, id);

CREATE TABLE tuples (
	env_id      TEXT   NOT NULL,
	object      TEXT   NOT NULL,
	relation    TEXT   NOT NULL,
	subject     TEXT   NOT NULL,
	object_type TEXT   NOT NULL,
	id          TEXT   NOT NULL,
	tenant_key  TEXT   NOT NULL,
	created_at  BIGINT NOT NULL,
	PRIMARY KEY (env_id, object, relation, subject),
	FOREIGN KEY (env_id, object) REFERENCES instances (env_id, node) ON DELETE CASCADE,
	FOREIGN KEY (env_id, subject) REFERENCES instances (env_id, node) ON DELETE CASCADE
);
CREATE INDEX tuples_by_subject ON tuples (env_id, subject);
CREATE INDEX tuples_by_relation ON tuples (env_id, object_type, relation);
CREATE INDEX tuples_by_age ON tuples (env_id, created_at, id);

CREATE TABLE condition_sets (
	env_id       TEXT   NOT NULL REFERENCES environments (id) ON DELETE CASCADE,
	key          TEXT   NOT NULL,
	id           TEXT   NOT NULL,
	kind         TEXT   NOT NULL,
	name         TEXT   NOT NULL,
	description  TEXT   NOT NULL,
	resource_key TEXT   NOT NULL,  -- empty for a user set
	parent_key   TEXT   NOT NULL,  -- empty if none
	conditions   TEXT   NOT NULL,
	created_at   BIGINT NOT NULL,
	updated_at   BIGINT NOT NULL,
	PRIMARY KEY (env_id, key),
	UNIQUE (env_id, id)
);

CREATE TABLE rules (
	env_id       TEXT   NOT NULL REFERENCES environments (id) ON DELETE CASCADE,
	user_set     TEXT   NOT NULL,  -- of each pair of columns one is empty
	role_key     TEXT   NOT NULL,
	resource_set TEXT   NOT NULL,
	resource_key TEXT   NOT NULL,
	on_resource  TEXT   NOT NULL,
	on_action    TEXT   NOT NULL,
	id           TEXT   NOT NULL,
	created_at   BIGINT NOT NULL,
	PRIMARY KEY (env_id, user_set, role_key, resource_set, resource_key, on_resource, on_action)
);

CREATE TABLE pending_assignments (
	env_id     TEXT   NOT NULL,
	user_key   TEXT   NOT NULL,
	role_key   TEXT   NOT NULL,
	tenant_key TEXT   NOT NULL,
	given_by   TEXT   NOT NULL,
	created_at BIGINT NOT NULL,
	PRIMARY KEY (env_id, user_key, tenant_key, role_key),
	FOREIGN KEY (env_id, user_key) REFERENCES users (env_id, key) ON DELETE CASCADE
);
CREATE INDEX pending_by_role ON pending_assignments (env_id, role_key);
CREATE INDEX pending_by_tenant ON pending_assignments (env_id, tenant_key);

CREATE TABLE commits (
	env_id   TEXT   NOT NULL REFERENCES environments (id) ON DELETE CASCADE,
	revision BIGINT NOT NULL,
	actor    TEXT   NOT NULL,
	at       BIGINT NOT NULL,
	changes  TEXT   NOT NULL,
	PRIMARY KEY (env_id, revision)
);

CREATE TABLE deliveries (
	env_id       TEXT   NOT NULL REFERENCES environments (id) ON DELETE CASCADE,
	source       TEXT   NOT NULL,
	digest       TEXT   NOT NULL,  -- hex SHA-256 of the body: the same body is one delivery
	event        TEXT   NOT NULL,
	standing     TEXT   NOT NULL,
	subject_kind TEXT   NOT NULL,
	subject_id   TEXT   NOT NULL,
	aspect       TEXT   NOT NULL,
	version      BIGINT NOT NULL,
	sent_at      BIGINT NOT NULL,
	received_at  BIGINT NOT NULL,
	copies       BIGINT NOT NULL,  -- how often the same body arrived
	body         TEXT   NOT NULL,
	PRIMARY KEY (env_id, source, digest)
);
CREATE INDEX deliveries_by_subject ON deliveries (env_id, source, subject_kind, subject_id, aspect, version);
CREATE INDEX deliveries_by_arrival ON deliveries (env_id, received_at);

CREATE TABLE work (
	kind         TEXT   NOT NULL,
	key          TEXT   NOT NULL,
	generation   BIGINT NOT NULL,  -- grows with each hint; finishing an older one keeps the work
	due_at       BIGINT NOT NULL,
	leased_until BIGINT NOT NULL,  -- nobody else takes it before; 0 if nobody has it
	attempts     BIGINT NOT NULL,  -- runs since it last succeeded
	last_error   TEXT   NOT NULL,
	created_at   BIGINT NOT NULL,
	PRIMARY KEY (kind, key)
);
CREATE INDEX work_by_due ON work (due_at);


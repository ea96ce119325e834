-- Users that belong to a tenant whatever they hold there, and invites.

-- +goose Up

CREATE TABLE memberships (
	env_id     TEXT   NOT NULL,
	user_key   TEXT   NOT NULL,
	tenant_key TEXT   NOT NULL,
	created_at BIGINT NOT NULL,
	PRIMARY KEY (env_id, user_key, tenant_key),
	FOREIGN KEY (env_id, user_key) REFERENCES users (env_id, key) ON DELETE CASCADE,
	FOREIGN KEY (env_id, tenant_key) REFERENCES tenants (env_id, key) ON DELETE CASCADE
);
CREATE INDEX memberships_by_tenant ON memberships (env_id, tenant_key);

CREATE TABLE invites (
	env_id     TEXT    NOT NULL,
	key        TEXT    NOT NULL,
	id         TEXT    NOT NULL,
	email      TEXT    NOT NULL,
	first_name TEXT    NOT NULL,
	last_name  TEXT    NOT NULL,
	role_key   TEXT    NOT NULL,
	tenant_key TEXT    NOT NULL,
	node       TEXT    NOT NULL,  -- type:key; empty for the whole tenant
	type       TEXT    NOT NULL,  -- empty for the whole tenant
	approved   BOOLEAN NOT NULL,
	created_at BIGINT  NOT NULL,
	updated_at BIGINT  NOT NULL,
	PRIMARY KEY (env_id, key),
	UNIQUE (env_id, id),
	FOREIGN KEY (env_id, tenant_key) REFERENCES tenants (env_id, key) ON DELETE CASCADE
);
CREATE INDEX invites_by_tenant ON invites (env_id, tenant_key);
CREATE INDEX invites_by_role ON invites (env_id, type, role_key);
CREATE INDEX invites_by_node ON invites (env_id, node);

-- Tenants that are organizations of an identity source, and who made a membership.

-- +goose Up

ALTER TABLE tenants ADD COLUMN source TEXT NOT NULL DEFAULT '';  -- empty: no source keeps it
ALTER TABLE tenants ADD COLUMN origin TEXT NOT NULL DEFAULT '';  -- the source's id of the organization
ALTER TABLE tenants ADD COLUMN adopted BOOLEAN NOT NULL DEFAULT FALSE;
CREATE UNIQUE INDEX tenants_by_origin ON tenants (env_id, source, origin) WHERE source <> '';

CREATE INDEX users_by_source ON users (env_id, source, key);

ALTER TABLE memberships ADD COLUMN given_by TEXT NOT NULL DEFAULT 'api';
CREATE INDEX memberships_in_order ON memberships (env_id, tenant_key, user_key);

-- What sources' organizations and roles are here; without a row, what is usual.
CREATE TABLE source_mappings (
	env_id  TEXT PRIMARY KEY REFERENCES environments (id) ON DELETE CASCADE,
	mapping TEXT NOT NULL
);

-- What the workspace keeps besides names, who may do what with a key, and
-- members. Columns have defaults, since the previous version writes rows too.

-- +goose Up

ALTER TABLE organizations ADD COLUMN updated_at BIGINT NOT NULL DEFAULT 0;  -- 0 here and below: as created
ALTER TABLE organizations ADD COLUMN settings TEXT NOT NULL DEFAULT 'null';

ALTER TABLE projects ADD COLUMN updated_at BIGINT NOT NULL DEFAULT 0;
ALTER TABLE projects ADD COLUMN description TEXT NOT NULL DEFAULT '';
ALTER TABLE projects ADD COLUMN urn_namespace TEXT NOT NULL DEFAULT '';
ALTER TABLE projects ADD COLUMN settings TEXT NOT NULL DEFAULT 'null';

ALTER TABLE environments ADD COLUMN updated_at BIGINT NOT NULL DEFAULT 0;
ALTER TABLE environments ADD COLUMN description TEXT NOT NULL DEFAULT '';
ALTER TABLE environments ADD COLUMN custom_branch_name TEXT NOT NULL DEFAULT '';
ALTER TABLE environments ADD COLUMN jwks TEXT NOT NULL DEFAULT '';
ALTER TABLE environments ADD COLUMN settings TEXT NOT NULL DEFAULT 'null';

ALTER TABLE api_keys ADD COLUMN access_level TEXT NOT NULL DEFAULT 'admin';
ALTER TABLE api_keys ADD COLUMN owner_type TEXT NOT NULL DEFAULT 'member';
ALTER TABLE api_keys ADD COLUMN created_by TEXT NOT NULL DEFAULT '';
ALTER TABLE api_keys ADD COLUMN last_used_at BIGINT NOT NULL DEFAULT 0;    -- 0 if never; to the minute
ALTER TABLE api_keys ADD COLUMN generation BIGINT NOT NULL DEFAULT 0;      -- of an environment's own key, from 1; 0 for all others
CREATE UNIQUE INDEX api_keys_own ON api_keys (env_id) WHERE generation > 0;
CREATE INDEX api_keys_by_age ON api_keys (organization_id, created_at, id);

CREATE TABLE members (
	id              TEXT   PRIMARY KEY,
	organization_id TEXT   NOT NULL REFERENCES organizations (id) ON DELETE CASCADE,
	email           TEXT   NOT NULL,
	onboarding_step TEXT   NOT NULL,
	settings        TEXT   NOT NULL,
	grants          TEXT   NOT NULL,
	created_at      BIGINT NOT NULL,
	UNIQUE (organization_id, email)
);

CREATE TABLE copies (
	id         TEXT   PRIMARY KEY,
	env_id     TEXT   NOT NULL REFERENCES environments (id) ON DELETE CASCADE,
	target_id  TEXT   NOT NULL,  -- empty if the copy failed
	kind       BIGINT NOT NULL,  -- of the error
	message    TEXT   NOT NULL,  -- of the error; empty if there is none
	created_at BIGINT NOT NULL
);
CREATE INDEX copies_by_env ON copies (env_id, created_at);

-- +goose Up

CREATE TABLE url_mappings (
	env_id     TEXT   NOT NULL REFERENCES environments (id) ON DELETE CASCADE,
	key        TEXT   NOT NULL,
	id         TEXT   NOT NULL,
	name       TEXT   NOT NULL,
	mechanism  TEXT   NOT NULL,
	secret     TEXT   NOT NULL,  -- here alone: commits do not hold it
	rules      TEXT   NOT NULL,
	created_at BIGINT NOT NULL,
	updated_at BIGINT NOT NULL,
	PRIMARY KEY (env_id, key),
	UNIQUE (env_id, id)
);

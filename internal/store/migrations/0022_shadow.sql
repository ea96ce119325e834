-- What comparing checks with the decision point of an account of Permit.io came to.

-- +goose Up

CREATE TABLE shadows (
	env_id   TEXT   PRIMARY KEY REFERENCES environments (id) ON DELETE CASCADE,
	account  TEXT   NOT NULL,  -- which one the rest is about
	since    BIGINT NOT NULL,
	answered BIGINT NOT NULL   -- when the last question was; 0 if none was
);

CREATE TABLE shadow_counts (
	env_id TEXT   NOT NULL REFERENCES shadows (env_id) ON DELETE CASCADE,
	name   TEXT   NOT NULL,
	n      BIGINT NOT NULL,
	PRIMARY KEY (env_id, name)
);

-- Questions that are answered differently, one row for those that are alike.
CREATE TABLE shadow_disagreements (
	env_id   TEXT    NOT NULL REFERENCES shadows (env_id) ON DELETE CASCADE,
	shape    TEXT    NOT NULL,
	n        BIGINT  NOT NULL,
	first_at BIGINT  NOT NULL,
	last_at  BIGINT  NOT NULL,
	query    TEXT    NOT NULL,  -- the last of them
	revision BIGINT  NOT NULL,
	allow    BOOLEAN NOT NULL,  -- here
	here     TEXT    NOT NULL,  -- why
	there    TEXT    NOT NULL,
	PRIMARY KEY (env_id, shape)
);

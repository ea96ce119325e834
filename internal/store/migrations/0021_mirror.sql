-- How far the mirror into an account of Permit.io is, and what it made there.

-- +goose Up

CREATE TABLE mirrors (
	env_id       TEXT   PRIMARY KEY REFERENCES environments (id) ON DELETE CASCADE,
	account      TEXT   NOT NULL,            -- which one the marks are for; empty before the first
	wanted       TEXT   NOT NULL,            -- the kinds that are mirrored
	cursor       BIGINT NOT NULL,            -- commits up to this revision are marked
	filled       BIGINT NOT NULL,            -- how much was marked when everything was
	filled_at    BIGINT NOT NULL,
	owner        TEXT   NOT NULL,            -- the process that mirrors
	leased_until BIGINT NOT NULL
);

-- What is to be looked at.
CREATE TABLE mirror_marks (
	env_id     TEXT    NOT NULL REFERENCES environments (id) ON DELETE CASCADE,
	kind       TEXT    NOT NULL,
	key        TEXT    NOT NULL,
	gone       BOOLEAN NOT NULL,  -- a hint
	generation BIGINT  NOT NULL,
	attempts   BIGINT  NOT NULL,
	marked_at  BIGINT  NOT NULL,
	due_at     BIGINT  NOT NULL,
	dead       BOOLEAN NOT NULL,  -- given up until somebody asks
	reason     TEXT    NOT NULL,
	PRIMARY KEY (env_id, kind, key)
);
CREATE INDEX mirror_marks_in_order ON mirror_marks (env_id, dead, kind, gone, marked_at, key);

-- What is known of things in the account.
CREATE TABLE mirror_made (
	env_id    TEXT    NOT NULL REFERENCES environments (id) ON DELETE CASCADE,
	account   TEXT    NOT NULL,
	kind      TEXT    NOT NULL,
	key       TEXT    NOT NULL,
	state     TEXT    NOT NULL,
	digest    TEXT    NOT NULL,
	id        TEXT    NOT NULL,  -- of the thing here
	suspended BOOLEAN NOT NULL,
	at        BIGINT  NOT NULL,
	PRIMARY KEY (env_id, account, kind, key)
);

-- The decision log and the index of the change history.

-- +goose Up

-- Answers are kept in blocks; a block of no answers says how many are missing. An
-- environment that is deleted leaves its decisions until their time is over.
CREATE TABLE decision_blocks (
	id       TEXT   PRIMARY KEY,
	env_id   TEXT   NOT NULL,
	first_at BIGINT NOT NULL,
	last_at  BIGINT NOT NULL,
	allowed  BIGINT NOT NULL,
	denied   BIGINT NOT NULL,
	lists    BIGINT NOT NULL,
	missed   BIGINT NOT NULL,
	keys     TEXT   NOT NULL,  -- base64: what need not be looked for in data
	data     TEXT   NOT NULL   -- base64
);
CREATE INDEX decision_blocks_by_time ON decision_blocks (env_id, last_at, id);
CREATE INDEX decision_blocks_by_age ON decision_blocks (last_at);

-- What commits did to each thing: place is the change in its commit, part is 0 for
-- the change itself and counts what it took with it. The commit has who and when,
-- and what the thing became.
CREATE TABLE history (
	env_id   TEXT   NOT NULL,
	revision BIGINT NOT NULL,
	place    BIGINT NOT NULL,
	part     BIGINT NOT NULL,
	kind     TEXT   NOT NULL,
	key      TEXT   NOT NULL,
	verb     TEXT   NOT NULL,  -- put, delete or taken
	PRIMARY KEY (env_id, revision, place, part),
	FOREIGN KEY (env_id, revision) REFERENCES commits (env_id, revision) ON DELETE CASCADE
);
CREATE INDEX history_by_thing ON history (env_id, kind, key, revision, place, part);

-- What the last comparison with an identity source found, so that a restart shows it.

-- +goose Up

CREATE TABLE proofs (
	env_id TEXT NOT NULL REFERENCES environments (id) ON DELETE CASCADE,
	source TEXT NOT NULL,
	proof  TEXT NOT NULL,
	PRIMARY KEY (env_id, source)
);

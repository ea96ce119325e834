-- What the last comparison with an identity source found, so that a restart shows it.

-- +goose Up

CREATE TABLE proofs (
	env_id TEXT NOT NULL REFERENCES environments (id) ON DELETE CASCADE,
	source TEXT NOT NULL,
	proof  TEXT NOT NULL,
	PRIMARY KEY (env_id, source)
);

-- How far the source's own log of its deliveries has been read, and what came of it.
CREATE TABLE delivery_log_readings (
	env_id  TEXT NOT NULL REFERENCES environments (id) ON DELETE CASCADE,
	source  TEXT NOT NULL,
	reading TEXT NOT NULL,
	PRIMARY KEY (env_id, source)
);
CREATE INDEX deliveries_by_sent ON deliveries (env_id, source, sent_at);

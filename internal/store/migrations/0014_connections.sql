-- How identity sources are reached, encrypted with the master key.

-- +goose Up

CREATE TABLE connections (
	env_id     TEXT   NOT NULL REFERENCES environments (id) ON DELETE CASCADE,
	source     TEXT   NOT NULL,
	sealed     TEXT   NOT NULL,
	updated_at BIGINT NOT NULL,
	PRIMARY KEY (env_id, source)
);

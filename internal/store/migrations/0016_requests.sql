-- The requests that wanted to change something, and their answers.

-- +goose Up

-- What a request was about may be gone: its row stays until its time is over.
CREATE TABLE requests (
	id              TEXT   PRIMARY KEY,
	organization_id TEXT   NOT NULL,
	project_id      TEXT   NOT NULL,  -- empty: it was about none
	env_id          TEXT   NOT NULL,
	key_id          TEXT   NOT NULL,
	at              BIGINT NOT NULL,
	needs           TEXT   NOT NULL,
	method          TEXT   NOT NULL,
	path            TEXT   NOT NULL,
	status          BIGINT NOT NULL,
	request_id      TEXT   NOT NULL,
	client          TEXT   NOT NULL,
	body            TEXT   NOT NULL,  -- without secrets
	answer          TEXT   NOT NULL
);
CREATE INDEX requests_by_organization ON requests (organization_id, at, id);
CREATE INDEX requests_by_environment ON requests (organization_id, env_id, at, id);

-- How members sign in to the dashboard, and who is signed in.

-- +goose Up

CREATE TABLE credentials (
	member_id  TEXT   PRIMARY KEY REFERENCES members (id) ON DELETE CASCADE,
	password   TEXT   NOT NULL,  -- argon2id, with its parameters and salt
	updated_at BIGINT NOT NULL
);

CREATE TABLE sessions (
	digest     TEXT   PRIMARY KEY,  -- of the cookie's secret
	member_id  TEXT   NOT NULL REFERENCES members (id) ON DELETE CASCADE,
	created_at BIGINT NOT NULL,
	expires_at BIGINT NOT NULL
);
CREATE INDEX sessions_by_member ON sessions (member_id);
CREATE INDEX sessions_by_expiry ON sessions (expires_at);

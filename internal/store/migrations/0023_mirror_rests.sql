-- Until when an account of Permit.io wants no request.

-- +goose Up

CREATE TABLE mirror_rests (
	env_id  TEXT   NOT NULL REFERENCES environments (id) ON DELETE CASCADE,
	limited TEXT   NOT NULL,  -- whom the account limits
	until   BIGINT NOT NULL,
	PRIMARY KEY (env_id, limited)
);

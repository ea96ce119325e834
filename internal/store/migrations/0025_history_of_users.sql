-- The history of what a user holds: roles, memberships, and roles that wait.

-- +goose Up
ALTER TABLE history ADD COLUMN user_key TEXT NOT NULL DEFAULT '';  -- whose thing it is; empty for things of nobody
CREATE INDEX history_by_user ON history (env_id, user_key, revision, place, part) WHERE user_key <> '';

-- Empty once RememberAll has said of older rows whose they are.
CREATE INDEX history_of_nobody ON history (env_id, revision, place, part)
	WHERE user_key = '' AND kind IN ('assignment', 'membership', 'pending');

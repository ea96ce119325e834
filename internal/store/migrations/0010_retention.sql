-- What is old may be deleted, and long histories are listed by kind, actor and time.

-- +goose Up

ALTER TABLE environments ADD COLUMN forgotten_at BIGINT NOT NULL DEFAULT 0;  -- commits made until then may be deleted; 0: none is

CREATE INDEX history_by_kind ON history (env_id, kind, revision, place, part);
CREATE UNIQUE INDEX commits_by_actor ON commits (env_id, actor, revision);
CREATE UNIQUE INDEX commits_by_time ON commits (env_id, at, revision);
CREATE INDEX decision_blocks_missed ON decision_blocks (env_id, last_at) WHERE missed > 0;

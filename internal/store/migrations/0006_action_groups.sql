-- A resource keeps its action groups as it keeps its roles: as JSON.

-- +goose Up

ALTER TABLE resources ADD COLUMN action_groups TEXT NOT NULL DEFAULT 'null';

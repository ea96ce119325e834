-- Attributes of users that a mapping has given.

-- +goose Up

ALTER TABLE users ADD COLUMN mapped TEXT NOT NULL DEFAULT 'null';  -- JSON: their keys

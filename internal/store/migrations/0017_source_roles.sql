-- Roles that an identity source made and keeps.

-- +goose Up

ALTER TABLE roles ADD COLUMN source TEXT NOT NULL DEFAULT '';       -- empty: people made it
ALTER TABLE roles ADD COLUMN granted TEXT NOT NULL DEFAULT 'null';  -- JSON: those of the permissions that the source has given

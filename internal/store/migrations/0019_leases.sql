-- What is leased is little, however much waits: looking for the next due item must not
-- read all that does.

-- +goose Up
CREATE INDEX work_leased ON work (leased_until) WHERE leased_until > 0;

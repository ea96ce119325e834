-- Deliveries are looked through by their event, the latest first.

-- +goose Up
CREATE INDEX deliveries_by_event ON deliveries (env_id, source, event, received_at);

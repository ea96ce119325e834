-- Deliveries that cause no work are few among many, and are looked for.

-- +goose Up
CREATE INDEX deliveries_set_aside ON deliveries (env_id, source, received_at) WHERE standing <> 'live';

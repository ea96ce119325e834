-- +goose Up

-- An environment without a row decides as Permit does.
CREATE TABLE settings (
	env_id              TEXT    PRIMARY KEY REFERENCES environments (id) ON DELETE CASCADE,
	instances_in_tenant BOOLEAN NOT NULL,
	rules_for_members   BOOLEAN NOT NULL,
	fixed_built_ins     BOOLEAN NOT NULL,
	typed_comparisons   BOOLEAN NOT NULL,
	missing_denies      BOOLEAN NOT NULL
);

package main

import (
	"testing"
	"time"

	"github.com/gatehouse-authz/gatehouse/internal/authz"
)

func TestRetentionIsATimeInDaysOrLess(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]time.Duration{
		"30d": 30 * 24 * time.Hour, "12h": 12 * time.Hour, "0": 0, "0d": 0, "1h30m": 90 * time.Minute, "36500d": 36500 * 24 * time.Hour,
	} {
		if got, err := retention("NAME", text); err != nil || got != want {
			t.Errorf("%q: got %v (%v), want %v", text, got, err, want)
		}
	}
	for _, text := range []string{"", "d", "-1d", "-1h", "30", "forever", "1.5d", "36501d", "99999999999999999999d"} {
		if _, err := retention("NAME", text); authz.KindOf(err) != authz.Invalid {
			t.Errorf("%q: got %v, want Invalid", text, err)
		}
	}
}

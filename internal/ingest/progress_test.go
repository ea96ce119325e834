package ingest

import (
	"testing"
	"time"
)

// TestRemainingIsWhatIsNotLookedAtAndWhatWaits, and 100 percent is nothing less.
func TestRemainingIsWhatIsNotLookedAtAndWhatWaits(t *testing.T) {
	t.Parallel()
	at := time.Unix(1, 0)
	for name, c := range map[string]struct {
		p                      Progress
		waiting, left, percent int
	}{
		"no sweep yet":                {Progress{}, 0, 0, 0},
		"no sweep yet, work waits":    {Progress{}, 3, 3, 0},
		"just begun":                  {Progress{StartedAt: at}, 0, 0, 0},
		"nothing looked at":           {Progress{StartedAt: at, UsersTotal: 90, OrganizationsTotal: 10}, 0, 100, 0},
		"half looked at":              {Progress{StartedAt: at, UsersTotal: 90, OrganizationsTotal: 10, Users: 40, Organizations: 10}, 0, 50, 50},
		"half looked at, some wait":   {Progress{StartedAt: at, UsersTotal: 90, OrganizationsTotal: 10, Users: 40, Organizations: 10}, 20, 70, 30},
		"all looked at, not ended":    {Progress{StartedAt: at, UsersTotal: 90, Users: 91}, 0, 0, 99},
		"ended":                       {Progress{StartedAt: at, CompletedAt: at, UsersTotal: 90, Users: 88}, 0, 0, 100},
		"ended, one of 1,000 waits":   {Progress{StartedAt: at, CompletedAt: at, UsersTotal: 1000, Users: 1000}, 1, 1, 99},
		"ended, more wait than are":   {Progress{StartedAt: at, CompletedAt: at, UsersTotal: 2, Users: 2}, 5, 5, 0},
		"failed after an earlier":     {Progress{StartedAt: at, CompletedAt: at.Add(-1), UsersTotal: 4, Users: 1, Error: "e"}, 0, 3, 25},
		"an empty source":             {Progress{StartedAt: at, CompletedAt: at}, 0, 0, 100},
		"more leave than are counted": {Progress{StartedAt: at, CompletedAt: at}, -1, 0, 100},
	} {
		if left, percent := c.p.Remaining(c.waiting); left != c.left || percent != c.percent {
			t.Errorf("%s: got %d left and %d %%, want %d and %d %%", name, left, percent, c.left, c.percent)
		}
	}
}

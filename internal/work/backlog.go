package work

import "time"

// A Backlog is what work is waiting.
type Backlog struct {
	Waiting int       // items in all
	Failing int       // items whose last run failed
	Oldest  time.Time // when the longest waiting was asked for; zero if none
	Worst   []Failure // the items that failed most often, at most ten
}

// A Failure is an item whose last run failed.
type Failure struct {
	Kind, Key string
	Attempts  int
	Error     string
	DueAt     time.Time // when it is tried again
}

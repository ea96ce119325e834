package shadow

// The bounds, for tests.
const (
	MostWaiting = mostWaiting
	MostBytes   = mostBytes
	AtOnce      = atOnce
)

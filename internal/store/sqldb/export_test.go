package sqldb

import "testing"

// Waiting is how many updates wait for a shared transaction.
func Waiting(db *DB) int {
	db.group.mu.Lock()
	defer db.group.mu.Unlock()
	return len(db.group.waiting)
}

// Positional is positional.
var Positional = positional

// Kept is how many statements the writing connection keeps.
func Kept(t *testing.T, db *DB) (n int) {
	t.Helper()
	c, err := db.write.Conn(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = c.Close() }()
	err = c.Raw(func(c any) error {
		n = len(c.(*keeping).kept)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return n
}

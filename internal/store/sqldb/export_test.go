package sqldb

// Waiting is how many updates wait for a shared transaction.
func Waiting(db *DB) int {
	db.group.mu.Lock()
	defer db.group.mu.Unlock()
	return len(db.group.waiting)
}

// Package needs says what a test needs of the machine it runs on. What is missing
// skips the test and says what brings it; where CI is true it fails the test, so that
// what CI ran is everything.
package needs

import (
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// Missing ends a test whose need is not there. The remedy says how the reader brings it.
func Missing(t testing.TB, need, remedy string) {
	t.Helper()
	if os.Getenv("CI") == "true" {
		t.Fatalf("%s is missing, and in CI nothing may be: %s", need, remedy)
	}
	t.Skipf("%s is missing: %s", need, remedy)
}

// Program returns the path of a program, found by its name.
func Program(t testing.TB, name, remedy string) string {
	t.Helper()
	path, err := exec.LookPath(name)
	if err != nil {
		Missing(t, name, remedy)
	}
	return path
}

// File needs what make or somebody else has put at a path.
func File(t testing.TB, path, remedy string) {
	t.Helper()
	if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) {
		Missing(t, path, remedy)
	} else if err != nil {
		t.Fatal(err)
	}
}

// Postgres returns the address of a server on which tests make databases of their own.
func Postgres(t testing.TB) string {
	t.Helper()
	server := os.Getenv("GATEHOUSE_TEST_POSTGRES")
	if server == "" {
		Missing(t, "PostgreSQL", "set GATEHOUSE_TEST_POSTGRES to the address of a server, as postgres://user:password@127.0.0.1:5432/postgres")
	}
	return server
}

// Packages brings what the lock file of a folder names, where that is not there yet.
func Packages(t testing.TB, dir string) {
	t.Helper()
	npm := Program(t, "npm", "install Node.js 20 or later")
	fresh, err := installed(dir)
	if err != nil {
		t.Fatal(err)
	}
	if fresh {
		return
	}
	cmd := exec.CommandContext(t.Context(), npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund")
	cmd.Dir = dir
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("npm ci in %s: %v\n%s", dir, err, out)
	}
}

// installed reports whether a folder's packages are those of its lock file.
func installed(dir string) (bool, error) {
	lock, err := os.Stat(filepath.Join(dir, "package-lock.json"))
	if err != nil {
		return false, err
	}
	packages, err := os.Stat(filepath.Join(dir, "node_modules", ".package-lock.json")) // npm writes it last
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	return err == nil && !packages.ModTime().Before(lock.ModTime()), err
}

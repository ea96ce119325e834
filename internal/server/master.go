package server

import (
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/gatehouse-authz/gatehouse/internal/access"
	"github.com/gatehouse-authz/gatehouse/internal/authz"
)

const masterFile = "master.key"

// master is what the own keys of environments are derived from: what the operator
// gives, else the file in the data directory, made if it is not there. With a
// database elsewhere nothing is made: every process needs the same.
func (c Config) master() (access.Master, error) {
	if c.MasterKey != "" || c.Database != "" {
		return access.Master(c.MasterKey), nil
	}
	path := filepath.Join(c.DataDir, masterFile)
	b, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return makeMaster(c.DataDir, path)
	}
	if err != nil {
		return "", fmt.Errorf("master key: %w", err)
	}
	text := strings.TrimSpace(string(b))
	if len(text) < safeKey {
		return "", authz.Errorf(authz.Invalid, "%s holds less than %d characters: restore it, or remove it and rotate the environments' keys", path, safeKey)
	}
	return access.Master(text), nil
}

// makeMaster makes the file whole or not at all, and durable: keys are made of it.
func makeMaster(dir, path string) (access.Master, error) {
	var b [64]byte
	_, _ = rand.Read(b[:]) // never fails, says crypto/rand
	text := hex.EncodeToString(b[:])
	f, err := os.CreateTemp(dir, masterFile+".*") // readable by nobody else
	if err != nil {
		return "", fmt.Errorf("master key: %w", err)
	}
	defer func() { _ = os.Remove(f.Name()) }() // gone already where it was renamed
	_, err = f.WriteString(text + "\n")
	if err := errors.Join(err, f.Sync(), f.Close()); err != nil {
		return "", fmt.Errorf("master key: %w", err)
	}
	if err := os.Rename(f.Name(), path); err != nil {
		return "", fmt.Errorf("master key: %w", err)
	}
	d, err := os.Open(dir)
	if err != nil {
		return "", fmt.Errorf("master key: %w", err)
	}
	return access.Master(text), errors.Join(d.Sync(), d.Close())
}

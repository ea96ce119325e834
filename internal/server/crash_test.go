package server_test

import (
	"context"
	"database/sql"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/gatehouse-authz/gatehouse/internal/demo/simtest"
	"github.com/gatehouse-authz/gatehouse/internal/server"
	"github.com/gatehouse-authz/gatehouse/internal/store/sqldb"
)

// serve starts a site that ends with the test.
func serve(t testing.TB, h http.Handler) *simtest.Site {
	t.Helper()
	s := &simtest.Site{Handler: h}
	if err := s.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Kill)
	return s
}

// A mortal is a house that can be crashed in this process: at one moment nothing it
// says reaches anybody any more, and what its files hold then, with no transaction
// ended early and no log of the database written back, is what the next one finds.
// It is reached at the front, whose address stays.
type mortal struct {
	*house
	front  *simtest.Site
	config server.Config
	wait   sync.WaitGroup

	mu   sync.Mutex
	at   string          // guarded by mu; where the house listens
	life context.Context // guarded by mu; nil while the house is dead
	end  context.CancelFunc
}

// newMortal starts a house from the files of dir.
func newMortal(t testing.TB, c server.Config) *mortal {
	t.Helper()
	m := &mortal{config: c}
	m.front = serve(t, http.HandlerFunc(m.forward))
	t.Cleanup(m.wait.Wait)
	m.start(t)
	return m
}

func (m *mortal) start(t testing.TB) {
	t.Helper()
	h, _ := run(t, m.config)
	m.mu.Lock()
	defer m.mu.Unlock()
	m.at = h.url
	m.life, m.end = context.WithCancel(context.Background())
	m.house = &house{t: t, url: m.front.URL(), key: h.key, stop: h.stop}
}

// forward passes a request on. An answer of a house that has crashed goes nowhere.
func (m *mortal) forward(w http.ResponseWriter, r *http.Request) {
	m.mu.Lock()
	at, life := m.at, m.life
	m.mu.Unlock()
	if life == nil {
		panic(http.ErrAbortHandler)
	}
	req, err := http.NewRequestWithContext(life, r.Method, at+r.URL.String(), r.Body)
	if err != nil {
		panic(http.ErrAbortHandler)
	}
	req.Header = r.Header.Clone()
	res, err := client.Do(req)
	if err != nil {
		panic(http.ErrAbortHandler)
	}
	defer res.Body.Close() //nolint:errcheck // the body is only read
	body, err := io.ReadAll(res.Body)
	m.mu.Lock()
	defer m.mu.Unlock()
	if err != nil || m.life != life {
		panic(http.ErrAbortHandler)
	}
	for name, values := range res.Header {
		w.Header()[name] = values
	}
	w.WriteHeader(res.StatusCode)
	_, _ = w.Write(body)
}

// crash kills the house and keeps its files as they are at that moment. The one
// that is dead goes on for a while, at files that nobody reads any more.
func (m *mortal) crash(t testing.TB) {
	t.Helper()
	m.mu.Lock()
	m.life = nil
	m.mu.Unlock()
	m.end()
	m.config.DataDir = image(t, m.config.DataDir)
	m.wait.Go(m.stop)
}

// image copies a data directory as a crash would leave it: while it holds the
// database's write lock nothing is committed, and the log is not begun anew. It is
// copied by another process, since closing a file here would end the locks on it.
func image(t testing.TB, dir string) (to string) {
	t.Helper()
	to = filepath.Join(t.TempDir(), "data")
	if err := os.Mkdir(to, 0o700); err != nil {
		t.Fatal(err)
	}
	db, err := sqldb.Open(t.Context(), "sqlite:"+filepath.Join(dir, "gatehouse.db"))
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close() //nolint:errcheck // nothing was written
	if err := db.Update(t.Context(), func(ctx context.Context, _ *sql.Tx) error { return copyFiles(ctx, dir, to) }); err != nil {
		t.Fatal(err)
	}
	return to
}

// copyFiles copies what a data directory holds, but for what only lives in memory.
func copyFiles(ctx context.Context, dir, to string) error {
	files, err := os.ReadDir(dir)
	if err != nil {
		return err
	}
	args := []string{"-p"}
	for _, f := range files {
		if !strings.HasSuffix(f.Name(), "-shm") && !strings.HasSuffix(f.Name(), ".lock") {
			args = append(args, filepath.Join(dir, f.Name()))
		}
	}
	return exec.CommandContext(ctx, "cp", append(args, to)...).Run()
}

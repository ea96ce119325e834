package server

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"
)

// watchedServer answers what was sent to it under small limits.
func watchedServer(t *testing.T, l limits, h http.HandlerFunc) string {
	t.Helper()
	w := newWatch(l, time.Millisecond)
	ctx, stop := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() {
		defer close(done)
		w.run(ctx)
	}()
	s := httptest.NewUnstartedServer(h)
	s.Listener, s.Config.ConnState = w.listener(s.Listener), w.turn
	s.Start()
	t.Cleanup(func() {
		s.CloseClientConnections()
		s.Close()
		stop()
		<-done
		w.mu.Lock()
		defer w.mu.Unlock()
		if len(w.conns) > 0 {
			t.Errorf("%d connections are still watched", len(w.conns))
		}
	})
	return s.Listener.Addr().String()
}

const (
	short  = 30 * time.Millisecond
	longer = time.Minute
)

// TestNobodyKeepsAConnectionForNothing: each way to keep a connection busy ends when
// its time is over, long before any other limit.
func TestNobodyKeepsAConnectionForNothing(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		limits limits
		send   string
	}{
		"sends nothing":                    {limits{short, longer, longer}, ""},
		"sends half a header":              {limits{short, longer, longer}, "POST / HTTP/1.1\r\nHost:"},
		"sends half a body":                {limits{longer, short, longer}, "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\n1234"},
		"asks no more":                     {limits{longer, longer, short}, "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\n\r\n1"},
		"sends half of the second request": {limits{longer, longer, short}, "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\n\r\n1POST /"},
		"does not read":                    {limits{longer, short, longer}, "POST /much HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			ended := make(chan struct{}, 1)
			address := watchedServer(t, c.limits, func(w http.ResponseWriter, r *http.Request) {
				_, _ = io.Copy(io.Discard, r.Body)
				for r.URL.Path == "/much" {
					if _, err := w.Write(make([]byte, 1<<20)); err != nil {
						ended <- struct{}{}
						return
					}
				}
			})
			conn, err := net.Dial("tcp", address)
			if err != nil {
				t.Fatal(err)
			}
			defer func() { _ = conn.Close() }()
			if _, err := io.Copy(conn, strings.NewReader(c.send)); err != nil {
				t.Fatal(err)
			}
			if name == "does not read" {
				<-ended
				return
			}
			_ = conn.SetReadDeadline(time.Now().Add(longer / 2))
			if _, err := io.ReadAll(conn); isTimeout(err) {
				t.Error("the connection is still open")
			}
		})
	}
}

func isTimeout(err error) bool {
	var timeout net.Error
	return errors.As(err, &timeout) && timeout.Timeout()
}

// TestABusyConnectionStaysOpen: a connection is used for much longer than any of
// its limits.
func TestABusyConnectionStaysOpen(t *testing.T) {
	t.Parallel()
	remotes := map[string]bool{}
	l := limits{first: 200 * time.Millisecond, active: 200 * time.Millisecond, idle: 200 * time.Millisecond}
	address := watchedServer(t, l, func(_ http.ResponseWriter, r *http.Request) { remotes[r.RemoteAddr] = true })
	client := &http.Client{Transport: &http.Transport{}}
	for end := time.Now().Add(3 * l.first); time.Now().Before(end); {
		res, err := client.Get("http://" + address)
		if err != nil {
			t.Fatal(err)
		}
		_ = res.Body.Close()
	}
	client.CloseIdleConnections()
	if len(remotes) != 1 {
		t.Errorf("got %d connections, want the same all along", len(remotes))
	}
}

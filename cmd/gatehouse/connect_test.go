package main

import (
	"bytes"
	"context"
	"log/slog"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/gatehouse-authz/gatehouse/internal/demo/logtosim"
	"github.com/gatehouse-authz/gatehouse/internal/server"
)

// TestConnectThenDoctor: from a server that knows of no Logto to one with which all
// is well, by two commands.
func TestConnectThenDoctor(t *testing.T) {
	t.Parallel()
	sim := logtosim.New(logtosim.Config{AppID: "app", AppSecret: "the-app-secret"})
	sim.Import(logtosim.User{ID: "ann"}, logtosim.User{ID: "bob"})
	web := httptest.NewServer(sim)
	t.Cleanup(web.Close)
	const key = "permit_key_of_the_tests_environment"
	s, err := server.New(t.Context(), server.Config{
		Listen: "127.0.0.1:0", DataDir: t.TempDir(), APIKey: key, Log: slog.New(slog.DiscardHandler), Logto: server.Logto{SweepEvery: time.Hour},
	})
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- s.Run(ctx) }()
	t.Cleanup(func() {
		stop()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
	secret := filepath.Join(t.TempDir(), "secret")
	if err := os.WriteFile(secret, []byte("the-app-secret\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	command := func(args ...string) (int, string) {
		var out, errs bytes.Buffer
		code := run(append(args, "--url", "http://"+s.Addr(), "--api-key", key), &out, &errs)
		return code, out.String() + errs.String()
	}
	until := time.After(30 * time.Second)
	code, out := command("doctor")
	for ; strings.Contains(out, "starting"); code, out = command("doctor") {
		select {
		case <-until:
			t.Fatal("the server does not start")
		default:
		}
	}
	if code != exitFailed || !strings.Contains(out, "gatehouse logto connect") {
		t.Errorf("before: got %d\n%s", code, out)
	}
	code, out = command("logto", "connect", "--endpoint", web.URL, "--app-id", "app", "--app-secret-file", secret)
	if !strings.Contains(out, "ok     backfill           completed at ") || !strings.Contains(out, "2 users and 0 organizations looked at, 2 differed") {
		t.Errorf("the backfill is not shown to its end:\n%s", out)
	}
	if code != exitOK || !strings.Contains(out, "test delivery") || strings.Contains(out, "WRONG") || strings.Contains(out, "the-app-secret") {
		t.Errorf("connect: got %d\n%s", code, out)
	}
	if code, out = command("doctor"); code != exitOK || !strings.Contains(out, "ok     deliveries         the last came ") {
		t.Errorf("after: got %d\n%s", code, out)
	}
	for _, c := range []struct {
		args []string
		says string
	}{
		{[]string{"logto", "connect", "--endpoint", web.URL, "--app-id", "app", "--app-secret-file", secret, "--wait", "1ns"}, "it goes on in the server"},
		{[]string{"sync", "status"}, "done: "},
		{[]string{"sync", "status"}, "last delivery: "},
	} {
		if code, out = command(c.args...); code == exitFailed || code == exitUsage || !strings.Contains(out, c.says) {
			t.Errorf("%s: got %d, want %q in\n%s", c.args, code, c.says, out)
		}
	}
	sim.SetFaults(logtosim.Faults{Requests: []logtosim.Fault{{Path: "/api/users/", Slow: 2 * askEvery}}}) // one user, not the list
	sim.Import(logtosim.User{ID: "cid"})
	code, out = command("logto", "connect", "--endpoint", web.URL, "--app-id", "app", "--app-secret-file", secret)
	if !strings.Contains(out, "66 %  looking at what was found: 1 to go\n") || code != exitOK {
		t.Errorf("got %d, want to be shown how far it is:\n%s", code, out)
	}
}

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
	if code != exitOK || !strings.Contains(out, "test delivery") || strings.Contains(out, "WRONG") || strings.Contains(out, "the-app-secret") {
		t.Errorf("connect: got %d\n%s", code, out)
	}
	if code, out = command("doctor"); code != exitOK {
		t.Errorf("after: got %d\n%s", code, out)
	}
}

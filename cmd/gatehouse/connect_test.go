package main

import (
	"bytes"
	"context"
	"encoding/json"
	"log/slog"
	"net/http"
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
	command, _ := served(t, server.Logto{SweepEvery: time.Hour})
	secret := filepath.Join(t.TempDir(), "secret")
	if err := os.WriteFile(secret, []byte("the-app-secret\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	code, out := command("doctor")
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

const serverKey = "permit_key_of_the_tests_environment"

// served starts a server, and returns how to run commands against it and its address.
func served(t *testing.T, logto server.Logto) (command func(args ...string) (int, string), address string) {
	t.Helper()
	s, err := server.New(t.Context(), server.Config{
		Listen: "127.0.0.1:0", DataDir: t.TempDir(), APIKey: serverKey, Log: slog.New(slog.DiscardHandler), Logto: logto,
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
	command = func(args ...string) (int, string) {
		var out, errs bytes.Buffer
		code := run(append(args, "--url", "http://"+s.Addr(), "--api-key", serverKey), &out, &errs)
		return code, out.String() + errs.String()
	}
	until := time.After(30 * time.Second)
	for _, out := command("doctor"); strings.Contains(out, "starting"); _, out = command("doctor") {
		select {
		case <-until:
			t.Fatal("the server does not start")
		default:
		}
	}
	return command, "http://" + s.Addr()
}

// connected is served with the stand-in Logto of docs/mapping.md, and with some roles.
func connected(t *testing.T) func(args ...string) (int, string) {
	t.Helper()
	sim := logtosim.New(logtosim.Config{AppID: "app", AppSecret: "the-app-secret"})
	sim.Import(
		logtosim.User{ID: "ann", PrimaryEmail: new("ann@acme.com"), CustomData: []byte(`{"plan":"gold","level":7}`)},
		logtosim.User{ID: "bob", PrimaryEmail: new("bob@example.org")})
	sim.ImportOrganizations(logtosim.Organization{ID: "o1", Name: "Acme", CustomData: []byte(`{"tier":"gold"}`)})
	sim.ImportMember("o1", "ann", logtosim.OrganizationRole{ID: "r1", Name: "owner"})
	sim.ImportMember("o1", "bob")
	sim.GiveRoles("ann", logtosim.Role{ID: "r2", Name: "staff", Type: "User"})
	web := httptest.NewServer(sim)
	t.Cleanup(web.Close)
	command, address := served(t, server.Logto{SweepEvery: time.Hour, Endpoint: web.URL, AppID: "app", AppSecret: "the-app-secret"})
	c := caller{URL: address, APIKey: serverKey}
	for _, role := range []string{"viewer", "member", "admin"} {
		if err := c.call(t.Context(), http.MethodPost, "/v2/schema/default/dev/roles", json.RawMessage(`{"key":"`+role+`","name":"x"}`), new(any)); err != nil {
			t.Fatal(err)
		}
	}
	if err := c.call(t.Context(), http.MethodPost, "/v2/facts/default/dev/tenants", json.RawMessage(`{"key":"acme","name":"Acme"}`), new(any)); err != nil {
		t.Fatal(err)
	}
	return command
}

package stage

import (
	"context"
	"io"
	"log/slog"
	"testing"

	"github.com/gatehouse-authz/gatehouse/internal/demo"
	"github.com/gatehouse-authz/gatehouse/internal/demo/logtosim"
)

// Demo runs the demo until the test ends, with applications that people may sign in
// to beside the sample.
func Demo(t testing.TB, applications ...logtosim.Registration) demo.Running {
	t.Helper()
	ready, ended := make(chan demo.Running, 1), make(chan error, 1)
	ctx, cancel := context.WithCancel(context.Background())
	go func() {
		ended <- demo.Run(ctx, demo.Config{
			Listen: "127.0.0.1:0", LogtoListen: "127.0.0.1:0", AppListen: "127.0.0.1:0", Applications: applications,
			Out: io.Discard, Log: slog.New(slog.NewTextHandler(t.Output(), nil)), Ready: func(r demo.Running) { ready <- r },
		})
	}()
	select {
	case running := <-ready:
		t.Cleanup(func() {
			cancel()
			if err := <-ended; err != nil {
				t.Errorf("the demo ended with %v", err)
			}
		})
		return running
	case err := <-ended:
		cancel()
		t.Fatalf("the demo ended with %v before it ran", err)
		return demo.Running{}
	}
}

// Environ is how a visit is told of a demo.
func Environ(r demo.Running) []string {
	return []string{
		"GATEHOUSE_URL=" + r.Gatehouse, "GATEHOUSE_API_KEY=" + r.APIKey, "GATEHOUSE_LOGTO=" + r.Logto,
		"GATEHOUSE_APP=" + r.App, "GATEHOUSE_LINK=" + r.Link,
	}
}

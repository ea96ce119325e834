package main

import (
	"bytes"
	"strings"
	"testing"
)

func TestTheDemoSaysWhatItCannotHave(t *testing.T) {
	t.Parallel()
	var stdout, stderr bytes.Buffer
	code := run([]string{"demo", "--listen", "127.0.0.1:0", "--logto-listen", "127.0.0.1:0", "--app-listen", "127.0.0.1:99999"}, &stdout, &stderr)
	if code != exitFailed || !strings.Contains(stderr.String(), "sample application: listen tcp") || stdout.Len() > 0 {
		t.Errorf("got %d, %q and %q; want %d and what could not be had", code, stdout.String(), stderr.String(), exitFailed)
	}
}

// TestTheDemoLogsWarningsOnly unless it is told otherwise: what it prints is to be read.
func TestTheDemoLogsWarningsOnly(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		level, command string
		said           bool
	}{{"", "demo", false}, {"", "serve", true}, {"info", "demo", true}, {"error", "serve", false}} {
		var out bytes.Buffer
		c := cli{LogFormat: "text", LogLevel: test.level}
		c.logger(&out, test.command).Info("hello")
		if said := out.Len() > 0; said != test.said {
			t.Errorf("%s with level %q: said %v, want %v", test.command, test.level, said, test.said)
		}
	}
}

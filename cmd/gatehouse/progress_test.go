package main

import (
	"bytes"
	"testing"
)

// TestProgressIsABarInATerminal, and elsewhere a line for each step.
func TestProgressIsABarInATerminal(t *testing.T) {
	t.Parallel()
	for want, terminal := range map[string]bool{
		"0 %  users\n50 %  users\n100 %  done\n": false,
		"\r\x1b[K[..............................]   0 %  users" +
			"\r\x1b[K[###############...............]  50 %  users" +
			"\r\x1b[K[##############################] 100 %  done" + "\r\x1b[K": true,
	} {
		var out bytes.Buffer
		d := newDisplay(&out)
		if d.terminal {
			t.Error("a buffer is taken for a terminal")
		}
		d.terminal = terminal
		d.show(0, "users")
		d.show(0, "users")
		d.show(0, "")
		d.show(50, "users")
		d.show(100, "done")
		d.end()
		if got := out.String(); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}

package main

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"
	"time"
)

// A display shows one line that changes: as a bar in a terminal, and elsewhere as a
// line each time it says something else.
type display struct {
	w        io.Writer
	terminal bool
	said     string
}

func newDisplay(w io.Writer) *display {
	f, is := w.(*os.File)
	if !is {
		return &display{w: w}
	}
	info, err := f.Stat()
	return &display{w: w, terminal: err == nil && info.Mode()&os.ModeCharDevice != 0 && os.Getenv("TERM") != "dumb"}
}

// barWidth is how many characters a whole bar has.
const barWidth = 30

// show says how far something is, in percent, if there is something to say.
func (d *display) show(percent int, text string) {
	if text == "" {
		return
	}
	text = fmt.Sprintf("%3d %%  %s", percent, text)
	if text == d.said {
		return
	}
	d.said = text
	if !d.terminal {
		_, _ = fmt.Fprintln(d.w, strings.TrimLeft(text, " "))
		return
	}
	full := max(0, min(percent, 100)) * barWidth / 100
	_, _ = fmt.Fprintf(d.w, "\r\x1b[K[%s%s] %s", strings.Repeat("#", full), strings.Repeat(".", barWidth-full), text)
}

// end takes the bar away.
func (d *display) end() {
	if d.terminal && d.said != "" {
		_, _ = fmt.Fprint(d.w, "\r\x1b[K")
	}
}

// A sweep is how far Logto has been gone through; api/console.yaml has it.
type sweep struct {
	Phase              string     `json:"phase"`
	Users              int        `json:"users"`
	Organizations      int        `json:"organizations"`
	UsersTotal         int        `json:"users_total"`
	OrganizationsTotal int        `json:"organizations_total"`
	Remaining          int        `json:"remaining"`
	Percent            int        `json:"percent"`
	Found              int        `json:"found"`
	Error              string     `json:"error"`
	StartedAt          *time.Time `json:"started_at"`
	CompletedAt        *time.Time `json:"completed_at"`
	Seconds            float64    `json:"completed_seconds"`
	Unkept             []string   `json:"roles_not_kept"`
}

// sweep asks how far the sweep is; nil if Logto is not connected.
func (c *caller) sweep(ctx context.Context) (s *sweep, err error) {
	return s, c.call(ctx, http.MethodGet, c.path+"/logto/sweep", nil, &s)
}

// String is the sweep in one line.
func (s *sweep) String() string {
	counts := fmt.Sprintf("%d users and %d organizations looked at, %d differed", s.Users, s.Organizations, s.Found)
	switch {
	case s.Phase != "":
		return s.Phase + ", " + counts
	case s.Error != "":
		return fmt.Sprintf("failed: %q", s.Error)
	case s.CompletedAt == nil:
		return "none yet"
	}
	return fmt.Sprintf("completed at %s in %.1f s, %s", s.CompletedAt.Format(time.RFC3339), s.Seconds, counts)
}

// step is what the sweep does at the moment; empty if nothing.
func (s *sweep) step() string {
	switch {
	case s.Phase != "":
		return fmt.Sprintf("going through %s: %d of %d users and %d of %d organizations looked at, %d to go",
			s.Phase, s.Users, s.UsersTotal, s.Organizations, s.OrganizationsTotal, s.Remaining)
	case s.Error != "":
		return fmt.Sprintf("the sweep failed and comes again: %q", s.Error)
	case s.Remaining > 0:
		return fmt.Sprintf("looking at what was found: %d to go", s.Remaining)
	}
	return ""
}

package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"os"
	"slices"

	"github.com/gatehouse-authz/gatehouse/internal/authz"
)

type applyCommand struct {
	caller `embed:""`
	File   string `help:"The file, in YAML or JSON; - is standard input." default:"gatehouse.yaml" short:"f" env:"GATEHOUSE_FILE"`
	DryRun bool   `help:"Show what would be done, and for whom; change nothing."`
	Show   int    `help:"How many users to name of those of whom something would become." default:"20"`
}

// Help is what gatehouse apply --help adds.
func (*applyCommand) Help() string {
	return `Examples:

  gatehouse apply --dry-run
      What gatehouse.yaml would change in the environment of GATEHOUSE_API_KEY, and what users would be given and lose.

  gatehouse apply --file gatehouse.yaml --url https://authz.example.com --api-key-file /run/secrets/gatehouse
      Show it and do it. Doing it again changes nothing.

A file, of which each part may be left out; what a part does not name is as in a fresh environment:

  logto:
    mapping:
      rules:
        - name: staff
          condition: user.primaryEmail.endsWith('@acme.com')
          roles: [admin]
          tenants: [acme]
  settings:
    missing_denies: true

Exit codes: 0 the environment is what the file says, 1 failed, 2 the command line or the file is wrong,
3 with --dry-run: something would change.`
}

// Run shows the plan, and without DryRun carries it out.
func (c *applyCommand) Run(e *environment) error {
	wanted, err := c.read()
	if err != nil {
		return err
	}
	if err := c.prepare(e.ctx); err != nil {
		return err
	}
	changes := 0
	if wanted.mapping != nil {
		n, err := c.planMapping(e, wanted.mapping)
		if err != nil {
			return wrongFile(err)
		}
		changes += n
	}
	if wanted.settings != nil {
		n, err := c.planSettings(e, wanted.settings)
		if err != nil {
			return wrongFile(err)
		}
		changes += n
	}
	if changes == 0 {
		_, _ = fmt.Fprintln(e.stdout, "The environment is what the file says.")
	}
	if c.DryRun {
		if changes > 0 {
			_, _ = fmt.Fprintln(e.stdout, "Nothing was changed; without --dry-run it is.")
			return exit{exitDifferent, fmt.Sprintf("%d changes are to be made", changes)}
		}
		return nil
	}
	// What is so already is put all the same: what follows from it is looked for again.
	if wanted.settings != nil && err == nil {
		err = c.put(e, "/settings", wanted.settings)
	}
	if wanted.mapping != nil && err == nil {
		err = c.put(e, "/logto/mapping", wanted.mapping)
	}
	if err == nil && changes > 0 {
		_, _ = fmt.Fprintln(e.stdout, "Done. Everybody is looked at again; gatehouse sync status shows how far it is.")
	}
	return wrongFile(err)
}

// wrongFile says of what the server cannot take that the file is at fault.
func wrongFile(err error) error {
	if r, is := errors.AsType[*refusal](err); is && (r.status == http.StatusBadRequest || r.status == http.StatusUnprocessableEntity) {
		return exit{exitUsage, "the file cannot be applied: " + r.message}
	}
	return err
}

func (c *applyCommand) put(e *environment, path string, v any) error {
	return c.call(e.ctx, http.MethodPut, c.path+path, v, &json.RawMessage{})
}

// A foreseen is a preview of a mapping; api/console.yaml has it.
type foreseen struct {
	Changes                      []string
	From, Why                    string
	Whole                        bool
	Users, Given, Taken, Failing int
	Changed                      int `json:"users_changed"`
	Attributes                   int `json:"attributes_changed"`
	Made                         int `json:"tenants_made_total"`
	LetGo                        int `json:"tenants_let_go_total"`
	Roles                        foreseenRoles
	List                         []foreseenUser
}

type foreseenRoles struct{ Made, Changed, Removed, Notes []string }

func (r foreseenRoles) show(w io.Writer) {
	for _, part := range []struct {
		sign, text string
		list       []string
	}{{"+", "role ", r.Made}, {"~", "role ", r.Changed}, {"-", "role ", r.Removed}, {"!", "", r.Notes}} {
		for _, x := range part.list {
			_, _ = fmt.Fprintf(w, "  %s %s%s\n", part.sign, part.text, x)
		}
	}
}

type foreseenUser struct {
	User         string
	Given, Taken []foreseenGift
	Attributes   []string
	Failing      []struct{ Expression, Why string }
}

type foreseenGift struct{ Role, Tenant, By string }

func (g foreseenGift) String() string {
	if g.Role == "" {
		return fmt.Sprintf("membership of %s (%s)", g.Tenant, g.By)
	}
	return fmt.Sprintf("%s in %s (%s)", g.Role, g.Tenant, g.By)
}

// planMapping shows what the mapping would do, and says how many changes of it there are.
func (c *applyCommand) planMapping(e *environment, m map[string]any) (int, error) {
	var p foreseen
	wish := map[string]any{"mapping": m, "limit": min(max(c.Show, 1), 1000)}
	if err := c.call(e.ctx, http.MethodPost, c.path+"/logto/mapping/preview", wish, &p); err != nil {
		return 0, err
	}
	for _, line := range p.Changes {
		_, _ = fmt.Fprintf(e.stdout, "logto.mapping %s\n", line)
	}
	p.show(e.stdout, c.Show)
	return len(p.Changes), nil
}

func (p foreseen) show(w io.Writer, most int) {
	if p.From == "nothing" {
		_, _ = fmt.Fprintln(w, "Nothing is known of a Logto: what the mapping does to whom is not known.")
		return
	}
	from := map[string]string{"source": "Logto", "payloads": "what webhooks told"}[p.From]
	_, _ = fmt.Fprintf(w, "By %s, of %d users %d change: %d memberships and roles given, %d taken, attributes of %d; %d tenants made, %d let go; %d expressions fail.\n",
		from, p.Users, p.Changed, p.Given, p.Taken, p.Attributes, p.Made, p.LetGo, p.Failing)
	if !p.Whole {
		_, _ = fmt.Fprintf(w, "Not everybody was looked at: %s.\n", p.Why)
	}
	p.Roles.show(w)
	for _, u := range p.List[:min(len(p.List), max(most, 0))] {
		for _, g := range u.Given {
			_, _ = fmt.Fprintf(w, "  + %s: %s\n", u.User, g)
		}
		for _, g := range u.Taken {
			_, _ = fmt.Fprintf(w, "  - %s: %s\n", u.User, g)
		}
		for _, a := range u.Attributes {
			_, _ = fmt.Fprintf(w, "  ~ %s: %s\n", u.User, a)
		}
		for _, f := range u.Failing {
			_, _ = fmt.Fprintf(w, "  ! %s: %s fails: %q\n", u.User, f.Expression, f.Why)
		}
	}
	if len(p.List) > most {
		_, _ = fmt.Fprintln(w, "  … and more; --show names more")
	}
}

// planSettings shows what settings would be others, and counts them.
func (c *applyCommand) planSettings(e *environment, wanted map[string]any) (changes int, err error) {
	var is map[string]any
	if err := c.call(e.ctx, http.MethodGet, c.path+"/settings", nil, &is); err != nil {
		return 0, err
	}
	for name := range wanted {
		if _, known := is[name]; !known {
			return 0, authz.InvalidField("settings."+name, "settings.%s: there is no such setting; there are %v", name, slices.Sorted(maps.Keys(is)))
		}
	}
	for _, name := range slices.Sorted(maps.Keys(is)) {
		v, named := wanted[name]
		if !named {
			v, wanted[name] = false, false
		}
		if v != is[name] {
			_, _ = fmt.Fprintf(e.stdout, "settings ~ %s: %v, was %v\n", name, v, is[name])
			changes++
		}
	}
	return changes, nil
}

// read reads the file.
func (c *applyCommand) read() (wish, error) {
	in := io.Reader(os.Stdin)
	if c.File != "-" {
		f, err := os.Open(c.File)
		if err != nil {
			return wish{}, authz.InvalidField("file", "--file cannot be read: %v", err)
		}
		defer f.Close() //nolint:errcheck // it is only read
		in = f
	}
	text, err := io.ReadAll(io.LimitReader(in, maxFile+1))
	switch {
	case err != nil:
		return wish{}, authz.InvalidField("file", "--file cannot be read: %v", err)
	case len(text) > maxFile:
		return wish{}, authz.InvalidField("file", "%s is longer than %d bytes", c.File, maxFile)
	}
	return parseFile(c.File, text)
}

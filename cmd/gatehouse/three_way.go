package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
)

// A threeWay is Logto, Gatehouse and the account side by side, as the server tells it.
type threeWay struct {
	Equal    bool         `json:"equal"`
	Logto    sideCompared `json:"logto"`
	Account  sideCompared `json:"account"`
	Subjects []struct {
		Kind  string `json:"kind"`
		Key   string `json:"key"`
		Steps []struct {
			Between string   `json:"between"`
			Kind    string   `json:"kind"`
			Key     string   `json:"key"`
			Cause   string   `json:"cause"`
			Fields  []string `json:"fields"`
			Plan    string   `json:"plan"`
		} `json:"steps"`
	} `json:"subjects"`
}

type sideCompared struct {
	Known bool   `json:"known"`
	Equal bool   `json:"equal"`
	Why   string `json:"why"`
	Total int    `json:"differences_total"`
}

// threeWay compares on both sides, shows the plan, and with Yes carries it out: first
// Gatehouse becomes what Logto is, then the account what Gatehouse is.
func (c *mirrorDrift) threeWay(ctx context.Context, e *environment) error {
	both := func(logto string) (t threeWay, err error) {
		if err := c.await(e, logto, c.Timeout); differs(err) != nil {
			return t, err
		}
		if _, err := c.awaitMirror(e, c.Timeout); err != nil {
			return t, err
		}
		if _, err := c.compared(ctx); err != nil {
			return t, err
		}
		return t, c.call(ctx, http.MethodGet, c.path+"/mirror/three-way", nil, &t)
	}
	t, err := both("sweep")
	if err != nil {
		return err
	}
	t.show(e.stdout)
	if t.Equal || !c.Yes && !c.Repair {
		if !t.Equal {
			_, _ = fmt.Fprintln(e.stdout, "Nothing was done; with --yes the plan is carried out.")
		}
		return t.verdict()
	}
	if t, err = both("repair"); err != nil {
		return err
	}
	if !t.Account.Equal {
		if err := c.call(ctx, http.MethodPost, c.path+"/mirror/repair", nil, &struct{}{}); err != nil {
			return err
		}
		if t, err = both("sweep"); err != nil {
			return err
		}
	}
	t.show(e.stdout)
	return t.verdict()
}

// differs is nil for the error of a comparison that found something.
func differs(err error) error {
	if x, ok := errors.AsType[exit](err); ok && x.code == exitDifferent {
		return nil
	}
	return err
}

func (t threeWay) show(w io.Writer) {
	for _, side := range []struct {
		name string
		is   sideCompared
	}{{"Logto and Gatehouse", t.Logto}, {"Gatehouse and the account", t.Account}} {
		switch {
		case !side.is.Known:
			_, _ = fmt.Fprintf(w, "%s: not known: %s\n", side.name, side.is.Why)
		default:
			_, _ = fmt.Fprintf(w, "%s: %d differences\n", side.name, side.is.Total)
		}
	}
	for _, s := range t.Subjects {
		_, _ = fmt.Fprintf(w, "  %s %q\n", s.Kind, s.Key)
		for _, step := range s.Steps {
			where := map[string]string{"logto_gatehouse": "from Logto", "gatehouse_account": "in the account"}[step.Between]
			what := strings.ReplaceAll(step.Cause, "_", " ")
			if len(step.Fields) > 0 {
				what += " in " + strings.Join(step.Fields, ", ")
			}
			_, _ = fmt.Fprintf(w, "    %s, %s %q %s: %s\n", where, step.Kind, step.Key, what, step.Plan)
		}
	}
}

func (t threeWay) verdict() error {
	switch {
	case t.Equal:
		return nil
	case !t.Logto.Known || !t.Account.Known:
		return exit{exitUnknown, "it is not known whether the three are the same"}
	}
	return exit{exitDifferent, "Logto, Gatehouse and the account are not the same"}
}

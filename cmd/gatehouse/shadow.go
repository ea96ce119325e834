package main

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"time"

	"github.com/gatehouse-authz/gatehouse/internal/httpapi/console"
)

type shadowCommand struct {
	Report shadowReport `cmd:"" default:"withargs" help:"Show what comparing came to, and whether it is safe to switch."`
	Set    shadowSet    `cmd:"" help:"Say which share of the checks is compared, and with what; share 0 ends it."`
	Forget shadowForget `cmd:"" help:"Forget what was found, so that comparing begins anew."`
}

const shadowExits = `
Exit codes: 0 safe, 1 failed, 2 the command line is wrong, 3 the two sides disagree, 4 not known yet.`

type shadowReport struct {
	caller `embed:""`
	Checks int  `help:"How many checks must have agreed." default:"1000"`
	Hours  int  `help:"Over how many hours they must have been asked." default:"24"`
	Why    bool `help:"Show both explanations of each disagreement."`
}

// Help is what gatehouse shadow report --help adds.
func (*shadowReport) Help() string {
	return `Examples:

  gatehouse shadow
      Is it safe to switch, and if not, why?

  gatehouse shadow report --checks 100000 --hours 168 --why
      After a week of use; with what each side says of each disagreement.
` + shadowExits
}

// A shadowFound is what comparing came to, as the server tells it.
type shadowFound struct {
	Verdict   string     `json:"verdict"`
	Reasons   []string   `json:"why"`
	Share     float64    `json:"share"`
	Address   string     `json:"pdp_url"`
	Since     *time.Time `json:"since"`
	Asked     int64      `json:"asked"`
	Agreed    int64      `json:"agreed"`
	Late      int64      `json:"agreed_late"`
	Disagreed int64      `json:"disagreed"`
	Again     int64      `json:"asked_again"`
	Unsettled int64      `json:"unsettled"`
	Failed    int64      `json:"failed"`
	Dropped   int64      `json:"dropped"`
	Covered   []struct {
		Way    string `json:"way"`
		Agreed int64  `json:"agreed"`
	} `json:"covered"`
	Disagreements []struct {
		N        int64           `json:"n"`
		First    time.Time       `json:"first_at"`
		Last     time.Time       `json:"last_at"`
		Question json.RawMessage `json:"question"`
		Here     struct {
			Allow bool            `json:"allow"`
			Debug json.RawMessage `json:"debug"`
		} `json:"here"`
		There struct {
			Debug json.RawMessage `json:"debug"`
		} `json:"there"`
	} `json:"disagreements"`
}

// Run shows the report.
func (c *shadowReport) Run(e *environment) error {
	if err := c.prepare(e.ctx); err != nil {
		return err
	}
	var f shadowFound
	path := c.path + "/shadow?checks=" + strconv.Itoa(c.Checks) + "&hours=" + strconv.Itoa(c.Hours)
	if err := c.call(e.ctx, http.MethodGet, path, nil, &f); err != nil {
		return err
	}
	f.show(e.stdout, c.Why)
	switch f.Verdict {
	case "safe":
		return nil
	case "unsafe":
		return exit{exitDifferent, "it is not safe to switch: the two sides disagree"}
	}
	return exit{exitUnknown, "it is not known yet whether it is safe to switch"}
}

func (f *shadowFound) show(w io.Writer, why bool) {
	say := func(format string, args ...any) { _, _ = fmt.Fprintf(w, format+"\n", args...) }
	if f.Share > 0 {
		say("%g %% of the checks are compared with %s", 100*f.Share, f.Address)
	}
	if f.Since != nil {
		say("since %s: %d compared, %d agreed, %d agreed late, %d disagreed, %d asked again, %d unsettled; %d failed, %d dropped",
			f.Since.Format(time.RFC3339), f.Asked, f.Agreed, f.Late, f.Disagreed, f.Again, f.Unsettled, f.Failed, f.Dropped)
		for _, x := range f.Covered {
			say("  %d agreed: %s", x.Agreed, x.Way)
		}
	}
	for _, d := range f.Disagreements {
		here, there := "deny", "allow"
		if d.Here.Allow {
			here, there = there, here
		}
		say("  %d times, last %s: %s here, %s in the account: %s", d.N, d.Last.Format(time.RFC3339), here, there, d.Question)
		if why {
			say("    here:  %s\n    there: %s", d.Here.Debug, d.There.Debug)
		}
	}
	if f.Verdict == "safe" {
		say("it is safe to switch")
	}
	for _, reason := range f.Reasons {
		say("not safe: %s", reason)
	}
}

type shadowSet struct {
	caller     `embed:""`
	Share      string `help:"Share of the checks, from 0, which ends it, to 1." required:""`
	PDPURL     string `name:"pdp-url" help:"Address of the account's decision point; otherwise the one that is kept."`
	PDPKey     string `name:"pdp-key" help:"API key that it takes; otherwise the one that is kept, if the address is the same." env:"GATEHOUSE_PDP_KEY"`
	PDPKeyFile string `name:"pdp-key-file" help:"File that holds --pdp-key." env:"GATEHOUSE_PDP_KEY_FILE"`
}

// Help is what gatehouse shadow set --help adds.
func (*shadowSet) Help() string {
	return `Examples:

  gatehouse shadow set --share 0.1 --pdp-url https://cloudpdp.api.permit.io --pdp-key-file /run/secrets/permit
      Ask the account's decision point every tenth check too. It is asked once at once; the key is kept encrypted.

  gatehouse shadow set --share 0
      Compare nothing any more. What was found stays.

The API key needs admin access. A decision never waits for the comparison.

Exit codes: 0 set, 1 failed, 2 the command line is wrong.`
}

// Run says what is compared.
func (c *shadowSet) Run(e *environment) error {
	if err := c.prepare(e.ctx); err != nil {
		return err
	}
	if err := fromFile("GATEHOUSE_PDP_KEY", c.PDPKeyFile, &c.PDPKey); err != nil {
		return err
	}
	if _, err := strconv.ParseFloat(c.Share, 64); err != nil {
		return exit{exitUsage, "--share is not a number from 0 to 1"}
	}
	wish := console.ShadowWish{Share: json.Number(c.Share), Address: c.PDPURL, Key: c.PDPKey}
	if err := c.call(e.ctx, http.MethodPut, c.path+"/shadow", wish, &struct{}{}); err != nil {
		return err
	}
	_, _ = fmt.Fprintln(e.stdout, "set; gatehouse shadow shows what comes of it")
	return nil
}

type shadowForget struct {
	caller `embed:""`
}

// Run forgets.
func (c *shadowForget) Run(e *environment) error {
	if err := c.prepare(e.ctx); err != nil {
		return err
	}
	if err := c.call(e.ctx, http.MethodPost, c.path+"/shadow/forget", nil, &struct{}{}); err != nil {
		return err
	}
	_, _ = fmt.Fprintln(e.stdout, "forgotten")
	return nil
}

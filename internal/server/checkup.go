package server

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/gatehouse-authz/gatehouse/internal/authz"
	"github.com/gatehouse-authz/gatehouse/internal/httpapi/console"
	"github.com/gatehouse-authz/gatehouse/internal/ingest/logto"
)

// checkupLimit bounds what a checkup may take.
const checkupLimit = 30 * time.Second

// A checkup gathers findings.
type checkup []console.Finding

func (c *checkup) fine(check, format string, args ...any) {
	*c = append(*c, console.Finding{Check: check, OK: true, Detail: fmt.Sprintf(format, args...)})
}

func (c *checkup) wrong(check, format string, args ...any) {
	*c = append(*c, console.Finding{Check: check, Detail: fmt.Sprintf(format, args...)})
}

// Checkup implements [console.Connections].
func (c *connector) Checkup(ctx context.Context, env authz.EnvID) ([]console.Finding, error) {
	if err := c.fed(env); err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, checkupLimit)
	defer cancel()
	var found checkup
	if c.master == "" {
		found.wrong("master key", "there is none, so no connection can be stored: set GATEHOUSE_MASTER_KEY, the same for every process on the database")
	} else {
		found.fine("master key", "there is one")
	}
	if _, _, err := c.kept(ctx, env); err != nil {
		found.wrong("stored connection", "%v; or run gatehouse logto connect again", err)
	}
	client := c.source.API()
	if client == nil {
		found.wrong("logto", "its Management API is not connected: run gatehouse logto connect")
		return found, nil
	}
	hooks, err := client.Hooks(ctx)
	if err != nil {
		found.wrong("logto", "%v", err)
		return found, nil
	}
	found.fine("logto", "%s answers, and the app %s may use the Management API", client.Endpoint, client.AppID)
	checkClock(&found, client)
	if hook, ok := c.checkHook(ctx, &found, client, hooks); ok {
		if err := c.checkDeliveries(ctx, &found, hook); err != nil {
			return nil, err
		}
	}
	c.checkSweep(&found)
	return found, nil
}

// skewed is how far Logto's clock may differ from ours, with the way between.
const skewed = 30 * time.Second

// checkClock looks at Logto's clock, which dates what it tells.
func checkClock(found *checkup, client *logto.Client) {
	skew := client.Skew()
	if skew.Abs() <= skewed {
		found.fine("logto's clock", "it is ours")
		return
	}
	found.wrong("logto's clock", "its answers are dated %v %s ours: set both by NTP", skew.Abs().Round(time.Second), map[bool]string{true: "ahead of", false: "behind"}[skew > 0])
}

// checkHook looks at the webhook that leads here, and returns it; ok is false if there
// is none.
func (c *connector) checkHook(ctx context.Context, found *checkup, client *logto.Client, hooks []logto.Hook) (h logto.Hook, is bool) {
	const check, remedy = "webhook", "run gatehouse logto connect, which repairs it"
	address, ok := c.webhook(client.Endpoint, "")
	of := func(h logto.Hook) bool { return slices.Contains(c.source.Keys(), h.SigningKey) || h.URL == address }
	i := slices.IndexFunc(hooks, func(h logto.Hook) bool { return of(h) && h.URL == address })
	if i < 0 {
		i = slices.IndexFunc(hooks, of)
	}
	if i < 0 {
		if ok {
			found.wrong(check, "Logto has none to %s: %s", address, remedy)
		} else {
			found.fine(check, "there is none, since there is no GATEHOUSE_PUBLIC_URL; sweeps alone keep the directory equal")
		}
		return h, false
	}
	h, before := hooks[i], len(*found)
	if ok && h.URL != address {
		found.wrong(check, "it leads to %s, and not to %s: correct it in Logto, or GATEHOUSE_PUBLIC_URL here", h.URL, address)
	}
	if !h.Enabled {
		found.wrong(check, "it is disabled in Logto: %s", remedy)
	}
	if lacks := h.Lacks(); len(lacks) > 0 {
		found.wrong(check, "it does not ask for %s: %s", strings.Join(lacks, ", "), remedy)
	}
	if !slices.Contains(c.source.Keys(), h.SigningKey) {
		found.wrong(check, "its signing key is not known here, so every delivery is refused: %s, or set GATEHOUSE_LOGTO_SIGNING_KEY", remedy)
	}
	c.checkWay(ctx, found, h)
	if before == len(*found) {
		found.fine(check, "%s is enabled and asks for everything", h.URL)
	}
	return h, true
}

// checkWay looks at what answers at the webhook's address. A delivery without a
// signature is refused with 401 here. Logto may reach what this machine does not.
func (c *connector) checkWay(ctx context.Context, found *checkup, h logto.Hook) {
	const check = "webhook"
	status, to, err := knock(ctx, h.URL)
	switch {
	case err != nil && h.Succeeded == 0 && !c.delivered():
		found.wrong(check, "%s does not answer, and nothing has come from Logto: does it lead here? (%v)", h.URL, err)
	case err != nil, status == http.StatusUnauthorized:
	case status/100 == 3:
		found.wrong(check, "%s redirects (%d) to %s, and Logto loses deliveries on the way: let the proxy pass the path as it is", h.URL, status, to)
	default:
		found.wrong(check, "%s answers %d, which is not gatehouse: let the proxy pass the path as it is, and correct the address", h.URL, status)
	}
}

// knock posts nothing to the address, and returns what it answers and, if it
// redirects, where to.
func knock(ctx context.Context, address string) (status int, to string, err error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, address, http.NoBody)
	if err != nil {
		return 0, "", err
	}
	client := http.Client{Timeout: 5 * time.Second, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	res, err := client.Do(req)
	if err != nil {
		return 0, "", err
	}
	defer res.Body.Close() //nolint:errcheck // nothing is read
	return res.StatusCode, res.Header.Get("Location"), nil
}

// delivered reports whether a delivery was taken since the start.
func (c *connector) delivered() bool {
	n := c.inbox.Counts()
	return n.Accepted+n.Duplicate > 0
}

// checkDeliveries looks at what came of the webhook's deliveries.
func (c *connector) checkDeliveries(ctx context.Context, found *checkup, h logto.Hook) error {
	const check = "deliveries"
	last, ok, err := c.inbox.LastKept(ctx)
	if err != nil {
		return err
	}
	came := "none has come yet"
	if ok {
		came = fmt.Sprintf("the last came %v ago", time.Since(last).Round(time.Second))
	}
	if h.Tried > 0 && h.Succeeded == 0 && !c.delivered() {
		found.wrong(check, "Logto tried %d in the last 24 hours and none succeeded, %s: the webhook's recent requests in Logto say why", h.Tried, came)
		return nil
	}
	found.fine(check, "%s; Logto tried %d in the last 24 hours, and %d succeeded", came, h.Tried, h.Succeeded)
	return nil
}

// checkSweep looks at how old the last sweep is.
func (c *connector) checkSweep(found *checkup) {
	const check = "sweep"
	if !c.sweep.Active() {
		found.wrong(check, "GATEHOUSE_LOGTO_SWEEP_EVERY is 0: what no webhook tells is never found; set it to 5m")
		return
	}
	p := c.sweep.Progress()
	switch age := time.Since(p.CompletedAt); {
	case p.Error != "":
		found.wrong(check, "the last one failed: %s", p.Error)
	case p.CompletedAt.IsZero():
		_, percent := p.Remaining(0)
		found.fine(check, "the first is under way: %d %% of %d users and %d organizations", percent, p.UsersTotal, p.OrganizationsTotal)
	case age > 3*c.config.Logto.SweepEvery+p.Took:
		found.wrong(check, "the last one ended %v ago, though there should be one every %v: see gatehouse's log, and GATEHOUSE_LOGTO_SWEEP_RATE", age.Round(time.Second), c.config.Logto.SweepEvery)
	default:
		found.fine(check, "the last one ended %v ago", age.Round(time.Second))
	}
}

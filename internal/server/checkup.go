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
	c.checkHook(ctx, &found, client, hooks)
	c.checkSweep(&found)
	return found, nil
}

// checkHook looks at the webhook that leads here.
func (c *connector) checkHook(ctx context.Context, found *checkup, client *logto.Client, hooks []logto.Hook) {
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
		return
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
	if status, to := redirects(ctx, h.URL); status != 0 {
		found.wrong(check, "%s redirects (%d) to %s, and Logto loses deliveries on the way: let the proxy pass the path as it is", h.URL, status, to)
	}
	if before == len(*found) {
		found.fine(check, "%s is enabled and asks for everything", h.URL)
	}
}

// redirects is the status of a redirect at the address, and where it leads; 0 if
// there is none, or nothing answers.
func redirects(ctx context.Context, address string) (status int, to string) {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, address, http.NoBody)
	if err != nil {
		return 0, ""
	}
	client := http.Client{Timeout: 5 * time.Second, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	res, err := client.Do(req)
	if err != nil {
		return 0, ""
	}
	defer res.Body.Close() //nolint:errcheck // nothing is read
	if res.StatusCode/100 != 3 {
		return 0, ""
	}
	return res.StatusCode, res.Header.Get("Location")
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
		found.fine(check, "the first is under way: %d users looked at", p.Users)
	case age > 3*c.config.Logto.SweepEvery+p.Took:
		found.wrong(check, "the last one ended %v ago, though there should be one every %v: see gatehouse's log, and GATEHOUSE_LOGTO_SWEEP_RATE", age.Round(time.Second), c.config.Logto.SweepEvery)
	default:
		found.fine(check, "the last one ended %v ago", age.Round(time.Second))
	}
}

package server

import (
	"context"
	"encoding/json"
	"fmt"
	"net"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/gatehouse-authz/gatehouse/internal/authz"
	"github.com/gatehouse-authz/gatehouse/internal/httpapi/console"
	"github.com/gatehouse-authz/gatehouse/internal/ingest/logto"
)

// A connector connects the house to Logto while it runs.
type connector struct {
	*Server
	mu sync.Mutex // held while connecting
}

// A sealedConnection is what is kept of a connection, encrypted. Without an endpoint
// the server's settings say how Logto is reached.
type sealedConnection struct {
	Endpoint    string   `json:"endpoint,omitempty"`
	AppID       string   `json:"app_id,omitempty"`
	AppSecret   string   `json:"app_secret,omitempty"`
	Resource    string   `json:"resource,omitempty"`
	SigningKeys []string `json:"signing_keys"`
}

// hookPath is where webhooks are taken.
const hookPath = "/hooks/logto"

// place is where the connection of an environment is sealed.
func (s *Server) place(env authz.EnvID) string {
	return "connection/" + string(env) + "/" + s.source.Name()
}

// reconnect takes up the connection that is kept, if one is. What the server's
// settings say wins.
func (s *Server) reconnect(ctx context.Context) error {
	env := s.inbox.Env
	if env == "" {
		return nil
	}
	kept, ok, err := s.kept(ctx, env)
	if err != nil {
		s.config.Log.Error("the stored connection to logto is not used; connect again", "error", err)
		return nil
	}
	if !ok {
		return nil
	}
	client := s.source.Client
	if client == nil && kept.Endpoint != "" {
		client = s.client(kept)
	}
	s.source.Connect(s.config.keysWith(kept.SigningKeys), client)
	return nil
}

func (s *Server) kept(ctx context.Context, env authz.EnvID) (kept sealedConnection, ok bool, err error) {
	sealed, ok, err := s.store.Connection(ctx, env, s.source.Name())
	if err != nil || !ok {
		return kept, false, err
	}
	text, err := s.master.Open(s.place(env), sealed)
	if err != nil {
		return kept, false, err
	}
	return kept, true, json.Unmarshal(text, &kept)
}

func (s *Server) keep(ctx context.Context, env authz.EnvID, c sealedConnection) error {
	text, err := json.Marshal(c)
	if err != nil {
		return err
	}
	sealed, err := s.master.Seal(s.place(env), text)
	if err != nil {
		return err
	}
	return s.store.KeepConnection(ctx, env, s.source.Name(), sealed)
}

func (s *Server) client(c sealedConnection) *logto.Client {
	client := &logto.Client{Endpoint: c.Endpoint, AppID: c.AppID, AppSecret: c.AppSecret, Resource: c.Resource}
	if s.config.Logto.SweepRate > 0 {
		client.Pause = time.Second / time.Duration(s.config.Logto.SweepRate)
	}
	return client
}

// keysWith are the signing keys of the settings and others, each once.
func (c Config) keysWith(others []string) []string {
	keys := slices.Concat(c.Logto.SigningKeys, others)
	keys = slices.DeleteFunc(keys, func(k string) bool { return k == "" })
	slices.Sort(keys)
	return slices.Compact(keys)
}

// fed refuses environments that Logto does not feed.
func (s *Server) fed(env authz.EnvID) error {
	if env == "" || env != s.inbox.Env {
		return authz.Errorf(authz.Conflict, "logto's users go into the environment that was made first; connect that one")
	}
	return nil
}

// Connection implements [console.Connections].
func (c *connector) Connection(_ context.Context, env authz.EnvID) (console.Connection, error) {
	if err := c.fed(env); err != nil {
		return console.Connection{}, err
	}
	is := console.Connection{BySettings: c.source.Client != nil, SigningKeys: len(c.source.Keys())}
	if client := c.source.API(); client != nil {
		is.Connected, is.Endpoint, is.AppID = true, client.Endpoint, client.AppID
		is.Webhook, _ = c.webhook(client.Endpoint, "")
	}
	return is, nil
}

// wished is the client that a wish asks for, and what of it is kept.
func (c *connector) wished(w console.ConnectionWish) (*logto.Client, sealedConnection, error) {
	if set := c.source.Client; set != nil {
		if w.Endpoint != "" && w.Endpoint != set.Endpoint || w.AppID != "" && w.AppID != set.AppID {
			return nil, sealedConnection{}, authz.Errorf(authz.Conflict, "the server's settings GATEHOUSE_LOGTO_… name another logto or app, and they win; start it without them, or leave endpoint and app_id out")
		}
		return set, sealedConnection{}, nil
	}
	kept := sealedConnection{Endpoint: w.Endpoint, AppID: w.AppID, AppSecret: w.AppSecret, Resource: w.Resource}
	client := c.client(kept)
	return client, kept, client.Validate()
}

// webhook is the address of the webhook as Logto sees it; ok is false if Logto could
// not reach it. A Logto on this machine reaches what listens here.
func (c *connector) webhook(endpoint, public string) (address string, ok bool) {
	base := c.config.publicURL(c.Addr()).String()
	if public != "" {
		base = strings.TrimRight(public, "/")
	} else if c.config.PublicURL == "" && !local(endpoint) {
		return "", false
	}
	return base + hookPath, true
}

// local reports whether the address is of this machine.
func local(endpoint string) bool {
	u, err := url.Parse(endpoint)
	if err != nil {
		return false
	}
	ip := net.ParseIP(u.Hostname())
	return u.Hostname() == "localhost" || ip != nil && ip.IsLoopback()
}

// connectLimit bounds what connecting may take, a test delivery included.
const connectLimit = 40 * time.Second

// Connect implements [console.Connections].
func (c *connector) Connect(ctx context.Context, env authz.EnvID, w console.ConnectionWish) (steps []console.Step, err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	ctx, cancel := context.WithTimeout(ctx, connectLimit)
	defer cancel()
	if err := c.fed(env); err != nil {
		return nil, err
	}
	if err := (Config{PublicURL: w.PublicURL}).checkPublicURL(); err != nil {
		return nil, authz.InvalidField("public_url", "public_url is not an address such as https://authz.example.com, without user, query and fragment")
	}
	client, kept, err := c.wished(w)
	if err != nil {
		return nil, err
	}
	if _, err := c.master.Seal(c.place(env), nil); err != nil {
		return nil, err
	}
	hooks, err := client.Hooks(ctx)
	if err != nil {
		return nil, authz.Errorf(authz.Invalid, "nothing was changed: %v", err)
	}
	done := func(name, format string, args ...any) {
		steps = append(steps, console.Step{Name: name, Done: true, Detail: fmt.Sprintf(format, args...)})
	}
	done("credentials", "%s accepts the app %s, and it may use the Management API", client.Endpoint, client.AppID)
	hook, step, err := c.hang(ctx, client, hooks, w.PublicURL)
	if err != nil {
		return nil, authz.Errorf(authz.Invalid, "the webhook could not be put into logto, and nothing was changed here: %v", err)
	}
	steps = append(steps, step)
	kept.SigningKeys = []string{hook.SigningKey}
	if err := c.keep(ctx, env, kept); err != nil {
		return nil, err
	}
	c.source.Connect(c.config.keysWith(kept.SigningKeys), client)
	done("connection", "stored encrypted, and in use")
	if hook.ID != "" {
		steps = append(steps, try(ctx, client, hook))
	}
	if c.sweep != nil {
		c.sweep.Ask()
		done("backfill", "everything in Logto is being gone through; /console/v1/status shows how far it is")
	}
	return steps, nil
}

// hang makes sure that the webhook is there, asks for everything and is enabled.
func (c *connector) hang(ctx context.Context, client *logto.Client, hooks []logto.Hook, public string) (logto.Hook, console.Step, error) {
	step := console.Step{Name: "webhook", Done: true}
	address, ok := c.webhook(client.Endpoint, public)
	if !ok {
		step.Done, step.Detail = false, "there is none: Logto cannot reach this server without a public address (GATEHOUSE_PUBLIC_URL, or --public-url); sweeps keep the directory equal, later"
		return logto.Hook{}, step, nil
	}
	i := slices.IndexFunc(hooks, func(h logto.Hook) bool { return h.URL == address })
	if i < 0 {
		h, err := client.CreateHook(ctx, "Gatehouse", address)
		step.Detail = "made, to " + address
		return h, step, err
	}
	h := hooks[i]
	if h.Enabled && len(h.Lacks()) == 0 {
		step.Detail = "there already, to " + address
		return h, step, nil
	}
	repaired, err := client.RepairHook(ctx, h)
	step.Detail = fmt.Sprintf("repaired, to %s: it was disabled or did not ask for %d events", address, len(h.Lacks()))
	return repaired, step, err
}

// try has Logto send a test delivery.
func try(ctx context.Context, client *logto.Client, h logto.Hook) console.Step {
	if err := client.TestHook(ctx, h); err != nil {
		return console.Step{Name: "test delivery", Detail: err.Error()}
	}
	return console.Step{Name: "test delivery", Done: true, Detail: "sent by Logto and accepted here"}
}

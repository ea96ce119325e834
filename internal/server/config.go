package server

import (
	"cmp"
	"log/slog"
	"net/mail"
	"net/url"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/gatehouse-authz/gatehouse/internal/access"
	"github.com/gatehouse-authz/gatehouse/internal/access/openid"
	"github.com/gatehouse-authz/gatehouse/internal/authz"
	"github.com/gatehouse-authz/gatehouse/internal/httpapi/console"
	"github.com/gatehouse-authz/gatehouse/internal/httpapi/permitpdp"
	"github.com/gatehouse-authz/gatehouse/internal/ingest/logto"
)

// A Config is what an operator may set. Empty fields mean what their comment says.
type Config struct {
	Listen    string // address to listen on; port 0 is any free one
	PublicURL string // where callers reach the server; empty: http:// and the address it listens on
	DataDir   string // holds the SQLite database and the lock of the process
	Database  string // postgres://…; empty: SQLite in DataDir

	// OPAListen is a second address, for clients that ask the policy behind Permit's
	// PDP directly; empty: there is none.
	OPAListen string
	// KongRoutes is the table of permitpdp.ParseKongRoutes; empty: Kong is refused.
	KongRoutes []byte

	// APIKey and OrgAPIKey are the secrets of the first start's keys; empty ones
	// are generated. Later starts do not change keys.
	APIKey    string
	OrgAPIKey string

	// AdminEmail and AdminPassword sign the first administrator in to the dashboard.
	// Without a password one is made at the first start; one that is given replaces
	// what was kept. Without an address it is admin@localhost.
	AdminEmail    string
	AdminPassword string

	// Dashboard lets people sign in to the dashboard with Logto.
	Dashboard SignIn

	// MasterKey is what the own keys of environments are derived from. Empty: a file
	// in DataDir, made at the first start; none if there is a Database.
	MasterKey string

	Logto  Logto
	Mirror Mirror

	// DefaultRole in DefaultTenant is what a user that a source brings in gets
	// first; without a role it gets nothing.
	DefaultRole   string
	DefaultTenant string

	// DecisionLog is how long decisions are kept; 0 records none.
	DecisionLog time.Duration
	// History is how long commits, the history of changes and the requests behind it are kept, Deliveries how
	// long what sources sent is, but for what is needed; 0 keeps them for ever.
	History, Deliveries time.Duration

	Log *slog.Logger
	// Announce is called with the keys that the first start made, secrets included.
	Announce func(Announcement)
	// AnnounceAdmin is called with the password of the first administrator, if one was
	// made.
	AnnounceAdmin func(email, password string)
}

// Logto is how to meet one Logto tenant.
type Logto struct {
	SigningKeys []string // of its webhooks; none: no webhook is accepted
	Endpoint    string   // its address; empty: work from the payloads of webhooks alone
	AppID       string   // a machine-to-machine app with the Management API scope
	AppSecret   string
	Resource    string // indicator of the Management API; empty: https://default.logto.app/api

	// SweepEvery is how often everything in Logto is gone through for what no webhook
	// told; 0 never. It needs the Management API.
	SweepEvery time.Duration
	// SweepRate is how many requests a second that may make; 0 is any number.
	SweepRate int

	// JIT is how long a question about a user waits at most that the environment does
	// not know, for Logto to say whether there is one; 0 is not to ask. It needs the
	// Management API.
	JIT time.Duration
	// JITAtOnce is how many users are asked for at once; beyond, no question waits.
	JITAtOnce int
}

// SignIn is an application of Logto with which people sign in to the dashboard: whoever
// has the verified e-mail address of a member.
type SignIn struct {
	AppID     string // empty: nobody does
	AppSecret string // empty: a single-page application, which has none
	Issuer    string // empty: /oidc of the endpoint in Logto
}

// CallbackPath is where Logto sends people back who sign in to the dashboard.
const CallbackPath = console.CallbackPath

// provider is where people sign in; nil if nowhere.
func (c Config) provider(addr string) *openid.Provider {
	d := c.Dashboard
	if d.AppID == "" {
		return nil
	}
	return &openid.Provider{
		Issuer: d.issuer(c.Logto.Endpoint), ClientID: d.AppID, ClientSecret: d.AppSecret, Redirect: c.publicURL(addr).String() + console.CallbackPath,
	}
}

func (d SignIn) issuer(endpoint string) string {
	if d.Issuer != "" || endpoint == "" {
		return d.Issuer
	}
	return strings.TrimRight(endpoint, "/") + "/oidc"
}

func (d SignIn) check(endpoint string) error {
	if d.AppID == "" {
		if d.AppSecret != "" || d.Issuer != "" {
			return authz.InvalidField("GATEHOUSE_DASHBOARD_APP_ID", "GATEHOUSE_DASHBOARD_APP_ID is not set: it is the id of the application in logto with which people sign in to the dashboard")
		}
		return nil
	}
	u, err := url.Parse(d.issuer(endpoint))
	if err != nil || u.Scheme != "https" && u.Scheme != "http" || u.Host == "" || u.RawQuery != "" || u.Fragment != "" || u.User != nil {
		return authz.InvalidField("GATEHOUSE_DASHBOARD_ISSUER", "GATEHOUSE_DASHBOARD_ISSUER is not an address such as https://auth.example.com/oidc; it may be left out where GATEHOUSE_LOGTO_ENDPOINT is set")
	}
	return nil
}

// An Announcement is what the first start made and nobody can read again.
type Announcement struct {
	APIKey    string // environment level; empty if the operator gave it
	OrgAPIKey string // organization level; empty if the operator gave it
}

const databaseFile = "gatehouse.db"

func (c Config) databaseURL() string {
	return cmp.Or(c.Database, "sqlite:"+filepath.Join(c.DataDir, databaseFile))
}

// source is the Logto source that c describes. It returns Invalid, naming the
// setting, if c asks for the Management API and lacks a part of it.
func (c Config) source() (*logto.Source, error) {
	s := &logto.Source{SigningKeys: slices.DeleteFunc(slices.Clone(c.Logto.SigningKeys), func(k string) bool { return k == "" })}
	if c.Logto.Endpoint == "" {
		if c.Logto.AppID != "" || c.Logto.AppSecret != "" {
			return nil, authz.InvalidField("GATEHOUSE_LOGTO_ENDPOINT", "GATEHOUSE_LOGTO_ENDPOINT is not set, but the app that would use it is")
		}
		return s, nil
	}
	s.Client = &logto.Client{Endpoint: c.Logto.Endpoint, AppID: c.Logto.AppID, AppSecret: c.Logto.AppSecret, Resource: c.Logto.Resource}
	if c.Logto.SweepRate > 0 {
		s.Client.Pause = time.Second / time.Duration(c.Logto.SweepRate)
	}
	return s, s.Client.Validate()
}

func (c Config) onboarding() authz.Onboarding {
	if c.DefaultRole == "" {
		return authz.Onboarding{}
	}
	return authz.Onboarding{Role: authz.RoleKey(c.DefaultRole), Tenant: authz.TenantKey(cmp.Or(c.DefaultTenant, "default"))}
}

// check refuses settings that cannot work, naming them.
func (c Config) check() error {
	if err := c.checkDatabase(); err != nil {
		return err
	}
	if err := c.checkPublicURL(); err != nil {
		return err
	}
	if _, err := c.kongRoutes(); err != nil {
		return err
	}
	if c.Logto.SweepEvery < 0 || c.Logto.SweepEvery > 0 && c.Logto.SweepEvery < time.Second {
		return authz.InvalidField("GATEHOUSE_LOGTO_SWEEP_EVERY", "GATEHOUSE_LOGTO_SWEEP_EVERY must be a second or more; 0 never sweeps")
	}
	if c.Logto.SweepRate < 0 {
		return authz.InvalidField("GATEHOUSE_LOGTO_SWEEP_RATE", "GATEHOUSE_LOGTO_SWEEP_RATE must not be negative; 0 is no limit")
	}
	if err := c.Logto.checkJIT(); err != nil {
		return err
	}
	if err := c.Dashboard.check(c.Logto.Endpoint); err != nil {
		return err
	}
	if c.DecisionLog < 0 {
		return authz.InvalidField("GATEHOUSE_DECISION_LOG_RETENTION", "GATEHOUSE_DECISION_LOG_RETENTION must not be negative; 0 records no decisions")
	}
	for name, kept := range map[string]time.Duration{"GATEHOUSE_HISTORY_RETENTION": c.History, "GATEHOUSE_DELIVERY_RETENTION": c.Deliveries} {
		if kept < 0 {
			return authz.InvalidField(name, "%s must not be negative; 0 keeps everything", name)
		}
	}
	if a, err := mail.ParseAddress(c.AdminEmail); c.AdminEmail != "" && (err != nil || a.Address != c.AdminEmail) {
		return authz.InvalidField("GATEHOUSE_ADMIN_EMAIL", "GATEHOUSE_ADMIN_EMAIL is not an e-mail address such as ann@example.com")
	}
	if c.AdminPassword != "" && len(c.AdminPassword) < access.ShortestPassword {
		return authz.InvalidField("GATEHOUSE_ADMIN_PASSWORD", "GATEHOUSE_ADMIN_PASSWORD is shorter than %d characters; leave it out to have one made", access.ShortestPassword)
	}
	if c.APIKey != "" && c.APIKey == c.OrgAPIKey {
		return authz.InvalidField("GATEHOUSE_ORG_API_KEY", "GATEHOUSE_ORG_API_KEY must not be the same key as GATEHOUSE_API_KEY")
	}
	if c.MasterKey != "" && len(c.MasterKey) < safeKey {
		return authz.InvalidField("GATEHOUSE_MASTER_KEY", "GATEHOUSE_MASTER_KEY is shorter than %d characters; use as many random ones or more", safeKey)
	}
	for name, key := range map[string]string{"GATEHOUSE_API_KEY": c.APIKey, "GATEHOUSE_ORG_API_KEY": c.OrgAPIKey} {
		if key != "" && len(key) >= shortestKey && len(key) < safeKey {
			c.Log.Warn("the key given is short: use 32 random characters or more", "setting", name)
		}
		if key != "" && len(key) < shortestKey {
			return authz.InvalidField(name, "%s is shorter than %d characters; leave it out to have one made", name, shortestKey)
		}
	}
	return nil
}

// kongRoutes are the routes of Kong, nil if Kong is refused.
func (c Config) kongRoutes() ([]permitpdp.KongRoute, error) {
	if len(c.KongRoutes) == 0 {
		return nil, nil
	}
	routes, err := permitpdp.ParseKongRoutes(c.KongRoutes)
	if err != nil {
		return nil, authz.InvalidField("GATEHOUSE_KONG_ROUTES", "GATEHOUSE_KONG_ROUTES: %v", err)
	}
	return routes, nil
}

// checkDatabase refuses what is no address of a PostgreSQL, without repeating it:
// it may hold a password, and a password with an @ or / in it ends up in the host.
// A SQLite database elsewhere would not have the lock that keeps a second process
// away.
func (c Config) checkDatabase() error {
	if c.Database == "" {
		return nil
	}
	if !strings.HasPrefix(c.Database, "postgres://") && !strings.HasPrefix(c.Database, "postgresql://") {
		return authz.InvalidField("GATEHOUSE_DATABASE", "GATEHOUSE_DATABASE does not begin with postgres://; leave it out to use the embedded database")
	}
	authority, _, _ := strings.Cut(strings.SplitN(c.Database, "://", 2)[1], "/")
	if _, err := url.Parse(c.Database); err != nil || strings.Count(authority, "@") > 1 {
		return authz.InvalidField("GATEHOUSE_DATABASE", "GATEHOUSE_DATABASE is not an address such as postgres://user:password@host/name; write @, / and : of a password as %%40, %%2F and %%3A")
	}
	return nil
}

// checkPublicURL refuses what clients could not put paths behind.
func (c Config) checkPublicURL() error {
	if c.PublicURL == "" {
		return nil
	}
	u, err := url.Parse(c.PublicURL)
	if err != nil || u.Scheme != "https" && u.Scheme != "http" || u.Hostname() == "" || u.Opaque != "" ||
		u.User != nil || strings.ContainsAny(c.PublicURL, "?#") || path.Clean("/"+u.Path) != "/"+strings.Trim(u.Path, "/") {
		return authz.InvalidField("GATEHOUSE_PUBLIC_URL", "GATEHOUSE_PUBLIC_URL is not an address such as https://authz.example.com, without user, query and fragment")
	}
	return nil
}

// publicURL is where callers reach the server, without a slash at the end; addr
// is where it listens.
func (c Config) publicURL(addr string) *url.URL {
	u, err := url.Parse(strings.TrimRight(c.PublicURL, "/"))
	if err != nil || c.PublicURL == "" {
		return &url.URL{Scheme: "http", Host: addr}
	}
	return u
}

// shortestKey is the least length of a key that an operator gives. Keys shorter
// than safeKey are taken with a warning: the digest of one could be searched.
const (
	shortestKey = 8
	safeKey     = 32
)

// longestJIT is how long a question may wait: clients give up not much later.
const longestJIT = 10 * time.Second

func (l Logto) checkJIT() error {
	if l.JIT < 0 || l.JIT > longestJIT {
		return authz.InvalidField("GATEHOUSE_LOGTO_JIT", "GATEHOUSE_LOGTO_JIT must be between 0, which asks for nobody, and %v", longestJIT)
	}
	if l.JIT > 0 && l.JITAtOnce < 1 {
		return authz.InvalidField("GATEHOUSE_LOGTO_JIT_AT_ONCE", "GATEHOUSE_LOGTO_JIT_AT_ONCE must be 1 or more; GATEHOUSE_LOGTO_JIT=0 asks for nobody")
	}
	return nil
}

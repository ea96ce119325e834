package main

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/gatehouse-authz/gatehouse/internal/authz"
	"github.com/gatehouse-authz/gatehouse/internal/server"
)

// What settings are that are left out, or set to nothing: compose files set a
// variable that their user did not set to nothing.
const (
	defaultListen  = "127.0.0.1:7766"
	defaultDataDir = "gatehouse-data"
	defaultLog     = "30d"
	defaultSweep   = "5m"
	defaultJIT     = "1s"
)

type serveCommand struct {
	Listen    string `help:"Address to listen on." default:"${listen}" env:"GATEHOUSE_LISTEN"`
	PublicURL string `help:"Address at which callers reach the server, as https://authz.example.com; empty: http:// and the address it listens on." env:"GATEHOUSE_PUBLIC_URL"`
	DataDir   string `help:"Directory of the embedded database." default:"${data_dir}" env:"GATEHOUSE_DATA_DIR"`
	Database  string `help:"PostgreSQL to use instead of the embedded database, as postgres://…" env:"GATEHOUSE_DATABASE"`

	OPAListen  string `help:"Second address, for clients that ask the policy behind Permit's PDP directly, as 127.0.0.1:8181; empty: none." env:"GATEHOUSE_OPA_LISTEN"`
	KongRoutes string `help:"File with Kong's routes, as [[\"^/orders/\", \"order\"]]: Kong may ask at /kong; empty: it is refused." env:"GATEHOUSE_KONG_ROUTES"`

	DatabaseFile  string `help:"File that holds --database." env:"GATEHOUSE_DATABASE_FILE"`
	APIKey        string `help:"Environment-level API key to create at the first start; otherwise one is made and shown once." env:"GATEHOUSE_API_KEY"`
	APIKeyFile    string `help:"File that holds --api-key." env:"GATEHOUSE_API_KEY_FILE"`
	OrgAPIKey     string `help:"Organization-level API key to create at the first start; otherwise one is made and shown once." env:"GATEHOUSE_ORG_API_KEY"`
	OrgAPIKeyFile string `help:"File that holds --org-api-key." env:"GATEHOUSE_ORG_API_KEY_FILE"`

	MasterKey     string `help:"Secret that the environments' own API keys are derived from, so that they can be shown again; otherwise a file in the data directory, and none with --database." env:"GATEHOUSE_MASTER_KEY"`
	MasterKeyFile string `help:"File that holds --master-key." env:"GATEHOUSE_MASTER_KEY_FILE"`

	AdminEmail        string `help:"Address with which the first administrator signs in to the dashboard; otherwise admin@localhost." env:"GATEHOUSE_ADMIN_EMAIL"`
	AdminPassword     string `help:"Password of the first administrator, which replaces an earlier one; otherwise one is made at the first start and shown once." env:"GATEHOUSE_ADMIN_PASSWORD"`
	AdminPasswordFile string `help:"File that holds --admin-password." env:"GATEHOUSE_ADMIN_PASSWORD_FILE"`

	DashboardAppID         string `help:"Application of Logto with which members sign in to the dashboard, by their verified e-mail address; its redirect address is /console/v1/sign-in/logto/callback here." env:"GATEHOUSE_DASHBOARD_APP_ID"`
	DashboardAppSecret     string `help:"Its secret; a single-page application has none." env:"GATEHOUSE_DASHBOARD_APP_SECRET"`
	DashboardAppSecretFile string `help:"File that holds --dashboard-app-secret." env:"GATEHOUSE_DASHBOARD_APP_SECRET_FILE"`
	DashboardIssuer        string `help:"Issuer of its tokens; otherwise /oidc of --logto-endpoint." env:"GATEHOUSE_DASHBOARD_ISSUER"`

	LogtoSigningKey     []string `help:"Signing key of Logto's webhook; several, comma-separated, while one replaces another." env:"GATEHOUSE_LOGTO_SIGNING_KEY"`
	LogtoSigningKeyFile string   `help:"File that holds --logto-signing-key." env:"GATEHOUSE_LOGTO_SIGNING_KEY_FILE"`
	LogtoEndpoint       string   `help:"Address of Logto, to read the truth from its Management API; without it, payloads are all there is." env:"GATEHOUSE_LOGTO_ENDPOINT"`
	LogtoAppID          string   `help:"Id of a machine-to-machine app with the Management API scope \"all\"." env:"GATEHOUSE_LOGTO_APP_ID"`
	LogtoAppSecret      string   `help:"Secret of that app." env:"GATEHOUSE_LOGTO_APP_SECRET"`
	LogtoAppSecretFile  string   `help:"File that holds --logto-app-secret." env:"GATEHOUSE_LOGTO_APP_SECRET_FILE"`
	LogtoResource       string   `help:"Indicator of the Management API." default:"https://default.logto.app/api" env:"GATEHOUSE_LOGTO_RESOURCE"`
	LogtoSweepEvery     string   `help:"How often everything in Logto is gone through for what no webhook told, as 5m; 0 never." default:"${sweep_every}" env:"GATEHOUSE_LOGTO_SWEEP_EVERY"`
	LogtoSweepRate      int      `help:"How many requests a second that may make; 0 is any number." default:"50" env:"GATEHOUSE_LOGTO_SWEEP_RATE"`
	LogtoJIT            string   `help:"How long a question about an unknown user waits at most for Logto to say whether there is one, as 1s; 0 asks for nobody." default:"${jit}" env:"GATEHOUSE_LOGTO_JIT"`
	LogtoJITAtOnce      int      `help:"How many unknown users are asked for at once; beyond, no question waits." default:"8" env:"GATEHOUSE_LOGTO_JIT_AT_ONCE"`

	MirrorAPIURL  string `name:"mirror-api-url" help:"Address of Permit's API, as https://api.permit.io: an account there is kept equal; empty: none." env:"GATEHOUSE_MIRROR_API_URL"`
	MirrorKey     string `help:"API key of that account that may write." env:"GATEHOUSE_MIRROR_KEY"`
	MirrorKeyFile string `help:"File that holds --mirror-key." env:"GATEHOUSE_MIRROR_KEY_FILE"`
	mirrorFlags   `embed:""`

	DefaultRole   string `help:"Role that a new user gets; empty: none." default:"viewer" env:"GATEHOUSE_DEFAULT_ROLE"`
	DefaultTenant string `help:"Tenant in which a new user gets it." default:"default" env:"GATEHOUSE_DEFAULT_TENANT"`

	DecisionLogRetention string `help:"How long decisions are kept, as 30d or 12h; 0 records none." default:"${decision_log}" env:"GATEHOUSE_DECISION_LOG_RETENTION"`
	HistoryRetention     string `help:"How long commits, the history of changes and the requests behind it are kept, as 365d or 12h; 0 is for ever." default:"0" env:"GATEHOUSE_HISTORY_RETENTION"`
	DeliveryRetention    string `help:"How long webhook deliveries are kept that are not needed any more, as 30d or 12h; 0 is for ever." default:"0" env:"GATEHOUSE_DELIVERY_RETENTION"`
}

// Help is what gatehouse serve --help adds.
func (*serveCommand) Help() string {
	return `Examples:

  gatehouse serve
      Everything embedded, in ./gatehouse-data. The first start shows two API keys, once.

  GATEHOUSE_LOGTO_SIGNING_KEY=… gatehouse serve
      Take Logto's webhooks at http://127.0.0.1:7766/hooks/logto.

  GATEHOUSE_LOGTO_ENDPOINT=https://auth.example.com GATEHOUSE_LOGTO_APP_ID=… \
  GATEHOUSE_LOGTO_APP_SECRET_FILE=/run/secrets/logto GATEHOUSE_LOGTO_SIGNING_KEY_FILE=/run/secrets/hook \
  gatehouse serve --listen :7766 --database postgres://gatehouse@db/gatehouse
      In production: read the truth from Logto, keep it in PostgreSQL.

Every flag can be set by the variable shown beside it. A secret is better given by its …_FILE than by a flag, which
other users of the machine can see. SIGTERM lets what is in flight finish.

Exit codes: 0 stopped as asked, 1 failed, 2 a setting is wrong.`
}

// Run serves until the environment's context ends.
func (c *serveCommand) Run(e *environment) error {
	collectSeldom()
	config, err := c.config()
	if err != nil {
		return err
	}
	config.Log = e.log
	config.Announce = func(a server.Announcement) { announce(e.stdout, a) }
	config.AnnounceAdmin = func(email, password string) { announceAdmin(e.stdout, email, password) }
	s, err := server.New(e.ctx, config)
	if err != nil {
		return err
	}
	return s.Run(e.ctx)
}

func (c *serveCommand) config() (server.Config, error) {
	config := server.Config{
		Listen: cmp.Or(c.Listen, defaultListen), DataDir: cmp.Or(c.DataDir, defaultDataDir),
		PublicURL: c.PublicURL, OPAListen: c.OPAListen,
		Database: c.Database, APIKey: c.APIKey, OrgAPIKey: c.OrgAPIKey, MasterKey: c.MasterKey,
		AdminEmail: c.AdminEmail, AdminPassword: c.AdminPassword,
		Dashboard: server.SignIn{AppID: c.DashboardAppID, AppSecret: c.DashboardAppSecret, Issuer: c.DashboardIssuer},
		Logto: server.Logto{
			SigningKeys: c.LogtoSigningKey, Endpoint: c.LogtoEndpoint, AppID: c.LogtoAppID,
			AppSecret: c.LogtoAppSecret, Resource: c.LogtoResource, SweepRate: c.LogtoSweepRate, JITAtOnce: c.LogtoJITAtOnce,
		},
		Mirror:      c.mirrorFlags.config(c.MirrorAPIURL, c.MirrorKey),
		DefaultRole: c.DefaultRole, DefaultTenant: c.DefaultTenant,
	}
	var err error
	if c.KongRoutes != "" {
		if config.KongRoutes, err = os.ReadFile(c.KongRoutes); err != nil {
			return config, authz.InvalidField("GATEHOUSE_KONG_ROUTES", "GATEHOUSE_KONG_ROUTES cannot be read: %v", err)
		}
		if len(config.KongRoutes) == 0 {
			return config, authz.InvalidField("GATEHOUSE_KONG_ROUTES", "GATEHOUSE_KONG_ROUTES names an empty file; a table without routes is []")
		}
	}
	for _, kept := range []struct {
		name, text string
		into       *time.Duration
	}{
		{"GATEHOUSE_DECISION_LOG_RETENTION", cmp.Or(c.DecisionLogRetention, defaultLog), &config.DecisionLog},
		{"GATEHOUSE_HISTORY_RETENTION", cmp.Or(c.HistoryRetention, "0"), &config.History},
		{"GATEHOUSE_DELIVERY_RETENTION", cmp.Or(c.DeliveryRetention, "0"), &config.Deliveries},
	} {
		if *kept.into, err = retention(kept.name, kept.text); err != nil {
			return config, err
		}
	}
	if config.Logto.SweepEvery, err = retention("GATEHOUSE_LOGTO_SWEEP_EVERY", cmp.Or(c.LogtoSweepEvery, defaultSweep)); err != nil {
		return config, err
	}
	if config.Logto.JIT, err = retention("GATEHOUSE_LOGTO_JIT", cmp.Or(c.LogtoJIT, defaultJIT)); err != nil {
		return config, err
	}
	signing := ""
	for _, secret := range []struct {
		name, file string
		into       *string
	}{
		{"GATEHOUSE_DATABASE", c.DatabaseFile, &config.Database},
		{"GATEHOUSE_API_KEY", c.APIKeyFile, &config.APIKey},
		{"GATEHOUSE_ORG_API_KEY", c.OrgAPIKeyFile, &config.OrgAPIKey},
		{"GATEHOUSE_MASTER_KEY", c.MasterKeyFile, &config.MasterKey},
		{"GATEHOUSE_ADMIN_PASSWORD", c.AdminPasswordFile, &config.AdminPassword},
		{"GATEHOUSE_DASHBOARD_APP_SECRET", c.DashboardAppSecretFile, &config.Dashboard.AppSecret},
		{"GATEHOUSE_LOGTO_APP_SECRET", c.LogtoAppSecretFile, &config.Logto.AppSecret},
		{"GATEHOUSE_LOGTO_SIGNING_KEY", c.LogtoSigningKeyFile, &signing},
		{"GATEHOUSE_MIRROR_KEY", c.MirrorKeyFile, &config.Mirror.Key},
	} {
		if err := fromFile(secret.name, secret.file, secret.into); err != nil {
			return config, err
		}
	}
	if signing != "" {
		if len(config.Logto.SigningKeys) > 0 {
			return config, both("GATEHOUSE_LOGTO_SIGNING_KEY")
		}
		config.Logto.SigningKeys = strings.Split(signing, ",")
	}
	for i, k := range config.Logto.SigningKeys {
		config.Logto.SigningKeys[i] = strings.TrimSpace(k)
	}
	return config, nil
}

// retention reads how long something is kept: a duration of Go, or days.
func retention(name, text string) (time.Duration, error) {
	if days, ok := strings.CutSuffix(text, "d"); ok {
		n, err := strconv.Atoi(days)
		if err == nil && n >= 0 && n <= maxDays {
			return time.Duration(n) * 24 * time.Hour, nil
		}
	} else if d, err := time.ParseDuration(text); err == nil && d >= 0 {
		return d, nil
	}
	return 0, authz.InvalidField(name, "%s is not a time such as 30d, 12h or 0", name)
}

// maxDays is a century, well within a [time.Duration].
const maxDays = 36500

// fromFile reads a secret from its file, if there is one. White space around it
// is dropped, since editors end files with a new line.
func fromFile(name, file string, into *string) error {
	if file == "" {
		return nil
	}
	if *into != "" {
		return both(name)
	}
	b, err := os.ReadFile(file)
	if err != nil {
		return authz.InvalidField(name, "%s_FILE cannot be read: %v", name, err)
	}
	if *into = strings.TrimSpace(string(b)); *into == "" {
		return authz.InvalidField(name, "%s_FILE names an empty file", name)
	}
	return nil
}

func both(name string) error {
	return authz.InvalidField(name, "%s and %s_FILE are both set; leave one out", name, name)
}

// announce shows the keys of the first start: they cannot be read again.
func announce(w io.Writer, a server.Announcement) {
	_, _ = fmt.Fprintln(w, "This is the first start. Keep these API keys: they are shown once and stored hashed.")
	if a.APIKey != "" {
		_, _ = fmt.Fprintln(w, "  environment key  (for SDKs and the PDP)    ", a.APIKey)
	}
	if a.OrgAPIKey != "" {
		_, _ = fmt.Fprintln(w, "  organization key (for everything)          ", a.OrgAPIKey)
	}
}

// announceAdmin shows the password that was made: it cannot be read again.
func announceAdmin(w io.Writer, email, password string) {
	_, _ = fmt.Fprintln(w, "Sign in to the dashboard with this password: it is shown once and stored hashed.")
	_, _ = fmt.Fprintln(w, "  dashboard                                  ", email, " ", password)
}

// codeOf is the exit code of a failed command.
func codeOf(err error) int {
	if e, ok := errors.AsType[exit](err); ok {
		return e.code
	}
	if e, ok := errors.AsType[*authz.Error](err); ok && e.Kind == authz.Invalid {
		return exitUsage
	}
	return exitFailed
}

package demo

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/gatehouse-authz/gatehouse/internal/demo/logtosim"
	"github.com/gatehouse-authz/gatehouse/internal/demo/sample"
	"github.com/gatehouse-authz/gatehouse/internal/httpapi"
	"github.com/gatehouse-authz/gatehouse/internal/server"
)

// The addresses of a demo that is not told others.
const (
	usualListen      = "127.0.0.1:7766"
	usualLogtoListen = "127.0.0.1:3001"
	usualAppListen   = "127.0.0.1:3000"
)

const (
	// sweepEvery is how often Gatehouse goes through everything in the stand-in: often,
	// since a visitor waits for it.
	sweepEvery = 5 * time.Second

	// linkLasts is how long the visitor has to open the dashboard.
	linkLasts = 24 * time.Hour

	// drain is how long the visitor's requests in flight have when the demo stops.
	drain = time.Second

	// deliveryTimeout is how long Logto waits for the receiver of a webhook.
	deliveryTimeout = 10 * time.Second
)

// A Config says where the demo runs. An empty address is the usual one, or a free
// port if the usual one is taken; an address that is given is never exchanged.
type Config struct {
	Listen      string // of Gatehouse; usually 127.0.0.1:7766
	LogtoListen string // of the stand-in Logto; usually 127.0.0.1:3001
	AppListen   string // of the sample application; usually 127.0.0.1:3000

	Applications []logtosim.Registration // that people may sign in to, beside the sample

	Out io.Writer    // what the visitor reads
	Log *slog.Logger // of all three programs

	// Ready, if set, is called once, when everything runs and is set up.
	Ready func(Running)
}

// Running is a demo that runs.
type Running struct {
	Gatehouse string // address, without a slash at the end, as are the others
	Logto     string
	App       string
	Dashboard string        // of Gatehouse
	APIKey    string        // environment level
	Link      string        // signs the visitor in to the dashboard, once
	Dir       string        // gone when the demo has stopped
	Sim       *logtosim.Sim // stands in for Logto

	owner           string // the secret of the API key of the organization
	admin, password string // for those who come back to the dashboard

	moved []string   // what has been given another address, in words
	known []newcomer // who is there already
}

// A demo is the three programs before they run.
type demo struct {
	Running
	teller
	log   *slog.Logger
	ready func(Running)

	gatehouse *server.Server
	app       *sample.App
	logtoAt   net.Listener
	appAt     net.Listener
}

// Run runs the demo until ctx ends, and then removes what it has written. It
// returns an error if an address cannot be had or the set-up fails.
func Run(ctx context.Context, c Config) (err error) {
	dir, err := os.MkdirTemp("", "gatehouse-demo-")
	if err != nil {
		return fmt.Errorf("temporary directory: %w", err)
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	d := &demo{Running: Running{Dir: dir}, teller: teller{out: c.Out}, log: c.Log, ready: c.Ready}
	if err := d.open(ctx, c); err != nil {
		if ctx.Err() != nil { // told to stop meanwhile
			err = nil
		}
		return errors.Join(err, d.closeListeners())
	}
	group, ctx := errgroup.WithContext(ctx)
	// The stand-in stays until Gatehouse has finished what it is asking of it.
	asked, finish := context.WithCancel(context.WithoutCancel(ctx))
	group.Go(func() error {
		defer finish()
		return d.gatehouse.Run(ctx)
	})
	group.Go(func() error { return serve(asked, d.logtoAt, d.Sim) })
	group.Go(func() error { return serve(ctx, d.appAt, d.app) })
	group.Go(func() error {
		told, err := d.begin(ctx)
		if ctx.Err() != nil { // told to stop meanwhile, or another has failed and says so
			return nil
		}
		if err == nil {
			d.follow(ctx, told)
		}
		return err
	})
	return group.Wait()
}

// open takes the three addresses and makes the three programs known to each
// other. The server comes last: once it is made, it must be run.
func (d *demo) open(ctx context.Context, c Config) (err error) {
	listen := func(address string) (net.Listener, error) {
		return new(net.ListenConfig).Listen(ctx, "tcp", address)
	}
	if d.appAt, err = claim(d, "Reports Inc.", c.AppListen, usualAppListen, listen); err != nil {
		return fmt.Errorf("sample application: %w", err)
	}
	if d.logtoAt, err = claim(d, "The stand-in for Logto", c.LogtoListen, usualLogtoListen, listen); err != nil {
		return fmt.Errorf("stand-in for Logto: %w", err)
	}
	d.App, d.Logto = address(d.appAt.Addr().String()), address(d.logtoAt.Addr().String())

	logto := logtosim.Config{
		AppID: "gatehouse", AppSecret: rand.Text(), SigningKey: rand.Text(),
		App:    logtosim.Application{ID: "reportsinc00000000000", Type: "Traditional", Name: "Reports Inc."},
		AppURL: d.App + "/sign-in", Log: d.log,
		Client: &http.Client{Timeout: deliveryTimeout, Transport: &d.teller},
	}
	login := logtosim.Registration{
		ID: logto.App.ID, Secret: rand.Text(),
		RedirectURIs: []string{d.App + "/callback"}, PostLogoutRedirectURIs: []string{d.App + "/"},
	}
	dashboard := logtosim.Registration{ID: "gatehouse-dashboard"}
	settings := server.Config{
		Dashboard: server.SignIn{AppID: dashboard.ID},
		DataDir:   filepath.Join(d.Dir, "gatehouse"), DefaultRole: defaultRole, DecisionLog: 24 * time.Hour, Log: d.log,
		Logto: server.Logto{
			SigningKeys: []string{logto.SigningKey}, Endpoint: d.Logto, AppID: logto.AppID, AppSecret: logto.AppSecret,
			Resource: logtosim.DefaultResource, SweepEvery: sweepEvery,
		},
		Announce:      func(a server.Announcement) { d.APIKey, d.owner = a.APIKey, a.OrgAPIKey },
		AnnounceAdmin: func(email, password string) { d.admin, d.password = email, password },
	}
	d.gatehouse, err = claim(d, "Gatehouse", c.Listen, usualListen, func(address string) (*server.Server, error) {
		settings.Listen = address
		return server.New(ctx, settings)
	})
	if err != nil {
		return err
	}
	d.Gatehouse = address(d.gatehouse.Addr())
	d.Dashboard = d.Gatehouse + "/dashboard/"
	logto.WebhookURL = d.Gatehouse + "/hooks/logto"
	d.Sim = logtosim.New(logto)
	d.Sim.Register(login)
	dashboard.RedirectURIs = []string{d.Gatehouse + server.CallbackPath}
	for _, r := range append(c.Applications, dashboard) {
		d.Sim.Register(r)
	}
	d.app = sample.New(sample.Config{
		Address: d.App, Logto: d.Logto, AppID: login.ID, AppSecret: login.Secret,
		Gatehouse: d.Gatehouse, APIKey: d.APIKey, Dashboard: d.Dashboard, Log: d.log, Happened: d.happened,
	})
	return nil
}

// begin sets everything up and tells the visitor. It returns the revision at which
// somebody was given a role last.
func (d *demo) begin(ctx context.Context) (told int64, err error) {
	if err := d.setUp(ctx); err != nil {
		return 0, fmt.Errorf("set up the demo: %w", err)
	}
	before, err := d.rolesSince(ctx, 0)
	if err != nil {
		return 0, err
	}
	for _, c := range before {
		told = c.Revision
	}
	path, err := d.gatehouse.SignInPath(ctx, linkLasts)
	if err != nil {
		return 0, err
	}
	d.Link = d.Gatehouse + path
	if err := d.begins(d.Running); err != nil {
		return 0, err
	}
	if d.ready != nil {
		d.ready(d.Running)
	}
	return told, nil
}

func (d *demo) closeListeners() error {
	var errs []error
	for _, l := range []net.Listener{d.logtoAt, d.appAt} {
		if l != nil {
			errs = append(errs, l.Close())
		}
	}
	return errors.Join(errs...)
}

// claim opens something at the address asked for or, if none is, at the usual
// one; that may be exchanged for a free port, which d then tells.
func claim[T any](d *demo, who, asked, usual string, open func(address string) (T, error)) (T, error) {
	if asked != "" {
		return open(asked)
	}
	opened, err := open(usual)
	if failed, ok := errors.AsType[*net.OpError](err); ok && failed.Op == "listen" {
		d.moved = append(d.moved, fmt.Sprintf("%s has a free port, because %s is taken.", who, usual))
		return open("127.0.0.1:0")
	}
	return opened, err
}

// address is where a visitor of this machine finds what listens on listen.
func address(listen string) string {
	host, port, err := net.SplitHostPort(listen)
	if ip := net.ParseIP(host); err == nil && ip != nil && ip.IsUnspecified() {
		listen = net.JoinHostPort("127.0.0.1", port)
	}
	return "http://" + listen
}

// serve serves until ctx ends.
func serve(ctx context.Context, l net.Listener, h http.Handler) error {
	web := &http.Server{Handler: h, ReadHeaderTimeout: 5 * time.Second, ReadTimeout: 20 * time.Second, WriteTimeout: 30 * time.Second}
	return httpapi.Serve(ctx, l, web, drain)
}

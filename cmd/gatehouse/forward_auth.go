package main

import (
	"context"
	"net"
	"net/http"
	"time"

	"golang.org/x/sync/errgroup"
	"google.golang.org/grpc"

	"github.com/gatehouse-authz/gatehouse/gatehousehttp"
	"github.com/gatehouse-authz/gatehouse/gatehousehttp/extauthz"
	"github.com/gatehouse-authz/gatehouse/internal/authz"
	"github.com/gatehouse-authz/gatehouse/internal/httpapi"
)

// defaultForwardListen is where gateways ask.
const defaultForwardListen = "127.0.0.1:7767"

// forwardDrain is how long questions in flight have when it ends.
const forwardDrain = 5 * time.Second

type forwardAuthCommand struct {
	Listen    string `help:"Address on which gateways ask." default:"${forward_listen}" env:"GATEHOUSE_FORWARD_LISTEN"`
	ExtAuthz  string `name:"ext-authz-listen" help:"Address on which Envoy asks, by gRPC; empty: nowhere." env:"GATEHOUSE_FORWARD_EXT_AUTHZ_LISTEN"`
	Base      string `help:"Scheme and host of the rules in proxy configs, as https://api.example.com." env:"GATEHOUSE_FORWARD_BASE"`
	Logto     string `name:"logto-endpoint" help:"Address of Logto." env:"GATEHOUSE_LOGTO_ENDPOINT"`
	Audience  string `help:"API resource that tokens must be for; empty: organization tokens." env:"GATEHOUSE_FORWARD_AUDIENCE"`
	Gatehouse string `name:"url" help:"Address of Gatehouse." default:"http://${listen}" env:"GATEHOUSE_URL"`

	APIKey     string `help:"Environment-level API key; better given by its variable or file." env:"GATEHOUSE_API_KEY"`
	APIKeyFile string `help:"File that holds --api-key." env:"GATEHOUSE_API_KEY_FILE"`
}

// Help is what gatehouse forward-auth --help adds.
func (*forwardAuthCommand) Help() string {
	return `Examples:

  gatehouse forward-auth --base https://api.example.com --audience https://api.example.com
      Let nginx ask at /nginx, and Traefik or Caddy at /forward. Only the gateway should reach it.

  gatehouse forward-auth --base https://api.example.com --audience https://api.example.com --ext-authz-listen 127.0.0.1:7768
      Let Envoy ask too, by its external authorization (gRPC, v3), without TLS.

The configurations of the gateways are in examples/gateways.

Exit codes: 0 stopped as asked, 1 failed, 2 the command line or a setting is wrong.`
}

// Run answers gateways until the environment's context ends.
func (c *forwardAuthCommand) Run(e *environment) error {
	if err := fromFile("GATEHOUSE_API_KEY", c.APIKeyFile, &c.APIKey); err != nil {
		return err
	}
	for _, needed := range []struct{ name, value string }{
		{"GATEHOUSE_API_KEY", c.APIKey}, {"GATEHOUSE_LOGTO_ENDPOINT", c.Logto}, {"GATEHOUSE_FORWARD_BASE", c.Base},
	} {
		if needed.value == "" {
			return authz.InvalidField(needed.name, "%s is not set", needed.name)
		}
	}
	door, err := gatehousehttp.NewForwardAuth(gatehousehttp.Config{
		Logto: c.Logto, Audience: c.Audience, Gatehouse: c.Gatehouse, APIKey: c.APIKey,
	}, c.Base)
	if err != nil {
		return authz.InvalidField("GATEHOUSE_FORWARD_BASE", "GATEHOUSE_FORWARD_BASE: %v", err)
	}
	web, err := new(net.ListenConfig).Listen(e.ctx, "tcp", c.Listen)
	if err != nil {
		return err
	}
	var envoy net.Listener
	if c.ExtAuthz != "" {
		if envoy, err = new(net.ListenConfig).Listen(e.ctx, "tcp", c.ExtAuthz); err != nil {
			_ = web.Close()
			return err
		}
	}
	return serveGateways(e, door, web, envoy)
}

// serveGateways answers those that ask by HTTP, and Envoy where it may ask, until the
// environment's context ends or one of the two fails.
func serveGateways(e *environment, door *gatehousehttp.ForwardAuth, web, envoy net.Listener) error {
	both, ctx := errgroup.WithContext(e.ctx)
	both.Go(func() error {
		s := &http.Server{Handler: door, ReadHeaderTimeout: 5 * time.Second, ReadTimeout: 10 * time.Second, WriteTimeout: 20 * time.Second}
		return httpapi.Serve(ctx, web, s, forwardDrain)
	})
	if envoy != nil {
		both.Go(func() error { return serveEnvoy(ctx, envoy, extauthz.NewServer(door)) })
		e.log.Info("envoy may ask", "address", envoy.Addr().String())
	}
	e.log.Info("ready", "address", web.Addr().String())
	return both.Wait()
}

// serveEnvoy runs a gRPC server until the context ends, and lets it finish what it
// has begun.
func serveEnvoy(ctx context.Context, l net.Listener, s *grpc.Server) error {
	stopped := make(chan struct{})
	stop := context.AfterFunc(ctx, func() {
		defer close(stopped)
		late := time.AfterFunc(forwardDrain, s.Stop)
		defer late.Stop()
		s.GracefulStop()
	})
	if err := s.Serve(l); err != nil {
		stop()
		return err
	}
	<-stopped
	return nil
}

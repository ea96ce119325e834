package main

import (
	"net"
	"net/http"
	"time"

	"github.com/gatehouse-authz/gatehouse/gatehousehttp"
	"github.com/gatehouse-authz/gatehouse/internal/authz"
	"github.com/gatehouse-authz/gatehouse/internal/httpapi"
)

// defaultForwardListen is where gateways ask.
const defaultForwardListen = "127.0.0.1:7767"

type forwardAuthCommand struct {
	Listen    string `help:"Address on which gateways ask." default:"${forward_listen}" env:"GATEHOUSE_FORWARD_LISTEN"`
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
	l, err := new(net.ListenConfig).Listen(e.ctx, "tcp", c.Listen)
	if err != nil {
		return err
	}
	e.log.Info("ready", "address", l.Addr().String())
	web := &http.Server{Handler: door, ReadHeaderTimeout: 5 * time.Second, ReadTimeout: 10 * time.Second, WriteTimeout: 20 * time.Second}
	return httpapi.Serve(e.ctx, l, web, 5*time.Second)
}

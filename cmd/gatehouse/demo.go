package main

import (
	"github.com/gatehouse-authz/gatehouse/internal/demo"
)

type demoCommand struct {
	Listen      string `help:"Address of Gatehouse; otherwise 127.0.0.1:7766, or a free port if that is taken."`
	LogtoListen string `help:"Address of the stand-in for Logto; otherwise 127.0.0.1:3001, or a free port."`
	AppListen   string `help:"Address of the sample application; otherwise 127.0.0.1:3000, or a free port."`
}

// Help is what gatehouse demo --help adds.
func (*demoCommand) Help() string {
	return `Examples:

  gatehouse demo
      Start everything and read what to try. Ctrl-C stops it; nothing is left behind.

  gatehouse demo --app-listen 127.0.0.1:0
      Let the sample application have any free port.

Nothing of it is for production: on the stand-in's page anybody can be anybody. It needs no network.

Exit codes: 0 stopped as asked, 1 failed, 2 the command line is wrong.`
}

// Run runs the demo until the environment's context ends.
func (c *demoCommand) Run(e *environment) error {
	return demo.Run(e.ctx, demo.Config{
		Listen: c.Listen, LogtoListen: c.LogtoListen, AppListen: c.AppListen, Out: e.stdout, Log: e.log,
	})
}

// Command gatehouse turns Logto sign-ins into enforceable permissions: it
// receives Logto's webhooks, keeps a directory equal to Logto, and answers
// Permit-compatible authorization questions. Run gatehouse --help.
package main

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/signal"
	"syscall"

	"github.com/alecthomas/kong"
)

// Exit codes.
const (
	exitOK     = 0
	exitFailed = 1 // the command could not do its work
	exitUsage  = 2 // the command line or a setting is wrong
)

type cli struct {
	Serve   serveCommand       `cmd:"" help:"Run the server: webhooks in, permissions out."`
	Demo    demoCommand        `cmd:"" help:"Run everything with a stand-in Logto and a sample application, on a temporary directory."`
	Logto   logtoCommand       `cmd:"" help:"Connect Logto."`
	Doctor  doctorCommand      `cmd:"" help:"Name what is wrong with a running server and its Logto, with the remedy."`
	Sync    syncCommand        `cmd:"" help:"Show, check and restore that everything is as in Logto."`
	Apply   applyCommand       `cmd:"" help:"Make an environment what a file says: the mapping of Logto, the settings."`
	Import  importCommand      `cmd:"" help:"Read what is elsewhere into an environment."`
	Mirror  mirrorCommand      `cmd:"" help:"Show, check and restore that an account of Permit.io is as here."`
	Shadow  shadowCommand      `cmd:"" help:"Compare checks with the decision point of an account of Permit.io: is it safe to switch?"`
	Forward forwardAuthCommand `cmd:"" name:"forward-auth" help:"Answer nginx, Traefik, Caddy or Envoy whether a request may pass, by its Logto token."`
	Version versionCommand     `cmd:"" help:"Print the version."`

	LogFormat string `help:"How to write the log (to standard error): text or json." enum:"text,json" default:"text" env:"GATEHOUSE_LOG_FORMAT"`
	LogLevel  string `help:"What to log: debug, info, warn or error; otherwise info, and warn in the demo." placeholder:"LEVEL" enum:",debug,info,warn,error" default:"" env:"GATEHOUSE_LOG_LEVEL"`
}

func main() {
	os.Exit(run(os.Args[1:], os.Stdout, os.Stderr))
}

// run runs the command line and returns the exit code.
func run(args []string, stdout, stderr io.Writer) int {
	var c cli
	code := -1
	parser, err := kong.New(&c,
		kong.Name("gatehouse"),
		kong.Description("Turns Logto sign-ins into enforceable permissions: one binary, self-hosted, nobody lost on the way."),
		kong.Vars{"listen": defaultListen, "forward_listen": defaultForwardListen, "data_dir": defaultDataDir, "decision_log": defaultLog, "sweep_every": defaultSweep, "jit": defaultJIT},
		kong.Writers(stdout, stderr),
		kong.UsageOnError(),
		kong.ConfigureHelp(kong.HelpOptions{Compact: true, WrapUpperBound: 110}),
		kong.Exit(func(n int) { code = n }),
	)
	if err != nil {
		panic(fmt.Sprintf("the command line is declared wrongly: %v", err)) // a bug: it is a constant
	}
	command, err := parser.Parse(args)
	if code >= 0 { // --help has been shown
		return code
	}
	if err != nil {
		_, _ = fmt.Fprintf(stderr, "gatehouse: %v\nRun gatehouse --help for the commands and settings.\n", err)
		return exitUsage
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	e := environment{ctx: ctx, log: c.logger(stderr, command.Command()), stdout: stdout}
	if err := command.Run(&e); err != nil {
		_, _ = fmt.Fprintf(stderr, "gatehouse: %v\n", err)
		return codeOf(err)
	}
	return exitOK
}

// An environment is what every command is given.
type environment struct {
	ctx    context.Context // ends at SIGINT or SIGTERM
	log    *slog.Logger
	stdout io.Writer
}

// usualLevel is the log level of a command that is not told another, if it is
// not info: the demo's visitor reads what it prints, and the log would hide it.
var usualLevel = map[string]string{"demo": "warn"}

func (c *cli) logger(w io.Writer, command string) *slog.Logger {
	var level slog.Level
	_ = level.UnmarshalText([]byte(cmp.Or(c.LogLevel, usualLevel[command], "info"))) // the parser has checked it
	options := &slog.HandlerOptions{Level: level}
	if c.LogFormat == "json" {
		return slog.New(slog.NewJSONHandler(w, options))
	}
	return slog.New(slog.NewTextHandler(w, options))
}

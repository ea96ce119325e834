package main

import (
	"fmt"
	"runtime/debug"
)

// version is set by the linker (see the Makefile).
var version = "development"

type versionCommand struct{}

// Run prints the version of the program and of the Go it was built with.
func (versionCommand) Run(e *environment) error {
	built := ""
	if info, ok := debug.ReadBuildInfo(); ok {
		built = " " + info.GoVersion
	}
	_, err := fmt.Fprintf(e.stdout, "gatehouse %s%s\n", version, built)
	return err
}

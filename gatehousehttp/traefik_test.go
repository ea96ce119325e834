//go:build soak

package gatehousehttp_test

import (
	"path/filepath"
	"strings"
	"testing"
)

// TestTraefik runs the real one, which takes too long to build for every run: make soak
// brings it from the Go modules.
func TestTraefik(t *testing.T) {
	t.Parallel()
	behind(t, gateway{
		program: "traefik", variable: "GATEHOUSE_TEST_TRAEFIK", install: "make traefik",
		config: "traefik/traefik.yaml", cleans: true,
		arrange: func(dir, config string) (string, []string) {
			return strings.Replace(config, "dynamic.yaml", filepath.Join(dir, "dynamic.yaml"), 1), []string{"--configFile"}
		},
	})
}

package permit_test

import (
	"testing"

	"github.com/gatehouse-authz/gatehouse/internal/httpapi/contracttest"
)

// TestEveryRouteIsInTheContract: what we offer is what Permit has.
func TestEveryRouteIsInTheContract(t *testing.T) {
	t.Parallel()
	c := contracttest.NeedREST(t)
	for _, pattern := range routes() {
		method, path := fill(pattern, "o", "p", "e")
		if _, op := c.Operation(method, path); op == nil {
			t.Errorf("the contract has no %s", pattern)
		}
	}
}

package server_test

import (
	"net/http"
	"testing"

	"github.com/gatehouse-authz/gatehouse/internal/httpapi/contracttest"
)

const (
	needsElements = "Permit Elements are not offered"
	needsMail     = "no e-mail is sent"
	needsOPAL     = "internals of Permit's own PDP: there is no OPAL and no OPA behind this one"
)

// differences are calls of the PDP that are offered and are not what they are there;
// what differs inside of calls is in the README of the door.
var differences = contracttest.Claims(
	`POST /(policy|data)-updater/trigger`, "there is nothing to update: decisions see a write when it is answered",
	`POST /update_policy(_data)?`, "leads to the triggers, where there is nothing to update",
	`POST /kong`, "503 unless `GATEHOUSE_KONG_ROUTES` names a table of routes; a key is needed",
)

// lacks are calls that are refused with 501, and why.
var lacks = contracttest.Claims(
	`\w+ /facts/access_requests/.*`, needsElements,
	`\w+ /facts/email_(configurations|templates).*`, needsMail,
	`\w+ /(callbacks|control-plane|opal-server|policy-store|healthchecks).*`, needsOPAL,
	`\w+ /(cloud|sdk)/\{path\}`, "the REST API is at the same address",
	`\w+ /trino/.*`, "Trino is not offered",
	`POST /_exit`, "stopping is for who runs the process",
)

// holdCompatibility holds the PDP's part of docs/compatibility.md against what flows
// have seen.
func holdCompatibility(t *testing.T) {
	c := contracttest.NeedPDP(t)
	h := start(t, t.TempDir(), nil)
	contracttest.Compatibility{
		Contract: c, Section: "PDP", Differs: differences, Lacks: lacks,
		Refused: func(t *testing.T, method, path string) {
			t.Helper()
			status, body := h.call(method, path, object{})
			if status != http.StatusNotImplemented {
				t.Errorf("%s %s: got %d %s, want 501", method, path, status, body)
			}
			c.Check(t, method, path, []byte("{}"), status, body)
		},
	}.Hold(t)
}

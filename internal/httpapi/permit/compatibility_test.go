package permit_test

import (
	"net/http"
	"testing"

	"github.com/gatehouse-authz/gatehouse/internal/authz"
	"github.com/gatehouse-authz/gatehouse/internal/decision"
	"github.com/gatehouse-authz/gatehouse/internal/httpapi/contracttest"
)

const (
	needsElements = "Permit Elements are not offered"
	needsMail     = "no e-mail is sent"
	needsGit      = "there is no policy in a git repository"
	needsOPAL     = "internals of Permit's own PDP and OPAL, which Gatehouse has no use for"
	needsSession  = "people sign in at /console/v1/session"
)

// differences are calls that are offered and are not what they are at Permit; what
// differs inside of calls is in the README of this door.
var differences = contracttest.Claims(
	`GET /v2/members/me`, "always 403: an API key is no member",
	`GET /v2/api-key/\{proj_id\}/\{env_id\}`, "`secret` is null with a PostgreSQL and no `GATEHOUSE_MASTER_KEY`",
	`GET /v2/(deprecated/)?activity`, "one entry for each thing that changed; no `client_ip`",
	`GET /v2/(deprecated/)?history.*`, "requests that want to change something; bodies without secrets, and the first 64 KiB of them",
	`GET /v2/orgs/\{org_id\}/invites`, "always empty: "+needsMail,
	`PUT /v2/schema/\{proj_id\}/\{env_id\}/bulk/roles`, "what an operation leaves out is empty then",
	`POST /v2/projects/\{proj_id\}/envs/\{env_id\}/copy/async`, "done when it is answered",
	`(POST|PATCH) /v2/members.*`, "the grants say what a member may do in the dashboard; nobody is invited by mail",
)

// lacks are calls that are refused with 501, and why.
var lacks = contracttest.Claims(
	`\w+ /v2/elements/.*`, needsElements,
	`\w+ .*/access_requests/.*`, needsElements,
	`\w+ /v2/auth/(elements_login_as|login_elements|\{env_id\}/elements_fe_login_as)`, needsElements,
	`\w+ .*/email_(configurations|templates).*`, needsMail,
	`POST /v2/orgs/\{org_id\}/invites|DELETE /v2/orgs/\{org_id\}/invites/.*`, needsMail,
	`POST /v2/auth/\{env_id\}/user_invites/\{code\}/approve`, needsMail,
	`\w+ /v2/projects/\{proj_id\}/repos.*`, needsGit,
	`\w+ /v2/auth/.*`, needsSession,
	`POST /v2/projects/\{proj_id\}/envs/\{env_id\}/(test_jwks)`, "`jwks` have no effect",
	`POST /v2/projects/\{proj_id\}/envs/\{env_id\}/webhooks`, "webhooks of Permit Elements",
	`\w+ /v2/(internal|opal|relay_jwt|decision-logs|pdps/me)/.*`, needsOPAL,
	`\w+ /v2/projects/\{proj_id\}/\{env_id\}/opal_scope`, needsOPAL,
	`\w+ /v2/pdps/\{proj_id\}/\{env_id\}/(configs|decision-logs).*`, "there is one PDP, which is Gatehouse",
	`\w+ /v2/stats/.*`, "there is one PDP, which is Gatehouse; see `/metrics`",
	`\w+ /opal/.*`, needsOPAL,
	`\w+ /scim/.*`, "SCIM is not offered: users come from the identity source",
	`\w+ /v2/policy_guards.*`, "policy guards are not offered",
	`POST /v2/audit-log-replay`, "nothing is sent to an address that a caller names; `permit test run audit` does it from where it runs",
	`\w+ /v2/data-export.*`, "exports are files in a storage of Permit's; lists say the same",
	`POST /v2/orgs|DELETE /v2/orgs/\{org_id\}|POST /v2/orgs/\{org_id\}/restore`, "there is one organization, and it stays",
	`GET /v2/\{proj_id\}/\{env_id\}/get_instructions`, "instructions for Permit's dashboard",
)

// holdCompatibility holds docs/compatibility.md against what conversations, and the
// audit logs, which conversations cannot fill, have seen.
func holdCompatibility(t *testing.T) {
	c := contracttest.NeedREST(t)
	h := open(t)
	by := decision.Asker{Env: authz.EnvID(id("2")), Key: authz.ID(id("a")), Door: "/allowed"}
	if _, err := h.deciding(t).Check(by, authz.Query{User: "ann", Action: "read", Resource: "doc", Tenant: "default"}); err != nil {
		t.Fatal(err)
	}
	if res, body := h.do(t, http.MethodGet, auditLogs+"/"+h.logs(t, "").Data[0].ID, http.Header{}, ""); res.StatusCode != http.StatusOK {
		t.Fatalf("%d %s", res.StatusCode, body)
	}
	contracttest.Compatibility{
		Contract: c, Section: "REST", Differs: differences, Lacks: lacks,
		Named: map[string]string{"org_id": "home", "proj_id": "acme", "env_id": "dev"},
		Refused: func(t *testing.T, method, path string) {
			t.Helper()
			header := http.Header{"Authorization": {"Bearer " + h.secrets["org"]}}
			if res, body := h.do(t, method, path, header, "{}"); res.StatusCode != http.StatusNotImplemented {
				t.Errorf("%s %s: got %d %s, want 501", method, path, res.StatusCode, body)
			}
		},
	}.Hold(t)
}

package golang

import (
	"os"
	"testing"
	"time"

	"github.com/permitio/permit-golang/pkg/api"
	"github.com/permitio/permit-golang/pkg/config"
	"github.com/permitio/permit-golang/pkg/enforcement"
	"github.com/permitio/permit-golang/pkg/models"
	"github.com/permitio/permit-golang/pkg/permit"
	"go.uber.org/zap"
)

func connectToFacts(t *testing.T, opa string) *permit.Client {
	t.Helper()
	address := setting(t, "GATEHOUSE_URL")
	b := config.NewConfigBuilder(setting(t, "GATEHOUSE_API_KEY")).WithApiUrl(address).WithPdpUrl(address).WithLogger(zap.NewNop()).
		WithProxyFactsViaPDP(true).WithFactsSyncTimeout(10 * time.Second)
	if opa != "" {
		b = b.WithOpaUrl("http://" + opa)
	}
	return permit.New(b.Build())
}

// TestFactsThatWaitAreDecidedBy: a write with the client's option to wait.
func TestFactsThatWaitAreDecidedBy(t *testing.T) {
	c := connectToFacts(t, "")
	wait := 5 * time.Second
	for _, timeout := range []*time.Duration{&wait, nil} {
		users := c.Api.Users.WaitForSync(timeout, api.WaitForSyncOptions{Policy: config.FactsSyncTimeoutPolicyFail})
		key := "go-waits"
		if timeout == nil {
			key = "go-waits-forever"
		}
		_, err := users.Create(t.Context(), *models.NewUserCreate(key))
		must(t, err)
		_, err = users.AssignRole(t.Context(), key, "viewer", "default")
		must(t, err)
		if !check(t, c, key, "view", "reports") {
			t.Errorf("%s is denied after the role was given", key)
		}
		_, err = users.UnassignRole(t.Context(), key, "viewer", "default")
		must(t, err)
		if check(t, c, key, "view", "reports") {
			t.Errorf("%s is allowed after the role was taken", key)
		}
	}
}

func TestThePolicyIsAskedDirectly(t *testing.T) {
	opa := os.Getenv("GATEHOUSE_OPA")
	if opa == "" {
		t.Skip("port 8181 is taken on this machine")
	}
	c := connectToFacts(t, opa)
	addUser(t, c, "go-opa", "viewer")
	if !check(t, c, "go-opa", "view", "reports") || check(t, c, "go-opa", "edit", "reports") {
		t.Error("the policy's own address decides otherwise")
	}
	all, err := c.BulkCheck(
		*enforcement.NewCheckRequest(enforcement.UserBuilder("go-opa").Build(), "view", enforcement.ResourceBuilder("reports").WithTenant("default").Build(), nil),
		*enforcement.NewCheckRequest(enforcement.UserBuilder("go-opa").Build(), "edit", enforcement.ResourceBuilder("reports").WithTenant("default").Build(), nil))
	must(t, err)
	if len(all) != 2 || !all[0] || all[1] {
		t.Errorf("got %v, want true and false", all)
	}
}

// TestProxyConfigsAreKept: made, listed, changed and deleted.
func TestProxyConfigsAreKept(t *testing.T) {
	c := connect(t)
	create := *models.NewProxyConfigCreate("user:password", "go-proxy", "Proxy") // Basic, unless said otherwise
	create.SetMappingRules([]models.MappingRule{*models.NewMappingRule("https://go.test/{id}", models.GET, "reports")})
	made, err := c.Api.ProxyConfigs.Create(t.Context(), create)
	must(t, err)
	if len(made.MappingRules) != 1 || made.MappingRules[0].Url != "https://go.test/{id}" {
		t.Errorf("got %+v", made)
	}
	update := models.NewProxyConfigUpdate()
	update.SetName("Other")
	changed, err := c.Api.ProxyConfigs.Update(t.Context(), "go-proxy", *update)
	must(t, err)
	if changed.Name != "Other" || len(changed.MappingRules) != 1 {
		t.Errorf("got %+v", changed)
	}
	must(t, c.Api.ProxyConfigs.Delete(t.Context(), "go-proxy"))
}

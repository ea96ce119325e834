package golang

import (
	"testing"
	"time"

	"github.com/google/uuid"
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

// TestEveryPartOfTheFactsMayWait: each has an option of its own.
func TestEveryPartOfTheFactsMayWait(t *testing.T) {
	t.Parallel()
	c := connectToFacts(t, "")
	wait, fail := 5*time.Second, api.WaitForSyncOptions{Policy: config.FactsSyncTimeoutPolicyFail}
	_, err := c.Api.Tenants.WaitForSync(&wait, fail).Create(t.Context(), *models.NewTenantCreate("go-waits", "Waits"))
	must(t, err)
	addUser(t, c, "go-waits-user")
	create := models.NewResourceInstanceCreate("waits", "reports")
	create.SetTenant("go-waits")
	_, err = c.Api.ResourceInstances.WaitForSync(&wait, fail).Create(t.Context(), *create)
	must(t, err)
	rows, err := c.Api.RelationshipTuples.WaitForSync(&wait, fail).List(t.Context(), 1, 10, "go-waits", "", "", "")
	must(t, err)
	_, err = c.Api.Users.AssignRole(t.Context(), "go-waits-user", "viewer", "go-waits")
	must(t, err)
	held, err := c.Api.RoleAssignments.WaitForSync(&wait, fail).List(t.Context(), 1, 10, "go-waits-user", "", "")
	must(t, err)
	if len(*rows) != 0 || held == nil || len(*held) != 1 {
		t.Errorf("got %+v and %+v, want no tuple and one role", rows, held)
	}
}

func TestThePolicyIsAskedDirectly(t *testing.T) {
	c := connectToFacts(t, setting(t, "GATEHOUSE_OPA"))
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
	got, err := c.Api.ProxyConfigs.Get(t.Context(), "go-proxy")
	must(t, err)
	byKey, err := c.Api.ProxyConfigs.GetByKey(t.Context(), "go-proxy")
	must(t, err)
	byID, err := c.Api.ProxyConfigs.GetById(t.Context(), uuid.MustParse(made.Id))
	must(t, err)
	if got.Id != made.Id || byKey.Id != made.Id || byID.Key != "go-proxy" {
		t.Errorf("got %s, %s and %s, want the config created", got.Id, byKey.Id, byID.Key)
	}
	list, err := c.Api.ProxyConfigs.List(t.Context(), 1, 100)
	must(t, err)
	if len(list) != 1 || list[0].Key != "go-proxy" {
		t.Errorf("got %+v, want the config", list)
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

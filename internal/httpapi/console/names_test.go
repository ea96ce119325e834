package console

import (
	"net/http"
	"strings"
	"testing"

	"github.com/gatehouse-authz/gatehouse/internal/directory"
	"github.com/gatehouse-authz/gatehouse/internal/store/storetest"
)

const namesAt = "/console/v1/projects/default/envs/dev/names"

func TestNamesAreThoseOfUsersWhoAreThere(t *testing.T) {
	t.Parallel()
	a, _ := open(t)
	text := func(s string) *string { return &s }
	if _, err := a.Directory.CreateUser(t.Context(), storetest.Env, "key:test", "u1", directory.UserInput{FirstName: text("Ann"), LastName: text("Lee"), Email: text("ann@example.com")}); err != nil {
		t.Fatal(err)
	}
	if _, err := a.Directory.CreateUser(t.Context(), storetest.Env, "key:test", "u2", directory.UserInput{FirstName: text("\u202e</script>")}); err != nil {
		t.Fatal(err)
	}
	const (
		ann  = `{"key":"u1","email":"ann@example.com","first_name":"Ann","last_name":"Lee"}`
		odd  = "{\"key\":\"u2\",\"email\":\"\",\"first_name\":\"\u202e</script>\",\"last_name\":\"\"}"
		most = `"u1"` // as often as is allowed
	)
	for body, want := range map[string]string{
		`{"users":["u1","ghost","u2"]}`: `{"users":[` + ann + `,` + odd + `]}`,
		`{"users":["u1","u1"]}`:         `{"users":[` + ann + `]}`,
		`{"users":["ghost",""]}`:        `{"users":[]}`,
		`{"users":[]}`:                  `{"users":[]}`,
		`{"users":[` + most + strings.Repeat(`,`+most, 99) + `]}`: `{"users":[` + ann + `]}`,
	} {
		if w := ask(t, a, storetest.EnvSecret, "POST", namesAt, body); w.Code != http.StatusOK || strings.TrimSpace(w.Body.String()) != want {
			t.Errorf("%s: got %d %s, want %s", body, w.Code, w.Body, want)
		}
	}
	for body, says := range map[string]string{
		`{}`: "users", `{"users":"u1"}`: "users", `{"users":[1]}`: "users", `{"users":["a\u0000"]}`: "users", `{"users":[],"tenants":[]}`: "tenants",
		`{"users":[` + most + strings.Repeat(`,`+most, 100) + `]}`: "at most 100",
	} {
		if w := ask(t, a, storetest.EnvSecret, "POST", namesAt, body); w.Code/100 != 4 || !strings.Contains(w.Body.String(), says) {
			t.Errorf("%s: got %d %s, want it refused for %q", body, w.Code, w.Body, says)
		}
	}
}

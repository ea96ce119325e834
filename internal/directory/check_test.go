package directory_test

import (
	"context"
	"strings"
	"testing"

	"github.com/gatehouse-authz/gatehouse/internal/authz"
	"github.com/gatehouse-authz/gatehouse/internal/directory"
)

// TestBadInputIsRefusedAndNamed: each rule about single things, with the field
// that it blames; nothing of the write is kept.
func TestBadInputIsRefusedAndNamed(t *testing.T) {
	t.Parallel()
	h := furnished(t)
	long, longKey := strings.Repeat("x", 8193), strings.Repeat("k", 513)
	user := func(key authz.UserKey, in directory.UserInput) func(context.Context) error {
		return func(ctx context.Context) error { return second(h.CreateUser(ctx, env, actor, key, in)) }
	}
	tenant := func(key authz.TenantKey, in directory.TenantInput) func(context.Context) error {
		return func(ctx context.Context) error { return third(h.CreateTenant(ctx, env, actor, key, in)) }
	}
	role := func(key authz.RoleKey, in directory.RoleInput) func(context.Context) error {
		return func(ctx context.Context) error { return third(h.CreateRole(ctx, env, actor, key, in)) }
	}
	resource := func(key authz.ResourceKey, in directory.ResourceInput) func(context.Context) error {
		return func(ctx context.Context) error { return third(h.CreateResource(ctx, env, actor, key, in)) }
	}
	before := h.snapshot().Revision()
	for name, c := range map[string]struct {
		field string
		write func(context.Context) error
	}{
		"user without key":           {"key", user("", directory.UserInput{})},
		"user key too long":          {"key", user(authz.UserKey(longKey), directory.UserInput{})},
		"user key with space":        {"key", user("a b", directory.UserInput{})},
		"user key with slash":        {"key", user("a/b", directory.UserInput{})},
		"user key with line":         {"key", user("ab\n", directory.UserInput{})},
		"user key with NUL":          {"key", user("a\x00", directory.UserInput{})},
		"user key beyond ASCII":      {"key", user("zoë", directory.UserInput{})},
		"user key not UTF-8":         {"key", user("\xff", directory.UserInput{})},
		"e-mail":                     {"email", user("u", directory.UserInput{Email: ptr("nobody")})},
		"e-mail with name":           {"email", user("u", directory.UserInput{Email: ptr("Ann <ann@example.org>")})},
		"two e-mails":                {"email", user("u", directory.UserInput{Email: ptr("a@b.c, d@e.f")})},
		"e-mail too long":            {"email", user("u", directory.UserInput{Email: ptr(strings.Repeat("a", 8192) + "@b.c")})},
		"first name with NUL":        {"first_name", user("u", directory.UserInput{FirstName: ptr("a\x00")})},
		"first name too long":        {"first_name", user("u", directory.UserInput{FirstName: &long})},
		"last name with NUL":         {"last_name", user("u", directory.UserInput{LastName: ptr("\x00")})},
		"last name too long":         {"last_name", user("u", directory.UserInput{LastName: &long})},
		"tenant without key":         {"key", tenant("", directory.TenantInput{})},
		"tenant key with dot":        {"key", tenant("a.b", directory.TenantInput{})},
		"tenant key too long":        {"key", tenant(authz.TenantKey(longKey), directory.TenantInput{})},
		"tenant name with NUL":       {"name", tenant("t", directory.TenantInput{Name: ptr("\x00")})},
		"tenant description":         {"description", tenant("t", directory.TenantInput{Description: &long})},
		"role without key":           {"key", role("", directory.RoleInput{})},
		"role key with colon":        {"key", role("a:b", directory.RoleInput{})},
		"role name too long":         {"name", role("r", directory.RoleInput{Name: &long})},
		"role description":           {"description", role("r", directory.RoleInput{Description: ptr("\x00")})},
		"resource without key":       {"key", resource("", directory.ResourceInput{})},
		"resource key with at":       {"key", resource("a@b", directory.ResourceInput{})},
		"resource name":              {"name", resource("r", directory.ResourceInput{Name: &long})},
		"resource description":       {"description", resource("r", directory.ResourceInput{Description: &long})},
		"resource urn":               {"urn", resource("r", directory.ResourceInput{URN: ptr("\x00")})},
		"action without key":         {"actions", resource("r", directory.ResourceInput{Actions: actions("ok", "")})},
		"action key with space":      {"actions", resource("r", directory.ResourceInput{Actions: actions("o k", "ok")})},
		"action name":                {"actions.ok.name", resource("r", directory.ResourceInput{Actions: &[]authz.Action{{Key: "ok", Name: long}}})},
		"attribute key":              {"attributes", resource("r", directory.ResourceInput{Attributes: &[]authz.ResourceAttribute{{Key: "a b", Type: "bool"}}})},
		"attribute without type":     {"attributes.a.type", resource("r", directory.ResourceInput{Attributes: &[]authz.ResourceAttribute{{Key: "a"}}})},
		"attribute of no known type": {"attributes.a.type", resource("r", directory.ResourceInput{Attributes: &[]authz.ResourceAttribute{{Key: "a", Type: "money"}}})},
		"update": {"email", func(ctx context.Context) error {
			return second(h.UpdateUser(ctx, env, actor, "ann", directory.UserInput{Email: ptr("x")}))
		}},
		"sync": {"key", func(ctx context.Context) error {
			_, _, err := h.SyncUser(ctx, env, actor, "a b", directory.UserInput{})
			return err
		}},
	} {
		t.Run(name, func(t *testing.T) { refused(t, c.write(t.Context()), authz.Invalid, c.field) })
	}
	if got := h.snapshot().Revision(); got != before {
		t.Errorf("got revision %d, want %d: nothing is kept", got, before)
	}
}

func TestGoodInputIsTaken(t *testing.T) {
	t.Parallel()
	h := furnished(t)
	for _, key := range []authz.UserKey{"auth0|1", "a@b.c", "a+b-c_d.e", "A", authz.UserKey(strings.Repeat("k", 512))} {
		h.user(key, directory.UserInput{Email: ptr("zoë+x@example.org"), FirstName: ptr(strings.Repeat("x", 8192)), LastName: ptr("愛 <\"'>\n")})
	}
	for _, kind := range []string{"bool", "number", "string", "time", "array", "json", "object", "object_array"} {
		_, _, err := h.CreateResource(t.Context(), env, actor, authz.ResourceKey("of_"+kind), directory.ResourceInput{Attributes: &[]authz.ResourceAttribute{{Key: "a", Type: kind}}})
		ok(t, err)
	}
}

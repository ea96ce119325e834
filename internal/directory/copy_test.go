package directory_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/gatehouse-authz/gatehouse/internal/authz"
	"github.com/gatehouse-authz/gatehouse/internal/directory"
)

// TestAPickSelectsByPatterns: nothing included is everything, and what is excluded
// is out whatever includes it. Nothing but * is a wildcard.
func TestAPickSelectsByPatterns(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		pick directory.Pick
		key  string
		want bool
	}{
		{directory.Pick{}, "doc", true},
		{directory.Pick{Include: []string{"*"}}, "doc", true},
		{directory.Pick{Include: []string{"do*"}}, "doc", true},
		{directory.Pick{Include: []string{"*o*"}}, "doc", true},
		{directory.Pick{Include: []string{"d", "do?", "d.c", "[a-z]oc"}}, "doc", false},
		{directory.Pick{Exclude: []string{"*c"}}, "doc", false},
		{directory.Pick{Include: []string{"doc"}, Exclude: []string{"doc"}}, "doc", false},
		{directory.Pick{Exclude: []string{""}}, "doc", true},
	} {
		if got := c.pick.Selects(c.key); got != c.want {
			t.Errorf("%+v of %q: got %v, want %v", c.pick, c.key, got, c.want)
		}
	}
}

// TestOverwritingMakesTheTargetSayWhatTheSourceSays, and takes what hung on parts
// that are lost. Copying it again changes nothing that is seen.
func TestOverwritingMakesTheTargetSayWhatTheSourceSays(t *testing.T) {
	t.Parallel()
	source, target := furnished(t), furnished(t)
	_, err := source.DeleteRole(t.Context(), env, actor, "editor")
	ok(t, err)
	_, _, err = source.UpdateResource(t.Context(), env, actor, "doc", directory.ResourceInput{Actions: actions("read", "print")})
	ok(t, err)
	for range 2 {
		s, err := source.Schema(t.Context(), env, directory.SchemaPick{})
		ok(t, err)
		_, err = target.CopySchema(t.Context(), env, actor, s, true)
		ok(t, err)
	}
	want, err := source.Schema(t.Context(), env, directory.SchemaPick{Roles: directory.Pick{Exclude: []string{"editor"}}})
	ok(t, err)
	got, err := target.Schema(t.Context(), env, directory.SchemaPick{Roles: directory.Pick{Exclude: []string{"editor"}}})
	ok(t, err)
	same := cmp.Options{
		cmpopts.EquateEmpty(),
		cmpopts.IgnoreFields(authz.Resource{}, "ID", "CreatedAt", "UpdatedAt"),
		cmpopts.IgnoreFields(authz.Action{}, "ID"),
		cmpopts.IgnoreFields(authz.Role{}, "ID", "CreatedAt", "UpdatedAt"),
	}
	if diff := cmp.Diff(want, got, same); diff != "" {
		t.Errorf("-source +target\n%s", diff)
	}
	left, err := target.Role(t.Context(), env, "editor")
	if err != nil || len(left.Permissions) != 0 {
		t.Errorf("got %v (%v), want the role without its permission on the lost action", left.Permissions, err)
	}
}

// TestCopyingOntoWhatIsThereIsAConflict, and writes nothing.
func TestCopyingOntoWhatIsThereIsAConflict(t *testing.T) {
	t.Parallel()
	source, target := furnished(t), furnished(t)
	s, err := source.Schema(t.Context(), env, directory.SchemaPick{})
	ok(t, err)
	if _, err := target.CopySchema(t.Context(), env, actor, s, false); authz.KindOf(err) != authz.Conflict {
		t.Errorf("got %v, want Conflict", err)
	}
}

package workspace

import (
	"net/mail"
	"regexp"

	"github.com/gatehouse-authz/gatehouse/internal/authz"
)

// Patterns of the Permit API (schemas ProjectCreate, EnvironmentCreate,
// OrganizationUpdate).
var (
	anyKey           = regexp.MustCompile(`^[A-Za-z0-9\-_]+$`)
	organizationName = regexp.MustCompile(`^[A-Za-z0-9.\-_ ]+$`)
	urnNamespace     = regexp.MustCompile(`^[a-z0-9-]{2,}$`)
)

const (
	maxKey  = 512  // bytes
	maxText = 8192 // bytes, names and descriptions
)

func checkKey(kind, key string) error {
	switch {
	case key == "":
		return authz.InvalidField("key", "%s key must not be empty", kind)
	case len(key) > maxKey:
		return authz.InvalidField("key", "%s key is longer than %d bytes", kind, maxKey)
	case !anyKey.MatchString(key):
		return authz.InvalidField("key", "%s key %q must match %s", kind, key, anyKey)
	}
	return nil
}

func checkName(name string, pattern *regexp.Regexp) error {
	if !pattern.MatchString(name) {
		return authz.InvalidField("name", "name %q must match %s", name, pattern)
	}
	return checkText("name", name)
}

func checkText(field, s string) error {
	if len(s) > maxText {
		return authz.InvalidField(field, "text is longer than %d bytes", maxText)
	}
	return nil
}

func checkEmail(field, s string) error {
	if a, err := mail.ParseAddress(s); err != nil || a.Address != s || len(s) > maxKey {
		return authz.InvalidField(field, "value is not a valid email address")
	}
	return nil
}

func checkProject(p Project) error {
	if p.URNNamespace != "" && !urnNamespace.MatchString(p.URNNamespace) {
		return authz.InvalidField("urn_namespace", "URN namespace %q must match %s", p.URNNamespace, urnNamespace)
	}
	return firstOf(checkKey("project", p.Key), checkText("name", p.Name), checkText("description", p.Description),
		checkText("urn_namespace", p.URNNamespace))
}

func checkEnvironment(e Environment) error {
	return firstOf(checkKey("environment", e.Key), checkText("name", e.Name), checkText("description", e.Description),
		checkText("custom_branch_name", e.CustomBranch))
}

func firstOf(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

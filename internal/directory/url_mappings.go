package directory

import (
	"context"
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strconv"

	"github.com/gatehouse-authz/gatehouse/internal/authz"
)

// A URLMappingInput is a URL mapping as a caller of the API gives it. Nil fields
// of an update are kept; of a create they are empty, and the mechanism is
// [authz.BearerToken]. A secret is given as text or as headers, as the mechanism
// has it.
type URLMappingInput struct {
	Name      *string
	Mechanism *authz.Mechanism
	Secret    *authz.Secret
	Headers   map[string]string
	// Rules are laid over those that are there, in order: each takes the place of
	// the one of its method and URL, or comes last.
	Rules []URLRuleInput
}

// A URLRuleInput is a rule, or one to delete.
type URLRuleInput struct {
	authz.URLRule
	Delete bool
}

// CreateURLMapping makes a URL mapping. It returns Conflict if the key is taken,
// and Invalid for a rule that is there twice.
func (d *Directory) CreateURLMapping(ctx context.Context, env authz.EnvID, actor string, key string, in URLMappingInput) (m authz.URLMapping, rev authz.Revision, err error) {
	rev, err = d.write(ctx, env, actor, func(ctx context.Context, v View) ([]authz.Change, error) {
		if _, taken, err := v.URLMapping(ctx, authz.Ident(key)); err != nil || taken {
			return nil, orTaken(err, "URL mapping", key)
		}
		for i, r := range in.Rules {
			if place(rulesOf(in.Rules[:i]), r.URLRule) >= 0 {
				return nil, authz.InvalidField(ruleField(i, "url"), "the rule for %s %s is there twice", r.Method, r.URL)
			}
		}
		m = authz.URLMapping{Key: key, ID: NewID(), Mechanism: authz.BearerToken, CreatedAt: d.now()}
		return d.putMapping(ctx, v, &m, in)
	})
	return m, rev, err
}

// UpdateURLMapping changes what in gives.
func (d *Directory) UpdateURLMapping(ctx context.Context, env authz.EnvID, actor string, id authz.Ident, in URLMappingInput) (m authz.URLMapping, rev authz.Revision, err error) {
	rev, err = d.write(ctx, env, actor, func(ctx context.Context, v View) ([]authz.Change, error) {
		var err error
		if m, err = find(ctx, "URL mapping", id, v.URLMapping); err != nil {
			return nil, err
		}
		return d.putMapping(ctx, v, &m, in)
	})
	return m, rev, err
}

// DeleteURLMapping deletes a URL mapping.
func (d *Directory) DeleteURLMapping(ctx context.Context, env authz.EnvID, actor string, id authz.Ident) (authz.Revision, error) {
	return d.write(ctx, env, actor, func(ctx context.Context, v View) ([]authz.Change, error) {
		m, err := find(ctx, "URL mapping", id, v.URLMapping)
		return []authz.Change{authz.DeleteURLMapping{Key: m.Key}}, err
	})
}

// URLMapping returns a URL mapping with its secret.
func (d *Directory) URLMapping(ctx context.Context, env authz.EnvID, id authz.Ident) (m authz.URLMapping, err error) {
	err = d.Store.View(ctx, env, func(ctx context.Context, l Listing) error {
		m, err = find(ctx, "URL mapping", id, l.URLMapping)
		return err
	})
	return m, err
}

// URLMappings lists URL mappings with their secrets, oldest first.
func (d *Directory) URLMappings(ctx context.Context, env authz.EnvID, p Page) (list []authz.URLMapping, err error) {
	err = d.Store.View(ctx, env, func(ctx context.Context, l Listing) error {
		all, err := l.URLMappings(ctx)
		list = pageOf(all, p)
		return err
	})
	return list, err
}

// Headers are the headers that the secret of m is; nil for another mechanism.
func Headers(m authz.URLMapping) (headers map[string]string) {
	if m.Mechanism != authz.SecretHeaders || json.Unmarshal([]byte(m.Secret), &headers) != nil {
		return nil
	}
	return headers
}

// putMapping puts m with in laid over it.
func (d *Directory) putMapping(ctx context.Context, v View, m *authz.URLMapping, in URLMappingInput) ([]authz.Change, error) {
	set(&m.Name, in.Name)
	if err := authenticate(m, in); err != nil {
		return nil, err
	}
	if err := d.layRules(m, in.Rules); err != nil {
		return nil, err
	}
	all, err := v.URLMappings(ctx)
	if err != nil {
		return nil, err
	}
	total := len(m.Rules)
	for _, other := range all {
		if other.Key != m.Key {
			total += len(other.Rules)
		}
	}
	if total > authz.MaxURLRules {
		return nil, authz.InvalidField("mapping_rules", "the environment would have %d rules, more than %d", total, authz.MaxURLRules)
	}
	m.UpdatedAt = d.now()
	return []authz.Change{authz.PutURLMapping{Mapping: *m}}, nil
}

var userAndPassword = regexp.MustCompile(`^.+:.+$`)

// authenticate gives m the mechanism and the secret of in; one must fit the other.
func authenticate(m *authz.URLMapping, in URLMappingInput) error {
	was := m.Mechanism
	set(&m.Mechanism, in.Mechanism)
	headers := m.Mechanism == authz.SecretHeaders
	switch {
	case headers && in.Headers != nil:
		text, err := json.Marshal(in.Headers)
		if err != nil {
			return fmt.Errorf("headers of a secret: %w", err)
		}
		m.Secret = authz.Secret(text)
	case headers && (in.Secret != nil || was != authz.SecretHeaders):
		return authz.InvalidField("secret", "with the mechanism Headers the secret is an object of texts")
	case !headers && (in.Headers != nil || in.Secret == nil && was == authz.SecretHeaders):
		return authz.InvalidField("secret", "with the mechanism %s the secret is a text", m.Mechanism)
	}
	if !headers {
		set(&m.Secret, in.Secret)
	}
	switch m.Mechanism {
	case authz.BearerToken:
		if m.Secret == "" {
			return authz.InvalidField("secret", "with the mechanism Bearer the secret must not be empty")
		}
	case authz.BasicAuth:
		if !userAndPassword.MatchString(string(m.Secret)) {
			return authz.InvalidField("secret", "with the mechanism Basic the secret is user:password")
		}
	case authz.SecretHeaders:
	default:
		return authz.InvalidField("auth_mechanism", "must be one of: Bearer, Basic, Headers")
	}
	return checkText("secret", string(m.Secret))
}

// layRules lays rules over those of m. Deleting one that is not there does nothing.
func (d *Directory) layRules(m *authz.URLMapping, rules []URLRuleInput) error {
	m.Rules = slices.Clone(m.Rules)
	for i, r := range rules {
		at := place(m.Rules, r.URLRule)
		if r.Delete {
			if at >= 0 {
				m.Rules = slices.Delete(m.Rules, at, at+1)
			}
			continue
		}
		if err := d.checkURLRule(i, r.URLRule); err != nil {
			return err
		}
		if at < 0 {
			m.Rules = append(m.Rules, r.URLRule)
		} else {
			m.Rules[at] = r.URLRule
		}
	}
	return nil
}

// place is where the rule of the method and URL of r stands; -1 if nowhere.
func place(rules []authz.URLRule, r authz.URLRule) int {
	return slices.IndexFunc(rules, func(x authz.URLRule) bool { return x.URL == r.URL && x.Method == r.Method })
}

func rulesOf(in []URLRuleInput) []authz.URLRule {
	out := make([]authz.URLRule, len(in))
	for i, r := range in {
		out[i] = r.URLRule
	}
	return out
}

func ruleField(i int, name string) string { return "mapping_rules." + strconv.Itoa(i) + "." + name }

// checkURLRule holds the rules about the i-th rule given. Resource and action need
// not be there.
func (d *Directory) checkURLRule(i int, r authz.URLRule) error {
	if r.URL == "" {
		return authz.InvalidField(ruleField(i, "url"), "the URL must not be empty")
	}
	if r.Regex && d.ReadablePattern != nil {
		if err := d.ReadablePattern(r.URL); err != nil {
			return authz.InvalidField(ruleField(i, "url"), "%v", err)
		}
	}
	err := firstOf(
		checkText(ruleField(i, "url"), r.URL),
		checkKey(ruleField(i, "resource"), "resource", string(r.Resource), anyKey),
		checkText(ruleField(i, "action"), string(r.Action)))
	for name, value := range r.Headers {
		err = firstOf(err, checkText(ruleField(i, "headers"), name), checkText(ruleField(i, "headers"), value))
	}
	return err
}

func checkMapping(m authz.URLMapping) error {
	return firstOf(checkKey("key", "URL mapping", m.Key, anyKey), checkText("name", m.Name))
}

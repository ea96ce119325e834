package permit

import (
	"bytes"
	"encoding/json"
	"net/http"
	"strconv"

	"github.com/gatehouse-authz/gatehouse/internal/authz"
	"github.com/gatehouse-authz/gatehouse/internal/directory"
	"github.com/gatehouse-authz/gatehouse/internal/httpapi"
)

func (a *API) mountProxyConfigs(in func(pattern string, h handler)) {
	in("GET"+facts+"/proxy_configs", a.listProxyConfigs)
	in("POST"+facts+"/proxy_configs", a.createProxyConfig)
	in("GET"+facts+"/proxy_configs/{config}", a.readProxyConfig)
	in("PATCH"+facts+"/proxy_configs/{config}", a.updateProxyConfig)
	in("DELETE"+facts+"/proxy_configs/{config}", a.deleteProxyConfig)
}

type proxyConfigCreate struct {
	Key       string          `json:"key" api:"required"`
	Name      string          `json:"name" api:"required"`
	Secret    json.RawMessage `json:"secret" api:"required"`
	Mechanism *string         `json:"auth_mechanism" api:"nullable"`
	Rules     []mappingRule   `json:"mapping_rules" api:"nullable"`
}

type proxyConfigUpdate struct {
	Name      *string             `json:"name" api:"nullable"`
	Secret    json.RawMessage     `json:"secret" api:"nullable"`
	Mechanism *string             `json:"auth_mechanism" api:"nullable"`
	Rules     []mappingRuleUpdate `json:"mapping_rules" api:"nullable"`
}

type mappingRule struct {
	URL      string            `json:"url" api:"required"`
	Type     *string           `json:"url_type" api:"nullable"`
	Method   string            `json:"http_method" api:"required"`
	Resource authz.ResourceKey `json:"resource" api:"required"`
	Headers  map[string]string `json:"headers" api:"nullable"`
	Action   *string           `json:"action" api:"nullable"`
	Priority *int              `json:"priority" api:"nullable"`
}

type mappingRuleUpdate struct {
	mappingRule
	Delete bool `json:"should_delete"`
}

type proxyConfigRead struct {
	Key string   `json:"key"`
	ID  authz.ID `json:"id"`
	belonging
	CreatedAt timestamp       `json:"created_at"`
	UpdatedAt timestamp       `json:"updated_at"`
	Secret    any             `json:"secret"`
	Name      string          `json:"name"`
	Rules     []mappingRule   `json:"mapping_rules"`
	Mechanism authz.Mechanism `json:"auth_mechanism"`
}

const regexURL = "regex"

// methodsOfRules are the methods that a rule may be about.
var methodsOfRules = map[string]bool{"get": true, "post": true, "put": true, "patch": true, "delete": true, "head": true, "options": true}

// input is the i-th rule of a body.
func (m mappingRule) input(i int) (r authz.URLRule, err error) {
	at := func(field string) []string { return []string{"mapping_rules", strconv.Itoa(i), field} }
	if m.Type != nil && *m.Type != regexURL {
		return r, bodyFault(httpapi.CodeChoice, "must be null or regex", at("url_type")...)
	}
	if !methodsOfRules[m.Method] {
		return r, bodyFault(httpapi.CodeChoice, "must be one of: get, post, put, patch, delete, head, options", at("http_method")...)
	}
	return authz.URLRule{
		URL: m.URL, Regex: m.Type != nil, Method: m.Method, Resource: m.Resource,
		Action: authz.ActionKey(orEmpty(m.Action)), Priority: m.Priority, Headers: m.Headers,
	}, nil
}

// secretInput reads a secret: a text, or an object of texts.
func secretInput(raw json.RawMessage, in *directory.URLMappingInput) error {
	raw = bytes.TrimSpace(raw)
	if len(raw) == 0 || string(raw) == "null" {
		return nil
	}
	var text authz.Secret
	if raw[0] == '"' && json.Unmarshal(raw, (*string)(&text)) == nil {
		in.Secret = &text
		return nil
	}
	if raw[0] == '{' {
		var headers map[string]*string
		if json.Unmarshal(raw, &headers) == nil {
			in.Headers = make(map[string]string, len(headers))
			for name, value := range headers {
				if value == nil {
					return bodyFault(httpapi.CodeNull, "null is not allowed", "secret", name)
				}
				in.Headers[name] = *value
			}
			return nil
		}
	}
	return bodyFault(httpapi.CodeString, "must be a text, or an object of texts", "secret")
}

func (a *API) createProxyConfig(w http.ResponseWriter, r *http.Request, c caller) error {
	body, err := httpapi.Read[proxyConfigCreate](w, r)
	if err != nil {
		return err
	}
	in := directory.URLMappingInput{Name: &body.Name, Mechanism: (*authz.Mechanism)(body.Mechanism)}
	if err := secretInput(body.Secret, &in); err != nil {
		return err
	}
	if in.Secret == nil && in.Headers == nil {
		return bodyFault(httpapi.CodeNull, "null is not allowed", "secret")
	}
	for i, m := range body.Rules {
		rule, err := m.input(i)
		if err != nil {
			return err
		}
		in.Rules = append(in.Rules, directory.URLRuleInput{URLRule: rule})
	}
	m, rev, err := a.Directory.CreateURLMapping(r.Context(), c.env.ID, c.key.Actor(), body.Key, in)
	if err != nil {
		return err
	}
	return wrote(w, http.StatusOK, rev, readProxyConfig(c.env, m))
}

func (a *API) updateProxyConfig(w http.ResponseWriter, r *http.Request, c caller) error {
	body, err := httpapi.Read[proxyConfigUpdate](w, r)
	if err != nil {
		return err
	}
	in := directory.URLMappingInput{Name: body.Name, Mechanism: (*authz.Mechanism)(body.Mechanism)}
	if err := secretInput(body.Secret, &in); err != nil {
		return err
	}
	for i, m := range body.Rules {
		rule, err := m.input(i)
		if err != nil {
			return err
		}
		in.Rules = append(in.Rules, directory.URLRuleInput{URLRule: rule, Delete: m.Delete})
	}
	m, rev, err := a.Directory.UpdateURLMapping(r.Context(), c.env.ID, c.key.Actor(), ident(r, "config"), in)
	if err != nil {
		return err
	}
	return wrote(w, http.StatusOK, rev, readProxyConfig(c.env, m))
}

func (a *API) deleteProxyConfig(w http.ResponseWriter, r *http.Request, c caller) error {
	return a.deleted(w, r, c, ident(r, "config"), a.Directory.DeleteURLMapping)
}

func (a *API) readProxyConfig(w http.ResponseWriter, r *http.Request, c caller) error {
	m, err := a.Directory.URLMapping(r.Context(), c.env.ID, ident(r, "config"))
	if err != nil {
		return err
	}
	return httpapi.Write(w, http.StatusOK, readProxyConfig(c.env, m))
}

func (a *API) listProxyConfigs(w http.ResponseWriter, r *http.Request, c caller) error {
	q := httpapi.QueryOf(r)
	page := q.Page(most)
	if err := q.Err(); err != nil {
		return err
	}
	if err := unfiltered(q); err != nil {
		return err
	}
	list, err := a.Directory.URLMappings(r.Context(), c.env.ID, rowsOf(page))
	if err != nil {
		return err
	}
	return httpapi.Write(w, http.StatusOK, each(list, func(m authz.URLMapping) proxyConfigRead { return readProxyConfig(c.env, m) }))
}

// readProxyConfig shows the secret, as Permit does: its proxy reads it here.
func readProxyConfig(e authz.Environment, m authz.URLMapping) proxyConfigRead {
	out := proxyConfigRead{
		Key: m.Key, ID: m.ID, belonging: belongs(e), CreatedAt: timestamp(m.CreatedAt), UpdatedAt: timestamp(m.UpdatedAt),
		Secret: string(m.Secret), Name: m.Name, Mechanism: m.Mechanism, Rules: each(m.Rules, readMappingRule),
	}
	if headers := directory.Headers(m); headers != nil {
		out.Secret = headers
	}
	return out
}

func readMappingRule(r authz.URLRule) mappingRule {
	out := mappingRule{URL: r.URL, Method: r.Method, Resource: r.Resource, Headers: r.Headers, Action: orNull(string(r.Action)), Priority: r.Priority}
	if r.Regex {
		kind := regexURL
		out.Type = &kind
	}
	if out.Headers == nil {
		out.Headers = map[string]string{}
	}
	return out
}

package permitapi

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/gatehouse-authz/gatehouse/internal/authz"
	"github.com/gatehouse-authz/gatehouse/internal/mirror"
)

// pdpTimeout bounds a question to a decision point.
const pdpTimeout = 10 * time.Second

// A PDP is the decision point of an account. It is safe for concurrent use.
type PDP struct{ client *Client }

// NewPDP is the decision point at an address, as https://pdp.example.com, that takes an
// API key. The error is Invalid and repeats neither.
func NewPDP(address, key string) (*PDP, error) {
	u, err := url.Parse(address)
	switch {
	case err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" || u.RawQuery != "" || u.Fragment != "" || u.User != nil:
		return nil, authz.InvalidField("pdp_url", "pdp_url is not an address such as https://pdp.example.com, without user, query and fragment")
	case key == "" || strings.ContainsAny(key, " \r\n\t"):
		return nil, authz.InvalidField("key", "key is not an API key of the account")
	}
	return &PDP{&Client{API: address, Key: key, shadow: true, Pace: &mirror.Pace{Clock: mirror.Wall{}}, HTTP: &http.Client{Timeout: pdpTimeout}}}, nil
}

// shadowHeader tells a decision point that is a Gatehouse not to compare in turn.
const shadowHeader = "X-Gatehouse-Shadow"

// Allowed asks q. If explain, why is what the decision point says of its answer, as JSON;
// nil if it says nothing.
func (p *PDP) Allowed(ctx context.Context, q authz.Query, explain bool) (allow bool, why []byte, err error) {
	user := object{"key": q.User}
	if len(q.UserAttributes) > 0 {
		user["attributes"] = q.UserAttributes
	}
	resource := object{"type": q.Resource}
	if q.Instance != "" {
		resource["key"] = q.Instance
	}
	if q.Tenant != "" {
		resource["tenant"] = q.Tenant
	}
	if len(q.ResourceAttributes) > 0 {
		resource["attributes"] = q.ResourceAttributes
	}
	body := object{"user": user, "action": q.Action, "resource": resource}
	if len(q.Context) > 0 {
		body["context"] = q.Context
	}
	if explain {
		body["use_debugger"] = true
	}
	var answer struct {
		Allow *bool           `json:"allow"`
		Debug json.RawMessage `json:"debug"`
	}
	if err := p.client.send(ctx, http.MethodPost, "/allowed", body, &answer, false); err != nil {
		if r, refused := errors.AsType[*mirror.Refusal](err); refused && r.Status/100 == 3 {
			r.Reason = "it redirects, so pdp_url is not its final address"
		}
		return false, nil, err
	}
	if answer.Allow == nil {
		return false, nil, fmt.Errorf("%w: it does not say whether it allows", errStrange)
	}
	if explain && len(answer.Debug) > 0 && string(answer.Debug) != "null" {
		why = answer.Debug
	}
	return *answer.Allow, why, nil
}

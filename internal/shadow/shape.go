package shadow

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/gatehouse-authz/gatehouse/internal/authz"
	"github.com/gatehouse-authz/gatehouse/internal/engine"
)

// mostWhy bounds what is kept of an explanation, and of the attributes of a question, in
// bytes.
const mostWhy = 16 << 10

// disagreement is what is kept of a question whose answers differ.
func (w *watch) disagreement(s *engine.Snapshot, q authz.Query, d authz.Decision, there []byte) *Disagreement {
	now := time.Now()
	kept := &Disagreement{
		Shape: shapeOf(q, d, s.Why(q), there), N: 1, First: now, Last: now,
		Query: bounded(q), Revision: s.Revision(), Allow: d.Allow, Here: short(w.Explain(s, q)), There: short(there),
	}
	return kept
}

// shapeOf names questions that are alike: the same permission, named and answered the same
// way, for the same reasons.
func shapeOf(q authz.Query, d authz.Decision, why engine.Reason, there []byte) string {
	var says map[string]struct {
		Allow bool   `json:"allow"`
		Code  string `json:"code"`
	}
	_ = json.Unmarshal(there, &says) // what is no such explanation has no codes
	parts := []any{q.Action, q.Resource, q.Instance != "", q.Tenant != "", len(q.UserAttributes) > 0, len(q.ResourceAttributes) > 0, len(q.Context) > 0, d.Allow, d.By, why}
	for _, model := range []string{"rbac", "abac", "rebac"} {
		parts = append(parts, says[model].Allow, says[model].Code)
	}
	sum := sha256.Sum256([]byte(strings.Trim(fmt.Sprintf("%q", parts), "[]")))
	return hex.EncodeToString(sum[:8])
}

// short is an explanation, or that it is too long.
func short(why []byte) []byte {
	if len(why) > mostWhy {
		return fmt.Appendf(nil, `{"too_long":%d}`, len(why))
	}
	return why
}

// bounded is a question without attributes that are too long to keep.
func bounded(q authz.Query) authz.Query {
	for _, attributes := range []*authz.Attributes{&q.UserAttributes, &q.ResourceAttributes, &q.Context} {
		if text, err := json.Marshal(*attributes); err != nil || len(text) > mostWhy {
			*attributes = authz.Attributes{"too_long": true}
		}
	}
	return q
}

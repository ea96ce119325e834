package logtosim

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"slices"
	"time"
)

// hookEvents are the events that a hook can ask for, in Logto's order.
var hookEvents = []string{
	"PostRegister", "PostSignIn", "PostSignInAdaptiveMfaTriggered", "PostResetPassword",
	"User.Created", "User.Deleted", "User.Data.Updated", "User.SuspensionStatus.Updated",
	"Role.Created", "Role.Deleted", "Role.Data.Updated", "Role.Scopes.Updated",
	"Scope.Created", "Scope.Deleted", "Scope.Data.Updated",
	"Organization.Created", "Organization.Deleted", "Organization.Data.Updated", "Organization.Membership.Updated",
	"OrganizationRole.Created", "OrganizationRole.Deleted", "OrganizationRole.Data.Updated", "OrganizationRole.Scopes.Updated",
	"OrganizationScope.Created", "OrganizationScope.Deleted", "OrganizationScope.Data.Updated",
	"Identifier.Lockout", "Message.RateLimited", "Grant.LimitExceeded",
}

// A hook is a webhook as Logto shows it. Event is of an older form and stays null.
type hook struct {
	TenantID   string     `json:"tenantId"`
	ID         string     `json:"id"`
	Name       string     `json:"name"`
	Event      *string    `json:"event"`
	Events     []string   `json:"events"`
	Config     hookConfig `json:"config"`
	SigningKey string     `json:"signingKey"`
	Enabled    bool       `json:"enabled"`
	CreatedAt  int64      `json:"createdAt"` // milliseconds since 1970
}

// A hookConfig says where deliveries go.
type hookConfig struct {
	URL     string            `json:"url"`
	Headers map[string]string `json:"headers,omitempty"`
	Retries *float64          `json:"retries,omitempty"` // has no effect
}

// ownHook is the hook of the [Config]. It asks for everything.
func (s *Sim) ownHook(url string) *hook {
	return &hook{
		TenantID: tenantID, ID: s.hookID, Name: "gatehouse", Events: hookEvents, Config: hookConfig{URL: url},
		SigningKey: s.config.SigningKey, Enabled: true, CreatedAt: s.now(),
	}
}

// hook returns the hook or nil. The caller holds mu.
func (s *Sim) hook(id string) *hook { return byID(s.hooks, id, func(h *hook) string { return h.ID }) }

// SetWebhookURL says where later deliveries of the [Config]'s hook go. Empty
// removes the hook; what happens then is told to nobody, not even later.
func (s *Sim) SetWebhookURL(url string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	own := s.hook(s.hookID)
	switch {
	case url == "" && own != nil:
		s.hooks = without(s.hooks, own)
	case url != "" && own == nil:
		s.hooks = append(s.hooks, s.ownHook(url))
	case url != "":
		own.Config.URL = url
	}
}

// wants reports whether the hook asks for the event.
func (h *hook) wants(event string) bool { return h.Enabled && slices.Contains(h.Events, event) }

// sign returns the signature of a body under a hook's key.
func sign(key string, body []byte) string {
	mac := hmac.New(sha256.New, []byte(key))
	mac.Write(body)
	return hex.EncodeToString(mac.Sum(nil))
}

// A logRow is one entry of Logto's audit log.
type logRow struct {
	tenant    string
	ID        string          `json:"id"`
	Key       string          `json:"key"`
	Payload   json.RawMessage `json:"payload"`
	CreatedAt int64           `json:"createdAt"` // milliseconds since 1970

	hookID, applicationID, userID string // what the log can be filtered by
	failed                        bool
}

// keptLogs is how many entries are remembered.
const keptLogs = 20_000

// note adds an entry to the log. The caller holds mu.
func (s *Sim) note(row logRow) {
	row.ID, row.CreatedAt = s.id(21), s.now()
	if len(s.logs) == keptLogs {
		s.logs = slices.Clone(s.logs[keptLogs/2:])
	}
	s.logs = append(s.logs, row)
}

// recentLogs is how far back the log of a hook goes without a window.
const recentLogs = 24 * time.Hour

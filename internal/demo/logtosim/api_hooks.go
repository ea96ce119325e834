package logtosim

import (
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"slices"
	"strings"
)

func (s *Sim) hookRoutes() []route {
	return []route{
		{"/hooks", []served{wholes(s.locked(s.listHooks)), post(s.acts(s.postHook))}},
		{"/hooks/:id", []served{get(s.acts(s.getHook)), patch(s.acts(s.patchHook)), del(s.acts(s.deleteHook))}},
		{"/hooks/:id/signing-key", []served{patch(s.acts(s.rotateKey))}},
		{"/hooks/:id/test", []served{post(s.testHook)}},
		{"/hooks/:id/recent-logs", []served{pages(s.locked(s.listHookLogs))}},
		{"/logs", []served{pages(s.locked(s.listLogs))}},
		{"/logs/:id", []served{get(s.acts(s.getLog))}},
	}
}

// A countedHook is a hook with what became of its deliveries in the last 24 hours.
type countedHook struct {
	hook
	ExecutionStats executionStats `json:"executionStats"`
}

type executionStats struct {
	SuccessCount int `json:"successCount"`
	RequestCount int `json:"requestCount"`
}

// counted is the hook with its counts. The caller holds mu.
func (s *Sim) counted(h *hook) countedHook {
	c := countedHook{hook: *h}
	for _, row := range s.logs {
		if row.hookID != h.ID || row.CreatedAt <= s.now()-recentLogs.Milliseconds() {
			continue
		}
		c.ExecutionStats.RequestCount++
		if !row.failed {
			c.ExecutionStats.SuccessCount++
		}
	}
	return c
}

func (s *Sim) listHooks(r *http.Request) ([]any, error) {
	list := []any{}
	for _, h := range s.hooks {
		if yes(r.URL.Query().Get("includeExecutionStats")) {
			list = append(list, s.counted(h))
			continue
		}
		list = append(list, *h)
	}
	return list, nil
}

// hookOf returns the hook of the request's path. The caller holds mu.
func (s *Sim) hookOf(r *http.Request) (*hook, error) {
	id := r.PathValue("id")
	if h := s.hook(id); h != nil {
		return h, nil
	}
	return nil, errNoSuchID("hooks", id)
}

func (s *Sim) getHook(r *http.Request, _ Fields) (int, any, error) {
	h, err := s.hookOf(r)
	if err != nil {
		return 0, nil, err
	}
	if r.URL.Query().Get("includeExecutionStats") != "" {
		return http.StatusOK, s.counted(h), nil
	}
	return http.StatusOK, *h, nil
}

// postHook checks neither the address nor whether there is such a hook already.
func (s *Sim) postHook(_ *http.Request, f Fields) (int, any, error) {
	h := &hook{TenantID: tenantID, ID: s.id(21), Events: []string{}, Enabled: true, CreatedAt: s.now()}
	if err := f.putHook(h); err != nil {
		return 0, nil, err
	}
	if _, ok := f["events"]; !ok {
		return 0, nil, &Error{
			Status: http.StatusBadRequest, Code: "hook.missing_events", Message: "You need to provide at least one event.",
		}
	}
	h.SigningKey = s.id(32)
	s.hooks = append(s.hooks, h)
	return http.StatusCreated, *h, nil
}

// putHook changes h to what the fields say. The configuration is replaced whole.
func (f Fields) putHook(h *hook) error {
	if _, err := f.putRow(map[string]*string{"name": &h.Name}, nil, map[string]*bool{"enabled": &h.Enabled}); err != nil {
		return err
	}
	if _, ok := f["events"]; ok {
		events, err := f.events()
		if err != nil {
			return err
		}
		h.Events = events
	}
	if v, ok := f["config"]; ok {
		config, err := readHookConfig(v)
		if err != nil {
			return err
		}
		h.Config = config
	}
	return nil
}

// events reads the events that a hook asks for, each once.
func (f Fields) events() ([]string, error) {
	events, err := f.texts("events", 1)
	if err != nil {
		return nil, err
	}
	for i, e := range events {
		if !slices.Contains(hookEvents, e) {
			bad := invalidEnum(e, hookEvents, "events", fmt.Sprint(i))
			return nil, bad
		}
	}
	return with(nil, events), nil
}

func readHookConfig(v any) (hookConfig, error) {
	fields, ok := v.(map[string]any)
	if !ok {
		return hookConfig{}, invalidType("object", kindOf(v), "config")
	}
	var c hookConfig
	c.URL, ok = fields["url"].(string)
	if !ok {
		return hookConfig{}, invalidType("string", kindOrUndefined(fields, "url"), "config", "url")
	}
	if headers, ok := fields["headers"].(map[string]any); ok {
		c.Headers = map[string]string{}
		for name, v := range headers {
			text, ok := v.(string)
			if !ok {
				return hookConfig{}, invalidType("string", kindOf(v), "config", "headers", name)
			}
			c.Headers[name] = text
		}
	}
	if retries, ok := fields["retries"].(float64); ok {
		c.Retries = &retries
	}
	return c, nil
}

func (s *Sim) patchHook(r *http.Request, f Fields) (int, any, error) {
	h := s.hook(r.PathValue("id"))
	if h == nil {
		return 0, nil, errNotExists("hook")
	}
	changed := *h
	if err := f.putHook(&changed); err != nil {
		return 0, nil, err
	}
	if !slices.ContainsFunc([]string{"name", "events", "config", "enabled"}, func(k string) bool { _, ok := f[k]; return ok }) {
		return 0, nil, errEmptyPatch()
	}
	*h = changed
	return http.StatusOK, changed, nil
}

// rotateKey makes the next delivery carry the new key: there is no overlap.
func (s *Sim) rotateKey(r *http.Request, _ Fields) (int, any, error) {
	h := s.hook(r.PathValue("id"))
	if h == nil {
		return 0, nil, errNotExists("hook")
	}
	h.SigningKey = s.id(32)
	return http.StatusOK, *h, nil
}

// deleteHook leaves the log of its deliveries.
func (s *Sim) deleteHook(r *http.Request, _ Fields) (int, any, error) {
	h := s.hook(r.PathValue("id"))
	if h == nil {
		return 0, nil, errNotFound()
	}
	s.hooks = without(s.hooks, h)
	return http.StatusNoContent, nil, nil
}

// testHook sends a made-up payload of every event to the address of the body,
// signed with the hook's key, and waits for the answers. Nothing is logged.
func (s *Sim) testHook(r *http.Request) (int, any, error) {
	f, err := readBody(r)
	if err != nil {
		return 0, nil, err
	}
	events, err := f.events()
	if err != nil {
		return 0, nil, err
	}
	config, err := readHookConfig(f["config"])
	if err != nil {
		return 0, nil, err
	}
	s.mu.Lock()
	h, err := s.hookOf(r)
	var bodies []object
	var key string
	if err == nil {
		key = h.SigningKey
		for _, e := range events {
			bodies = append(bodies, s.madeUp(h.ID, e))
		}
	}
	s.mu.Unlock()
	if err != nil {
		return 0, nil, err
	}
	for i, body := range bodies {
		raw := mustStringify(body)
		got := s.post(r.Context(), config.URL, Webhook{Event: events[i], Body: raw, Header: deliveryHeader(config.Headers, key, raw)})
		if err := got.asTest(); err != nil {
			return 0, nil, err
		}
	}
	return http.StatusNoContent, nil, nil
}

// asTest is what the test of a hook says of an answer that is not a success.
func (a answered) asTest() error {
	switch {
	case a.err != nil:
		said := "TypeError: fetch failed"
		if a.timedOut() {
			said = "TimeoutError: Request timed out"
		}
		return errUnprocessable("", "hook.send_test_payload_failed", "Failed to send test payload: "+said)
	case a.status/100 != 2:
		failed := errUnprocessable("", "hook.endpoint_responded_with_error", "Endpoint responded with error.")
		failed.data = object{{"responseStatus", a.status}, {"responseBody", a.body}}
		return failed
	}
	return nil
}

// timedOut reports whether the receiver took too long.
func (a answered) timedOut() bool {
	timeout, ok := errors.AsType[interface {
		error
		Timeout() bool
	}](a.err)
	return ok && timeout.Timeout()
}

// deliveryHeader is the header of a delivery. The hook's own headers can change
// everything but the signature.
func deliveryHeader(own map[string]string, key string, body []byte) http.Header {
	h := http.Header{
		"Content-Type": {"application/json"},
		"User-Agent":   {"Logto (https://logto.io/)"},
		"Accept":       {"*/*"},
	}
	for _, name := range slices.Sorted(maps.Keys(own)) {
		h.Set(name, own[name])
	}
	if key != "" {
		h.Set(SignatureHeader, sign(key, body))
	}
	return h
}

// madeUp is the payload of a test, whose ids are nobody's.
func (s *Sim) madeUp(hookID, event string) object {
	o := object{{"event", event}, {"hookId", hookID}, {"createdAt", s.timestamp()}, {"userAgent", "fake-user-agent"}}
	if strings.HasPrefix(event, "Post") {
		user := object{
			{"id", "fake-id"}, {"username", "fake-user"}, {"primaryEmail", "fake-user@fake-service.com"}, {"primaryPhone", "1234567890"},
			{"name", "Fake User"}, {"avatar", "https://fake-service.com/avatars/fake-user.png"}, {"customData", object{{"theme", "light"}}},
			{"identities", object{{"google", object{{"userId", "fake-google-user-id"}}}}}, {"profile", object{}},
			{"applicationId", "fake-application-id"}, {"cimdClientId", nil}, {"isSuspended", false},
			{"lastSignInAt", s.now()}, {"createdAt", s.now()}, {"updatedAt", s.now()},
		}
		app := object{
			{"id", "fake-spa-application-id"}, {"type", "SPA"}, {"name", "Fake Application"},
			{"description", "Fake application data for testing"},
		}
		return append(o, member{"sessionId", "fake-session-id"}, member{"userIp", "fake-user-ip"}, member{"userId", "fake-id"},
			member{"user", user}, member{"application", app})
	}
	return append(o, member{"path", "/fake-path/:id"}, member{"method", "POST"}, member{"status", http.StatusOK},
		member{"params", object{{"id", "fake-id"}}}, member{"data", object{{"result", "success"}}})
}

// An answered is what came of one request to a receiver.
type answered struct {
	status int
	text   string // of the status
	body   string // at most 64 KiB
	err    error  // why there was no answer
}

// read fills in the answer of a receiver.
func (a *answered) read(resp *http.Response) {
	body, _ := io.ReadAll(io.LimitReader(resp.Body, 64<<10)) // what cannot be read does not matter
	a.status, a.text, a.body = resp.StatusCode, http.StatusText(resp.StatusCode), string(body)
}

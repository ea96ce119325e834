package logtosim

import (
	"encoding/json"
	"net/http"
	"slices"
	"strconv"
	"strings"
)

// logged is the log entry of a delivery. The caller holds mu.
func (s *Sim) logged(hookID, event string, body []byte, config hookConfig, got answered) logRow {
	key := "TriggerHook." + event
	result, failure := "Success", ""
	switch {
	case got.err != nil || got.status/100 != 2:
		result, failure = "Error", got.failure(body, config)
	}
	o := object{{"key", key}, {"result", result}}
	if failure != "" {
		o = append(o, member{"error", failure})
	}
	o = append(o, member{"hookId", hookID})
	if got.err == nil {
		o = append(o, member{"response", object{{"body", parsed(got.body)}, {"statusCode", got.status}}})
	}
	sent, _ := readObject(body) // made here, so it is one
	o = append(o, member{"hookRequest", object{{"body", mustJSONB(sent)}}})
	return logRow{tenant: tenantID, Key: key, Payload: mustStringify(o), hookID: hookID, failed: failure != ""}
}

// parsed is the body of an answer as the log has it: JSON if it is that.
func parsed(body string) any {
	var v any
	if err := json.Unmarshal([]byte(body), &v); err != nil || v == nil {
		return body
	}
	return mustJSONB(v)
}

// failure is what Logto's HTTP client says of a delivery that failed.
func (a answered) failure(body []byte, config hookConfig) string {
	switch {
	case a.timedOut():
		return `TimeoutError: {"message":"Request timed out","request":{},"name":"TimeoutError"}`
	case a.err != nil:
		return "TypeError: " + string(mustStringify(object{
			{"message", "fetch failed"}, {"cause", object{{"message", a.err.Error()}}}, {"name", "TypeError"},
		}))
	}
	limit := any(3)
	if config.Retries != nil {
		limit = *config.Retries
	}
	options := object{
		{"headers", object{}}, {"json", json.RawMessage(body)},
		{"retry", object{
			{"limit", limit}, {"methods", []string{"get", "put", "head", "delete", "options", "trace"}},
			{"statusCodes", []int{408, 413, 429, 500, 502, 503, 504}}, {"afterStatusCodes", []int{413, 429, 503}},
			{"maxRetryAfter", nil}, {"backoffLimit", nil},
		}},
		{"timeout", deliveryTimeout.Milliseconds()}, {"method", http.MethodPost},
		{"hooks", object{
			{"beforeRequest", []any{}}, {"beforeRetry", []any{}}, {"beforeError", []any{}}, {"afterResponse", []any{}},
		}},
		{"prefixUrl", ""}, {"throwHttpErrors", true}, {"signal", object{}}, {"duplex", "half"}, {"body", string(body)},
	}
	return "HTTPError: " + string(mustStringify(object{
		{"message", strings.TrimSpace("Request failed with status code " + strconv.Itoa(a.status) + " " + reason(a.status))},
		{"response", object{}}, {"request", object{}}, {"options", options}, {"name", "HTTPError"},
	}))
}

// reason is the text of a status in Node's words, which differ from Go's here.
func reason(status int) string {
	if status == http.StatusRequestEntityTooLarge {
		return "Payload Too Large"
	}
	return http.StatusText(status)
}

// A window is what part of the log is asked for. Zero ends are open.
type window struct {
	from, to *int64 // milliseconds since 1970, both included
	key      string
}

func readWindow(r *http.Request) (window, error) {
	w := window{key: r.URL.Query().Get("logKey")}
	for name, to := range map[string]**int64{"start_time": &w.from, "end_time": &w.to} {
		text, ok := r.URL.Query()[name]
		if !ok {
			continue
		}
		ms, err := strconv.ParseInt(text[0], 10, 64)
		if err != nil || ms < 0 {
			return w, &Error{
				Status: http.StatusBadRequest, Code: "guard.invalid_input", Message: "The request " + name + " is invalid.",
			}
		}
		*to = &ms
	}
	if w.from != nil && w.to != nil && *w.from > *w.to {
		return w, &Error{Status: http.StatusBadRequest, Code: "guard.invalid_input", Message: "The request start_time is invalid."}
	}
	return w, nil
}

// holds reports whether the entry is in the window.
func (w window) holds(row logRow) bool {
	return (w.from == nil || row.CreatedAt >= *w.from) && (w.to == nil || row.CreatedAt <= *w.to) && (w.key == "" || w.key == row.Key)
}

// listHookLogs answers with the last 24 hours if no window is given, and an
// unknown hook with an empty list. There is no filter by result.
func (s *Sim) listHookLogs(r *http.Request) ([]any, error) {
	w, err := readWindow(r)
	if err != nil {
		return nil, err
	}
	if w.from == nil && w.to == nil {
		w.from = new(s.now() - recentLogs.Milliseconds())
	}
	list := []any{}
	for _, row := range slices.Backward(s.logs) {
		if row.hookID == r.PathValue("id") && row.hookID != "" && w.holds(row) {
			list = append(list, row)
		}
	}
	return list, nil
}

// A tenantLog is a log entry as /api/logs shows it.
type tenantLog struct {
	TenantID string `json:"tenantId"`
	logRow
}

// listLogs leaves out the deliveries, as Logto does.
func (s *Sim) listLogs(r *http.Request) ([]any, error) {
	w, err := readWindow(r)
	if err != nil {
		return nil, err
	}
	q := r.URL.Query()
	list := []any{}
	for _, row := range slices.Backward(s.logs) {
		application, user := q.Get("applicationId"), q.Get("userId")
		if row.hookID == "" && w.holds(row) && (application == "" || application == row.applicationID) &&
			(user == "" || user == row.userID) {
			list = append(list, tenantLog{tenantID, row})
		}
	}
	return list, nil
}

// getLog answers with any entry, deliveries included.
func (s *Sim) getLog(r *http.Request, _ Fields) (int, any, error) {
	id := r.PathValue("id")
	i := slices.IndexFunc(s.logs, func(row logRow) bool { return row.ID == id })
	if i < 0 {
		return 0, nil, errNoSuchID("logs", id)
	}
	return http.StatusOK, tenantLog{tenantID, s.logs[i]}, nil
}

// noteToken logs a token that was given.
func (s *Sim) noteToken(r *http.Request, scope string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	c := callerOf(withCaller(r))
	const key = "ExchangeTokenBy.ClientCredentials"
	params := object{{"scope", r.PostForm.Get("scope")}, {"resource", r.PostForm.Get("resource")}, {"grant_type", "client_credentials"}}
	if r.PostForm.Has("client_secret") {
		params = append(params, member{"client_secret", "******"})
	}
	parsedAgent := object{
		{"ua", c.userAgent}, {"browser", object{}}, {"device", object{}}, {"engine", object{}}, {"os", object{}}, {"cpu", object{}},
	}
	s.note(logRow{Key: key, applicationID: s.config.AppID, Payload: mustStringify(object{
		{"key", key}, {"result", "Success"}, {"ip", c.ip}, {"userAgent", c.userAgent}, {"userAgentParsed", parsedAgent},
		{"applicationId", s.config.AppID}, {"params", params}, {"scope", scope}, {"tokenTypes", []string{"AccessToken"}},
		{"applicationSecret", object{{"name", "Default secret"}}},
	})})
}

package sample

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"time"
)

// maxAnswer bounds what is read of an answer, in bytes.
const maxAnswer = 64 << 10

// A question is the body of POST /allowed.
type question struct {
	User     questionUser     `json:"user"`
	Action   string           `json:"action"`
	Resource questionResource `json:"resource"`
}

type questionUser struct {
	Key string `json:"key"`
}

type questionResource struct {
	Type   string `json:"type"`
	Tenant string `json:"tenant"`
}

// An answer is what came of a question. Allow is true only for a clear yes.
type answer struct {
	Action string
	Allow  bool
	Code   string   // of the reason; codeNoAnswer if there was no answer
	Reason string   // in Gatehouse's words
	Roles  []string // that allow it

	Asked  string // the body of the question, to be shown
	Status string // of the answer
	Said   string // the body of the answer, to be shown
	Fault  string // why there is no answer
	Took   time.Duration
}

// codeNoAnswer is the code of an answer that Gatehouse did not give.
const codeNoAnswer = "no_answer"

// ask asks Gatehouse whether the user may do action to the reports. It is a no
// if there is no answer, or none that can be understood.
func (a *App) ask(ctx context.Context, user, action string) answer {
	q := question{User: questionUser{Key: user}, Action: action, Resource: questionResource{Type: "reports", Tenant: "default"}}
	out := answer{Action: action, Code: codeNoAnswer, Asked: pretty(q)}
	start := time.Now()
	err := a.send(ctx, q, &out)
	out.Took = time.Since(start)
	if err != nil {
		a.config.Log.Warn("no answer from gatehouse", "user", user, "action", action, "error", err)
		out.Allow, out.Code, out.Fault = false, codeNoAnswer, err.Error()
	}
	return out
}

// send sends q and reads the answer into out.
func (a *App) send(ctx context.Context, q question, out *answer) error {
	body, err := json.Marshal(q)
	if err != nil {
		return err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, a.config.Gatehouse+"/allowed", bytes.NewReader(body))
	if err != nil {
		return err
	}
	req.Header.Set("Authorization", "Bearer "+a.config.APIKey)
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("X-Gatehouse-Explain", "1") // only so that the page can say why
	resp, err := a.config.Client.Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close() //nolint:errcheck // it is read to its end below
	said, err := io.ReadAll(io.LimitReader(resp.Body, maxAnswer))
	if err != nil {
		return err
	}
	out.Status, out.Said = resp.Status, indented(said)
	if resp.StatusCode != http.StatusOK {
		return fmt.Errorf("the answer is %s", resp.Status)
	}
	var in struct {
		Allow bool `json:"allow"`
		Debug struct {
			RBAC struct {
				Code   string   `json:"code"`
				Reason string   `json:"reason"`
				Roles  []string `json:"allowing_roles"`
			} `json:"rbac"`
		} `json:"debug"`
	}
	if err := json.Unmarshal(said, &in); err != nil {
		return fmt.Errorf("the answer cannot be read: %w", err)
	}
	out.Allow, out.Code, out.Reason, out.Roles = in.Allow, in.Debug.RBAC.Code, in.Debug.RBAC.Reason, in.Debug.RBAC.Roles
	return nil
}

func pretty(v any) string {
	b, err := json.MarshalIndent(v, "", "  ")
	if err != nil {
		panic(fmt.Sprintf("%T cannot be shown as JSON: %v", v, err)) // a bug: it is a struct of texts
	}
	return string(b)
}

// indented is a body as JSON over several lines, or as it is.
func indented(body []byte) string {
	var out bytes.Buffer
	if err := json.Indent(&out, bytes.TrimSpace(body), "", "  "); err != nil {
		return string(body)
	}
	return out.String()
}

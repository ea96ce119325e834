package simtest

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
)

// A Caller calls the Management API of a stand-in, in this process.
type Caller struct {
	Logto            http.Handler
	AppID, AppSecret string

	token string
}

// Take makes the request of a step, and notes the id of the answer in ids.
func (c *Caller) Take(s Step, ids map[string]string) error {
	if c.token == "" {
		if err := c.authorize(); err != nil {
			return err
		}
	}
	r := httptest.NewRequest(s.Method, "http://logto.internal/api"+Fill(s.Path, ids), strings.NewReader(Fill(s.Body, ids)))
	r.Header.Set("Authorization", "Bearer "+c.token)
	w := httptest.NewRecorder()
	if c.Logto.ServeHTTP(w, r); w.Code != s.Status {
		return fmt.Errorf("%s %s: got %d %s, want %d", s.Method, s.Path, w.Code, w.Body, s.Status)
	}
	if s.As == "" {
		return nil
	}
	var made struct{ ID string }
	err := json.Unmarshal(w.Body.Bytes(), &made)
	ids[s.As] = made.ID
	return err
}

func (c *Caller) authorize() error {
	form := strings.NewReader("grant_type=client_credentials&scope=all&resource=https://default.logto.app/api")
	r := httptest.NewRequest(http.MethodPost, "http://logto.internal/oidc/token", form)
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.SetBasicAuth(c.AppID, c.AppSecret)
	w := httptest.NewRecorder()
	c.Logto.ServeHTTP(w, r)
	var given struct {
		Token string `json:"access_token"`
	}
	if err := json.Unmarshal(w.Body.Bytes(), &given); err != nil || given.Token == "" {
		return fmt.Errorf("token: got %d %s", w.Code, w.Body)
	}
	c.token = given.Token
	return nil
}

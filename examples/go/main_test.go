package main

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/gatehouse-authz/gatehouse/gatehousehttp"
	"github.com/gatehouse-authz/gatehouse/internal/demo/stage"
)

func TestWhatPeopleMay(t *testing.T) {
	t.Parallel()
	const resource = "https://reports.example.com/api"
	s := stage.New(t)
	s.Resource(resource)
	service, err := newService(gatehousehttp.Config{Logto: s.Logto, Audience: resource, Gatehouse: s.Gatehouse, APIKey: s.Key}, siteConfig{})
	if err != nil {
		t.Fatal(err)
	}
	own, organization := s.Token(resource, ""), s.Token(resource, stage.Organization)
	for _, test := range []struct {
		name, method, path, token string
		status                    int
		says                      string
	}{
		{"a viewer sees the reports", "GET", "/reports", own, http.StatusOK, `"for":"` + stage.User + `"`},
		{"a viewer removes none", "DELETE", "/reports/1", own, http.StatusForbidden, "no_permission"},
		{"an owner removes one in the organization", "DELETE", "/reports/1", organization, http.StatusNoContent, ""},
		{"nobody sees nothing", "GET", "/reports", "", http.StatusUnauthorized, "invalid_token"},
	} {
		r := httptest.NewRequest(test.method, test.path, nil)
		r.Header.Set("Authorization", "Bearer "+test.token)
		w := httptest.NewRecorder()
		service.ServeHTTP(w, r)
		if w.Code != test.status || !strings.Contains(w.Body.String(), test.says) {
			t.Errorf("%s: got %d %s, want %d", test.name, w.Code, w.Body, test.status)
		}
	}
}

package authzen

import (
	"net/http"
	"strings"

	"github.com/gatehouse-authz/gatehouse/internal/authz"
	"github.com/gatehouse-authz/gatehouse/internal/httpapi"
)

// metadata is the metadata document (section 9.1).
type metadata struct {
	PolicyDecisionPoint       string `json:"policy_decision_point"`
	AccessEvaluationEndpoint  string `json:"access_evaluation_endpoint"`
	AccessEvaluationsEndpoint string `json:"access_evaluations_endpoint"`
	SearchSubjectEndpoint     string `json:"search_subject_endpoint"`
	SearchResourceEndpoint    string `json:"search_resource_endpoint"`
	SearchActionEndpoint      string `json:"search_action_endpoint"`
}

// metadata answers GET /.well-known/authzen-configuration to everybody: a caller
// reads it to learn where to present its key, and it holds nothing but addresses
// that the operator has made public. Where the public address has a path, that
// path follows the well-known one (section 9.2).
func (a *API) metadata(w http.ResponseWriter, r *http.Request) error {
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		w.Header().Set("Allow", "GET, HEAD")
		return &httpapi.StatusError{Status: http.StatusMethodNotAllowed, Message: r.Method + " is not allowed here; use GET"}
	}
	if rest := strings.TrimPrefix(r.URL.Path, metadataPath); rest != "" && rest != a.PublicURL.Path {
		return authz.Errorf(authz.NotFound, "there is no %s", r.URL.Path)
	}
	base := a.PublicURL.String()
	w.Header().Set("Cache-Control", "max-age=300")
	return httpapi.Write(w, http.StatusOK, metadata{
		PolicyDecisionPoint:       base,
		AccessEvaluationEndpoint:  base + evaluationPath,
		AccessEvaluationsEndpoint: base + evaluationsPath,
		SearchSubjectEndpoint:     base + searchSubjectPath,
		SearchResourceEndpoint:    base + searchResourcePath,
		SearchActionEndpoint:      base + searchActionPath,
	})
}

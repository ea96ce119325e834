package logtosim

import (
	"cmp"
	"encoding/json"
	"net/http"
	"slices"
)

// applicationTypes are those of the schema; the first is nobody's default.
var applicationTypes = []string{"Native", "SPA", "Traditional", "MachineToMachine", "Protected", "SAML"}

// A client is an application as the Management API shows it.
type client struct {
	TenantID             string          `json:"tenantId"`
	ID                   string          `json:"id"`
	Name                 string          `json:"name"`
	Description          *string         `json:"description"`
	Type                 string          `json:"type"`
	OIDCClientMetadata   json.RawMessage `json:"oidcClientMetadata"`
	CustomClientMetadata json.RawMessage `json:"customClientMetadata"`
	ProtectedAppMetadata json.RawMessage `json:"protectedAppMetadata"`
	CustomData           json.RawMessage `json:"customData"`
	IsThirdParty         bool            `json:"isThirdParty"`
	AppLevelAccess       bool            `json:"appLevelAccessControlEnabled"`
	CreatedAt            int64           `json:"createdAt"` // milliseconds since 1970
}

// An application is a client and the roles that it holds.
type application struct {
	client
	roles []string // ids
}

// newApplication returns an application nobody has seen yet.
func (s *Sim) newApplication(id, name, kind string, description *string) *application {
	return &application{client: client{
		TenantID: tenantID, ID: id, Name: name, Description: description, Type: kind,
		OIDCClientMetadata:   json.RawMessage(`{"redirectUris":[],"postLogoutRedirectUris":[]}`),
		CustomClientMetadata: json.RawMessage("{}"), ProtectedAppMetadata: json.RawMessage("null"),
		CustomData: json.RawMessage("{}"), CreatedAt: s.now(),
	}}
}

// application returns the application or nil. The caller holds mu.
func (s *Sim) application(id string) *application {
	return byID(s.applications, id, func(a *application) string { return a.ID })
}

// machine returns the application if it is one that can hold roles. The caller
// holds mu.
func (s *Sim) machine(r *http.Request) (*application, error) {
	id := r.PathValue("applicationId")
	a := s.application(id)
	if a == nil {
		return nil, errNoSuchID("applications", id)
	}
	if a.Type != typeMachine {
		return nil, errUnprocessable("", "application.invalid_type", "Only machine to machine applications can have associated roles.")
	}
	return a, nil
}

func (s *Sim) listApplications(*http.Request) ([]any, error) {
	rows := slices.Clone(s.applications)
	slices.Reverse(rows)
	slices.SortStableFunc(rows, func(a, b *application) int { return cmp.Compare(b.CreatedAt, a.CreatedAt) })
	list := make([]any, len(rows))
	for i, a := range rows {
		list[i] = a.client
	}
	return list, nil
}

func (s *Sim) getApplication(r *http.Request, _ Fields) (int, any, error) {
	id := r.PathValue("id")
	a := s.application(id)
	if a == nil {
		return 0, nil, errNoSuchID("applications", id)
	}
	return http.StatusOK, a.client, nil
}

func (s *Sim) postApplication(_ *http.Request, f Fields) (int, any, error) {
	if _, err := f.text("name"); err != nil {
		return 0, nil, err
	}
	if _, err := f.text("type"); err != nil {
		return 0, nil, err
	}
	kind, err := f.choice("type", applicationTypes...)
	if err != nil {
		return 0, nil, err
	}
	a := s.newApplication(s.id(21), "", kind, nil)
	if _, err := f.putApplication(&a.client); err != nil {
		return 0, nil, err
	}
	s.applications = append(s.applications, a)
	return http.StatusOK, a.client, nil
}

func (s *Sim) patchApplication(r *http.Request, f Fields) (int, any, error) {
	id := r.PathValue("id")
	a := s.application(id)
	if a == nil {
		return 0, nil, errNoSuchID("applications", id)
	}
	changed := a.client
	found, err := f.putApplication(&changed)
	if err == nil && !found {
		err = errEmptyPatch()
	}
	if err != nil {
		return 0, nil, err
	}
	a.client = changed
	return http.StatusOK, a.client, nil
}

// putApplication changes c to what the fields say, and reports whether they say
// anything.
func (f Fields) putApplication(c *client) (bool, error) {
	found, err := f.putRow(map[string]*string{"name": &c.Name}, map[string]**string{"description": &c.Description}, nil)
	if err != nil {
		return false, err
	}
	if err := f.checkObject("customData"); err != nil {
		return false, err
	}
	if v, ok := f["customData"]; ok {
		found, c.CustomData = true, mustJSONB(v)
	}
	return found, nil
}

func (s *Sim) patchApplicationData(r *http.Request, f Fields) (int, any, error) {
	id := r.PathValue("applicationId")
	a := s.application(id)
	if a == nil {
		return 0, nil, errNoSuchID("applications", id)
	}
	data, err := merged(a.CustomData, f)
	if err != nil {
		return 0, nil, err
	}
	a.CustomData = data
	return http.StatusOK, a.CustomData, nil
}

// deleteApplication ends the application's memberships too, and fires nothing.
func (s *Sim) deleteApplication(r *http.Request, _ Fields) (int, any, error) {
	a := s.application(r.PathValue("id"))
	if a == nil {
		return 0, nil, errNoSuchID("applications", r.PathValue("id"))
	}
	s.applications = without(s.applications, a)
	for _, o := range s.organizations {
		o.apps.remove(a.ID)
	}
	return http.StatusNoContent, nil, nil
}

func (s *Sim) listApplicationRoles(r *http.Request) ([]any, error) {
	a, err := s.machine(r)
	if err != nil {
		return nil, err
	}
	return s.rolesHeld(a.roles, typeMachine), nil
}

func (s *Sim) postApplicationRoles(r *http.Request, f Fields) (int, any, error) {
	ids, err := f.texts("roleIds", 0)
	if err != nil {
		return 0, nil, err
	}
	a, err := s.machine(r)
	if err != nil {
		return 0, nil, err
	}
	return s.giveRoles(&a.roles, ids, typeMachine, errUnprocessable("", "application.invalid_role_type",
		"Can not assign user type role to machine to machine application."))
}

func (s *Sim) putApplicationRoles(r *http.Request, f Fields) (int, any, error) {
	ids, err := f.texts("roleIds", 0)
	if err != nil {
		return 0, nil, err
	}
	a, err := s.machine(r)
	if err != nil {
		return 0, nil, err
	}
	if err := s.missingRole(minus(ids, a.roles)); err != nil {
		return 0, nil, err
	}
	a.roles = with(nil, ids)
	return http.StatusOK, nil, nil
}

func (s *Sim) deleteApplicationRole(r *http.Request, _ Fields) (int, any, error) {
	a, err := s.machine(r)
	if err != nil {
		return 0, nil, err
	}
	return http.StatusNoContent, nil, drop(&a.roles, r.PathValue("roleId"))
}

// drop takes one of a list away; it is 404 if it is not there.
func drop(list *[]string, id string) error {
	if !slices.Contains(*list, id) {
		return errNotFound()
	}
	*list = without(*list, id)
	return nil
}

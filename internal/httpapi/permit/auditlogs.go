package permit

import (
	"context"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/gatehouse-authz/gatehouse/internal/access"
	"github.com/gatehouse-authz/gatehouse/internal/authz"
	"github.com/gatehouse-authz/gatehouse/internal/decision"
	"github.com/gatehouse-authz/gatehouse/internal/directory"
	"github.com/gatehouse-authz/gatehouse/internal/httpapi"
)

func (a *API) mountAuditLogs(mux Mux, in func(pattern string, h handler)) {
	in("GET /v2/pdps/{proj}/{env}/audit_logs", a.listAuditLogs)
	in("GET /v2/pdps/{proj}/{env}/audit_logs/{log}", a.readAuditLog)
	mux.Handle("POST /v2/audit-log-replay", httpapi.Handle(a.working(access.EnvironmentLevel, needed, replay), a.render))
}

// replay refuses to send recorded questions, with what they hold of people, to an
// address that a caller chooses.
func replay(http.ResponseWriter, *http.Request, access.Key) error {
	return authz.Errorf(authz.Unsupported, "Gatehouse does not send its decision log to other addresses: read it with GET /v2/pdps/{proj}/{env}/audit_logs and ask the other PDP yourself, as permit test run audit does")
}

// queries are what Permit calls the kinds of question; the others have our names.
var queries = map[decision.Kind]string{
	decision.Check:           "check",
	decision.Permissions:     "get_user_permissions",
	decision.AuthorizedUsers: "get_authorized_users",
}

func queryName(k decision.Kind) string {
	if name, ok := queries[k]; ok {
		return name
	}
	return string(k)
}

// A limited is a page of a list of which only so many rows can be reached.
type limited[T any] struct {
	Data            []T `json:"data"`
	TotalCount      int `json:"total_count"`
	PageCount       int `json:"page_count"`
	PaginationCount int `json:"pagination_count"`
}

// A reaching lists rows that k reaches; pages end, and counting does, after reach rows.
type reaching[T any] func(r *http.Request, k access.Key, reach int) ([]T, int, httpapi.Page, error)

// upToLimit answers with a page, and says how many rows pages reach.
func upToLimit[T any](list reaching[T]) keyHandler {
	return func(w http.ResponseWriter, r *http.Request, k access.Key) error {
		rows, total, page, err := list(r, k, decision.MostListed)
		if err != nil {
			return err
		}
		return httpapi.Write(w, http.StatusOK, limited[T]{
			Data: rows, TotalCount: total, PageCount: page.Count(total), PaginationCount: min(total, decision.MostListed),
		})
	}
}

// furthest is how many rows pages of a listing without a limit reach.
const furthest = 100_000

// unlimited answers with a page.
func unlimited[T any](list reaching[T]) keyHandler {
	return func(w http.ResponseWriter, r *http.Request, k access.Key) error {
		rows, total, page, err := list(r, k, furthest)
		if err != nil {
			return err
		}
		return httpapi.Write(w, http.StatusOK, paginate(rows, total, page))
	}
}

type auditLogRead struct {
	ID           decision.RecordID `json:"id"`
	RawData      *rawDecision      `json:"raw_data"`
	Timestamp    moment            `json:"timestamp"`
	CreatedAt    *moment           `json:"created_at"`
	Query        string            `json:"query"`
	UserKey      *authz.UserKey    `json:"user_key"`
	UserEmail    *string           `json:"user_email"`
	UserName     *string           `json:"user_name"`
	ResourceType *string           `json:"resource_type"`
	Tenant       *authz.TenantKey  `json:"tenant"`
	Action       *authz.ActionKey  `json:"action"`
	Decision     *bool             `json:"decision"`
	Reason       *string           `json:"reason"`
	OrgID        authz.ID          `json:"org_id"`
	ProjectID    authz.ID          `json:"project_id"`
	EnvID        authz.EnvID       `json:"env_id"`
	PDPConfigID  *authz.ID         `json:"pdp_config_id"`
	Input        auditInput        `json:"input"`
	Result       auditResult       `json:"result"`
	Context      auditContext      `json:"context"`
}

type detailedAuditLogRead struct {
	auditLogRead
	Objects auditObjects `json:"objects"`
}

// A moment is a time to the microsecond: many decisions fall into one second.
type moment time.Time

func (m moment) MarshalText() ([]byte, error) {
	return []byte(time.Time(m).UTC().Format("2006-01-02T15:04:05.000000") + "+00:00"), nil
}

type rawDecision struct {
	Engine     string            `json:"engine"`
	DecisionID decision.RecordID `json:"decision_id"`
	Labels     rawLabels         `json:"labels"`
	Timestamp  moment            `json:"timestamp"`
	Path       string            `json:"path"`
	Input      auditInput        `json:"input"`
	Result     auditResult       `json:"result"`
	Metrics    struct{}          `json:"metrics"`
}

type rawLabels struct {
	ID      authz.EnvID `json:"id"`
	Version string      `json:"version"`
}

// auditInput is the question as POST /allowed takes it; what lists are narrowed to
// stands beside it.
type auditInput struct {
	User          auditUser        `json:"user"`
	Action        authz.ActionKey  `json:"action"`
	Resource      auditResource    `json:"resource"`
	Context       authz.Attributes `json:"context"`
	Tenants       any              `json:"tenants,omitempty"`
	Resources     any              `json:"resources,omitempty"`
	ResourceTypes any              `json:"resource_types,omitempty"`
	After         string           `json:"after,omitempty"`
}

type auditUser struct {
	Key        authz.UserKey    `json:"key"`
	Attributes authz.Attributes `json:"attributes"`
}

type auditResource struct {
	Type       authz.ResourceKey `json:"type"`
	Key        string            `json:"key,omitempty"`
	Tenant     authz.TenantKey   `json:"tenant,omitempty"`
	Attributes authz.Attributes  `json:"attributes"`
}

type auditResult struct {
	Allow    *bool          `json:"allow,omitempty"`
	Model    authz.Model    `json:"model,omitempty"` // which allowed
	Role     authz.RoleKey  `json:"role,omitempty"`
	Found    *int           `json:"found,omitempty"` // of a list
	Revision authz.Revision `json:"revision"`
}

// auditContext is the question again, as Permit's command line takes it for a
// replay.
type auditContext struct {
	User     auditUser        `json:"user"`
	Resource auditResource    `json:"resource"`
	Tenant   authz.TenantKey  `json:"tenant"`
	Action   authz.ActionKey  `json:"action"`
	Context  authz.Attributes `json:"context"`
}

func (a *API) listAuditLogs(w http.ResponseWriter, r *http.Request, c caller) error {
	const values = 100 // of each filter
	q := httpapi.QueryOf(r)
	f := decision.Filter{
		Resources: q.Texts("resources", values), Tenant: authz.TenantKey(q.Text("tenant")), Action: authz.ActionKey(q.Text("action")),
		Key: authz.Ident(q.Text("pdp_id")).ID(), From: seconds(q, "timestamp_from", false), To: seconds(q, "timestamp_to", true),
	}
	if q.Has("decision") {
		allow := q.Bool("decision")
		f.Allow = &allow
	}
	switch q.Choice("query", "check", "get_user_permissions", "get_authorized_users", "none") {
	case "check":
		f.Kinds = []decision.Kind{decision.Check}
	case "get_user_permissions":
		f.Kinds = []decision.Kind{decision.Permissions}
	case "get_authorized_users":
		f.Kinds = []decision.Kind{decision.AuthorizedUsers}
	}
	q.Choice("sort_by", "timestamp", "None")
	users, page := q.Texts("users", values), q.Page(most)
	if err := q.Err(); err != nil {
		return err
	}
	if err := a.recorded(); err != nil {
		return err
	}
	if page.Offset()+page.Size > decision.MostListed {
		return tooFar(decision.MostListed)
	}
	var err error
	if f.Users, err = a.userKeys(r.Context(), c, users); err != nil {
		return err
	}
	list, err := a.Decisions.List(r.Context(), c.env.ID, f, page.Offset(), page.Size)
	if err != nil {
		return err
	}
	w.Header().Set("X-Gatehouse-Missed", strconv.Itoa(list.Missed))
	return httpapi.Write(w, http.StatusOK, limited[auditLogRead]{
		Data:       each(list.Records, func(rec decision.Record) auditLogRead { return readRecord(c.env, rec) }),
		TotalCount: list.Total, PageCount: page.Count(list.Total), PaginationCount: list.Total,
	})
}

// tooFar refuses a page that paging does not reach.
func tooFar(reach int) error {
	far := authz.Errorf(authz.Invalid, "pages end after %d records; narrow the time", reach)
	return &codedError{err: far, code: "PAGINATION_SIZE_OVERREACHED"}
}

// recorded refuses a question about decisions where none are recorded.
func (a *API) recorded() error {
	if a.Decisions == nil {
		return authz.Errorf(authz.Unsupported, "decisions are not recorded here: GATEHOUSE_DECISION_LOG_RETENTION is 0")
	}
	return nil
}

// seconds is a parameter in seconds since the epoch; up to the end of the second
// if it is the last one.
func seconds(q *httpapi.Query, name string, last bool) time.Time {
	if !q.Has(name) {
		return time.Time{}
	}
	const most = 1 << 37 // seconds; past the year 6000
	at := time.Unix(int64(q.Int(name, 0, 0, most)), 0)
	if last {
		at = at.Add(time.Second - time.Microsecond)
	}
	return at
}

// userKeys are the keys of users that are named by key or by e-mail address.
func (a *API) userKeys(ctx context.Context, c caller, names []string) ([]authz.UserKey, error) {
	var keys []authz.UserKey
	for _, name := range names {
		keys = append(keys, authz.UserKey(name))
		if !strings.Contains(name, "@") {
			continue
		}
		found, _, err := a.Directory.Users(ctx, c.env.ID, directory.UserFilter{Search: name}, directory.Page{Limit: most})
		if err != nil {
			return nil, err
		}
		for _, u := range found {
			if strings.EqualFold(u.User.Email, name) && !slices.Contains(keys, u.User.Key) {
				keys = append(keys, u.User.Key)
			}
		}
	}
	return keys, nil
}

func (a *API) readAuditLog(w http.ResponseWriter, r *http.Request, c caller) error {
	if err := a.recorded(); err != nil {
		return err
	}
	rec, err := a.Decisions.Find(r.Context(), c.env.ID, decision.RecordID(ident(r, "log").ID()))
	if err != nil {
		return err
	}
	out := detailedAuditLogRead{auditLogRead: readRecord(c.env, rec)}
	out.RawData = &rawDecision{
		Engine: "OPA", DecisionID: rec.ID, Labels: rawLabels{ID: c.env.ID, Version: "gatehouse"}, Timestamp: moment(rec.At), Path: rec.Door,
		Input: out.Input, Result: out.Result,
	}
	if out.Objects, err = a.auditObjects(r.Context(), c, rec); err != nil {
		return err
	}
	return httpapi.Write(w, http.StatusOK, out)
}

func readRecord(e authz.Environment, rec decision.Record) auditLogRead {
	q := rec.Query
	in := auditInput{
		User: auditUser{Key: q.User, Attributes: q.UserAttributes}, Action: q.Action,
		Resource: auditResource{Type: q.Resource, Key: q.Instance, Tenant: q.Tenant, Attributes: q.ResourceAttributes}, Context: q.Context,
	}
	if !q.NoAttributes { // else null is what was sent
		for _, values := range []*authz.Attributes{&in.User.Attributes, &in.Resource.Attributes, &in.Context} {
			if *values == nil {
				*values = authz.Attributes{}
			}
		}
	}
	out := auditLogRead{
		ID: rec.ID, Timestamp: moment(rec.At), Query: queryName(rec.Kind),
		UserKey: orNull(q.User), ResourceType: orNull(string(q.Resource)), Tenant: orNull(q.Tenant), Action: orNull(q.Action),
		OrgID: e.Organization, ProjectID: e.Project, EnvID: e.ID, PDPConfigID: orNull(rec.Key),
		Result:  auditResult{Revision: rec.Revision, Model: rec.By, Role: rec.Role},
		Context: auditContext{User: in.User, Resource: in.Resource, Tenant: q.Tenant, Action: q.Action, Context: in.Context},
	}
	if l := rec.List; l != nil {
		out.Result.Found = &l.Found
		in.After = l.After
		if l.Tenants != nil {
			in.Tenants = l.Tenants
		}
		if l.Resources != nil {
			in.Resources = l.Resources
		}
		if l.Types != nil {
			in.ResourceTypes = l.Types
		}
	} else {
		out.Decision, out.Result.Allow, out.Reason = &rec.Allow, &rec.Allow, orNull(string(rec.Reason))
	}
	out.Input = in
	return out
}

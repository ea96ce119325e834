package console

import (
	"cmp"
	"net/http"
	"time"

	"github.com/gatehouse-authz/gatehouse/internal/authz"
	"github.com/gatehouse-authz/gatehouse/internal/httpapi"
	"github.com/gatehouse-authz/gatehouse/internal/ingest"
	"github.com/gatehouse-authz/gatehouse/internal/mapping"
)

// previewWish asks what a mapping would do; After and Limit are of the list of users.
type previewWish struct {
	Mapping mappingWire   `json:"mapping" api:"required"`
	After   authz.UserKey `json:"after"`
	Limit   int           `json:"limit"`
}

const (
	usualEffects = 100
	mostEffects  = 1000
)

type previewRead struct {
	Changes    []string      `json:"changes"`
	At         time.Time     `json:"at"`
	From       string        `json:"from"`
	Whole      bool          `json:"whole"`
	Why        string        `json:"why"`
	Users      int           `json:"users"`
	Changed    int           `json:"users_changed"`
	Given      int           `json:"given"`
	Taken      int           `json:"taken"`
	Attributes int           `json:"attributes_changed"`
	Failing    int           `json:"failing"`
	Made       []string      `json:"tenants_made"`
	MadeAll    int           `json:"tenants_made_total"`
	LetGo      []string      `json:"tenants_let_go"`
	LetGoAll   int           `json:"tenants_let_go_total"`
	Roles      rolesRead     `json:"roles"`
	List       []effectRead  `json:"list"`
	Next       authz.UserKey `json:"next"`
}

// rolesRead is what would become of roles.
type rolesRead struct {
	Made    []authz.RoleKey `json:"made"`
	Changed []authz.RoleKey `json:"changed"`
	Removed []authz.RoleKey `json:"removed"`
	Notes   []string        `json:"notes"`
}

func rolesReadOf(e mapping.RolesEffect) rolesRead {
	keys := func(list []authz.RoleKey) []authz.RoleKey { return append([]authz.RoleKey{}, list...) }
	return rolesRead{Made: keys(e.Made), Changed: keys(e.Changed), Removed: keys(e.Removed), Notes: append([]string{}, e.Notes...)}
}

// effectRead is what would become of one user.
type effectRead struct {
	User       authz.UserKey `json:"user"`
	Given      []giftRead    `json:"given"`
	Taken      []giftRead    `json:"taken"`
	Attributes []string      `json:"attributes"`
	Failing    []Failed      `json:"failing"`
}

type giftRead struct {
	Role   authz.RoleKey   `json:"role"`
	Tenant authz.TenantKey `json:"tenant"`
	By     authz.Giver     `json:"by"`
}

// previewMapping answers what a mapping would do, and changes nothing.
func (a *API) previewMapping(w http.ResponseWriter, r *http.Request, c caller) error {
	in, err := httpapi.Read[previewWish](w, r)
	if err != nil {
		return err
	}
	in.Limit = cmp.Or(in.Limit, usualEffects)
	if in.Limit < 1 || in.Limit > mostEffects {
		return authz.InvalidField("limit", "limit must be between 1 and %d", mostEffects)
	}
	m, err := in.Mapping.mapping()
	if err != nil {
		return err
	}
	if err := a.Directory.CheckMapping(r.Context(), c.env.ID, m); err != nil {
		return err
	}
	is, err := a.Directory.Mapping(r.Context(), c.env.ID)
	if err != nil {
		return err
	}
	p := &ingest.Preview{At: time.Now(), From: ingest.FromNothing, Whole: true}
	if a.Remapper != nil && a.Remapper.Reconciler.Env == c.env.ID {
		if p, err = a.Remapper.Preview(r.Context(), m); err != nil {
			return err
		}
	}
	out := previewOf(p, in.After, in.Limit)
	out.Changes = mappingChanges(mappingOf(is), mappingOf(m))
	return httpapi.Write(w, http.StatusOK, out)
}

func previewOf(p *ingest.Preview, after authz.UserKey, limit int) previewRead {
	page, next := p.After(after, limit)
	out := previewRead{
		At: p.At, From: p.From, Whole: p.Whole, Why: p.Why, Users: p.Users, Changed: p.Changed, Given: p.Given, Taken: p.Taken,
		Attributes: p.Attributes, Failing: p.Failing, Made: append([]string{}, p.Made...), MadeAll: p.MadeAll,
		LetGo: append([]string{}, p.LetGo...), LetGoAll: p.LetGoAll, Roles: rolesReadOf(p.Roles), List: []effectRead{}, Next: next,
	}
	for _, e := range page {
		out.List = append(out.List, effectOf(e))
	}
	return out
}

func effectOf(e mapping.Effect) effectRead {
	out := effectRead{User: e.User, Given: giftsOf(e.Given), Taken: giftsOf(e.Taken), Attributes: append([]string{}, e.Attributes...), Failing: []Failed{}}
	for _, f := range e.Failed {
		out.Failing = append(out.Failing, Failed{User: e.User, Expression: f.Name, Why: f.Why})
	}
	return out
}

func giftsOf(gifts []authz.Gift) []giftRead {
	out := []giftRead{}
	for _, g := range gifts {
		out = append(out, giftRead(g))
	}
	return out
}

package console

import (
	"errors"
	"net/http"
	"net/url"

	"github.com/gatehouse-authz/gatehouse/internal/access"
	"github.com/gatehouse-authz/gatehouse/internal/access/openid"
	"github.com/gatehouse-authz/gatehouse/internal/authz"
	"github.com/gatehouse-authz/gatehouse/internal/httpapi"
)

// CallbackPath is where people come back from Logto.
const CallbackPath = signInPath + "/logto/callback"

const signInPath = "/console/v1/sign-in"

func (a *API) mountOpenID(mux *http.ServeMux) {
	mux.Handle("GET "+signInPath, httpapi.Handle(a.ways, a.render))
	mux.Handle("GET "+signInPath+"/logto", httpapi.Handle(a.leave, a.render))
	mux.Handle("GET "+CallbackPath, httpapi.Handle(a.comeBack, a.render))
}

// waysRead are the ways in which people may sign in beside the password.
type waysRead struct {
	Logto *string `json:"logto"` // the path that leads there; null if that is no way
}

// ways answers how people may sign in.
func (a *API) ways(w http.ResponseWriter, _ *http.Request) error {
	var out waysRead
	if a.Provider != nil {
		path := signInPath + "/logto"
		out.Logto = &path
	}
	return httpapi.Write(w, http.StatusOK, out)
}

// leave sends somebody to Logto.
func (a *API) leave(w http.ResponseWriter, r *http.Request) error {
	if a.Provider == nil {
		return errNoProvider()
	}
	address, kept, err := a.Provider.Begin(r.Context())
	if err != nil {
		return a.refused(w, r, err)
	}
	w.Header().Set("Cache-Control", "no-store")
	http.SetCookie(w, a.tryCookie(r, kept, int(openid.TryTime.Seconds())))
	http.Redirect(w, r, address, http.StatusSeeOther)
	return nil
}

// comeBack begins the session of who has signed in at Logto with the verified address
// of a member.
func (a *API) comeBack(w http.ResponseWriter, r *http.Request) error {
	if a.Provider == nil {
		return errNoProvider()
	}
	came, err := url.ParseQuery(r.URL.RawQuery)
	if err != nil {
		came = nil
	}
	kept := ""
	if c, err := r.Cookie(a.tryCookie(r, "", 0).Name); err == nil {
		kept = c.Value
	}
	email, err := a.Provider.End(r.Context(), kept, came)
	var secret string
	if err == nil {
		secret, err = a.Sessions.Vouched(r.Context(), email)
		if authz.KindOf(err) == authz.Forbidden {
			err = errors.Join(openid.Stranger, err)
		}
	}
	http.SetCookie(w, a.tryCookie(r, "", -1))
	if err != nil {
		return a.refused(w, r, err)
	}
	w.Header().Set("Cache-Control", "no-store")
	http.SetCookie(w, a.cookie(r, secret, int(access.SessionTime.Seconds())))
	http.Redirect(w, r, DashboardPath+"/", http.StatusSeeOther)
	return nil
}

func errNoProvider() error {
	return authz.Errorf(authz.NotFound, "nobody signs in with Logto here: set GATEHOUSE_DASHBOARD_APP_ID")
}

// refused leads back to the page, which says why; the cause goes to the log.
func (a *API) refused(w http.ResponseWriter, r *http.Request, err error) error {
	why, ok := errors.AsType[openid.Refusal](err)
	if !ok {
		return err
	}
	a.Log.Warn("sign-in with logto refused", "reason", string(why), "id", httpapi.RequestID(r.Context()), "cause", err)
	w.Header().Set("Cache-Control", "no-store")
	http.Redirect(w, r, DashboardPath+"/sign-in?refused="+url.QueryEscape(string(why)), http.StatusSeeOther)
	return nil
}

// tryCookie keeps what a sign-in that has begun needs. It must come along from Logto,
// which is another site, and so is Lax.
func (a *API) tryCookie(r *http.Request, value string, age int) *http.Cookie {
	c := a.cookie(r, value, age)
	c.Name, c.SameSite = c.Name+"-sign-in", http.SameSiteLaxMode
	return c
}

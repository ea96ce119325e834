package console

import (
	"errors"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/gatehouse-authz/gatehouse/internal/access"
	"github.com/gatehouse-authz/gatehouse/internal/authz"
	"github.com/gatehouse-authz/gatehouse/internal/httpapi"
)

const sessionPath = "/console/v1/session"

func (a *API) mountSession(mux *http.ServeMux) {
	mux.Handle("GET "+sessionPath, httpapi.Handle(a.readSession, a.render))
	mux.Handle("POST "+sessionPath, httpapi.Handle(a.signIn, a.render))
	mux.Handle("DELETE "+sessionPath, httpapi.Handle(a.signOut, a.render))
	mux.Handle("PUT "+sessionPath+"/password", httpapi.Handle(a.changePassword, a.render))
	mux.Handle("POST /console/v1/members/{member}/link", httpapi.Handle(a.linkMember, a.render))
}

const (
	// dashboardHeader must be there for the cookie to count: pages of other sites
	// cannot send it without asking first, and nobody answers them.
	dashboardHeader = "X-Gatehouse-Dashboard"

	// environmentHeader names the environment, by id, that a signed-in caller acts in.
	environmentHeader = "X-Gatehouse-Environment"
)

type signInWire struct {
	Email    string `json:"email"`
	Password string `json:"password"`
	Link     string `json:"link"`
}

type sessionRead struct {
	Email        string        `json:"email"`
	Organization authz.ID      `json:"organization_id"`
	Access       access.Access `json:"access"` // where it reaches furthest
	Environments []placeRead   `json:"environments"`
}

// A placeRead is an environment that a person reaches.
type placeRead struct {
	ID        authz.EnvID   `json:"id"`
	Key       string        `json:"key"`
	Name      string        `json:"name"`
	ProjectID authz.ID      `json:"project_id"`
	Access    access.Access `json:"access"`
}

// longestPassword bounds what is hashed, in bytes.
const longestPassword = 1024

// signIn begins a session, by a password or by a link that works once.
func (a *API) signIn(w http.ResponseWriter, r *http.Request) error {
	if err := a.sameSite(r); err != nil {
		return err
	}
	in, err := httpapi.ReadMax[signInWire](w, r, 8<<10)
	if err != nil {
		return err
	}
	var secret string
	switch from := addressOf(r); {
	case in.Link != "":
		secret, err = a.Sessions.Follow(r.Context(), in.Link)
	case in.Email == "" || len(in.Password) > longestPassword:
		return authz.InvalidField("email", "an e-mail address and a password are required, or a link")
	default:
		if err := a.mayTry(w, in.Email, from); err != nil {
			return err
		}
		secret, err = a.Sessions.SignIn(r.Context(), in.Email, in.Password, from)
	}
	if err != nil {
		return err
	}
	p, _, err := a.Sessions.Authenticate(r.Context(), secret, "")
	if err != nil {
		return err
	}
	http.SetCookie(w, a.cookie(r, secret, int(access.SessionTime.Seconds())))
	return a.writeSession(w, r, p)
}

// mayTry refuses whom the passwords were wrong too often for.
func (a *API) mayTry(w http.ResponseWriter, email, from string) error {
	wait := a.Sessions.Wait(email, from)
	if wait == 0 {
		return nil
	}
	w.Header().Set("Retry-After", strconv.Itoa(int(wait.Seconds())+1))
	return &httpapi.StatusError{Status: http.StatusTooManyRequests, Message: "too many wrong passwords: wait a quarter of an hour"}
}

type passwordWire struct {
	Current  string `json:"current"`
	Password string `json:"password" api:"required"`
}

// changePassword gives who is signed in another password, and a session in the place
// of all that there were.
func (a *API) changePassword(w http.ResponseWriter, r *http.Request) error {
	p, ok := access.PersonIn(r.Context())
	if !ok {
		return authz.Errorf(authz.Unauthorized, "nobody is signed in")
	}
	in, err := httpapi.ReadMax[passwordWire](w, r, 8<<10)
	if err != nil {
		return err
	}
	if len(in.Password) > longestPassword || len(in.Current) > longestPassword {
		return authz.InvalidField("password", "a password has at most %d bytes", longestPassword)
	}
	from := addressOf(r)
	if err := a.mayTry(w, p.Email, from); err != nil {
		return err
	}
	secret, err := a.Sessions.ChangePassword(r.Context(), p, in.Current, in.Password, from)
	if err != nil {
		return err
	}
	http.SetCookie(w, a.cookie(r, secret, int(access.SessionTime.Seconds())))
	w.WriteHeader(http.StatusNoContent)
	return nil
}

// linkTime is how long the link of a member is good.
const linkTime = 24 * time.Hour

type linkRead struct {
	Path      string    `json:"path"`
	ExpiresAt time.Time `json:"expires_at"`
}

// linkMember makes a link that signs a member in, once.
func (a *API) linkMember(w http.ResponseWriter, r *http.Request) error {
	key, err := a.key(r)
	if err != nil {
		return err
	}
	if err := errors.Join(key.AtLeast(access.OrganizationLevel), key.Needs(access.Admin)); err != nil {
		return authz.Errorf(authz.Forbidden, "links of members are made by owners of the organization")
	}
	member := authz.ID(r.PathValue("member"))
	emails, err := a.Keys.Store.MemberEmails(r.Context(), key.Organization, []authz.ID{member})
	if err != nil {
		return err
	}
	if emails[member] == "" {
		return authz.Errorf(authz.NotFound, "member %q not found", member)
	}
	w.Header().Set("Cache-Control", "no-store")
	return httpapi.Write(w, http.StatusOK, linkRead{Path: SignInPath(a.Sessions.Link(member, linkTime)), ExpiresAt: time.Now().Add(linkTime).UTC()})
}

// SignInPath is the path that follows a link. Behind # it is in nobody's log.
func SignInPath(link string) string { return DashboardPath + "/sign-in#" + link }

// readSession answers who is signed in.
func (a *API) readSession(w http.ResponseWriter, r *http.Request) error {
	p, ok := access.PersonIn(r.Context())
	if !ok {
		return authz.Errorf(authz.Unauthorized, "nobody is signed in")
	}
	return a.writeSession(w, r, p)
}

func (a *API) writeSession(w http.ResponseWriter, r *http.Request, p access.Person) error {
	k, err := p.Key()
	if err != nil {
		return err
	}
	out := sessionRead{Email: p.Email, Organization: p.Organization, Access: k.Access, Environments: []placeRead{}}
	all, err := a.Keys.Store.Reachable(r.Context(), p.Organization)
	if err != nil {
		return err
	}
	for _, e := range all {
		if k, err := p.KeyIn(e); err == nil {
			out.Environments = append(out.Environments, placeRead{ID: e.ID, Key: e.Key, Name: e.Name, ProjectID: e.Project, Access: k.Access})
		}
	}
	w.Header().Set("Cache-Control", "no-store")
	return httpapi.Write(w, http.StatusOK, out)
}

// signOut ends the session of the cookie; without one nothing happens.
func (a *API) signOut(w http.ResponseWriter, r *http.Request) error {
	if err := a.sameSite(r); err != nil {
		return err
	}
	if secret, ok := a.secret(r); ok {
		if err := a.Sessions.SignOut(r.Context(), secret); err != nil {
			return err
		}
	}
	http.SetCookie(w, a.cookie(r, "", -1))
	w.WriteHeader(http.StatusNoContent)
	return nil
}

// SignedIn lets next answer requests with the cookie of a session as if they had the
// key that the person is. A request with a key of its own is left alone.
func (a *API) SignedIn(next http.Handler) http.Handler {
	refuse := func(err error) http.Handler {
		return httpapi.Handle(func(http.ResponseWriter, *http.Request) error { return err }, a.render)
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Header["Authorization"] != nil || r.Header["Cookie"] == nil || r.URL.Path == sessionPath && r.Method != http.MethodGet {
			next.ServeHTTP(w, r)
			return
		}
		secret, ok := a.secret(r)
		if !ok || r.Header.Get(dashboardHeader) == "" && plain(r) {
			next.ServeHTTP(w, r)
			return
		}
		if err := a.sameSite(r); err != nil {
			refuse(err).ServeHTTP(w, r)
			return
		}
		p, k, err := a.Sessions.Authenticate(r.Context(), secret, authz.EnvID(r.Header.Get(environmentHeader)))
		switch {
		case authz.KindOf(err) == authz.Unauthorized && err != nil:
			http.SetCookie(w, a.cookie(r, "", -1))
			next.ServeHTTP(w, r) // whose door knows how to refuse whom it does not know
			return
		case err != nil:
			refuse(err).ServeHTTP(w, r)
			return
		}
		ctx, stands := access.WithPerson(r.Context(), p, k)
		r = r.WithContext(ctx)
		r.Header.Set("Authorization", "Bearer "+stands)
		next.ServeHTTP(w, r)
	})
}

// plain reports whether a request is one that a browser makes when somebody opens an
// address: it is answered as if there were no cookie.
func plain(r *http.Request) bool {
	return r.Method == http.MethodGet || r.Method == http.MethodHead
}

// sameSite refuses requests that a page of another site may have sent.
func (a *API) sameSite(r *http.Request) error {
	site := r.Header.Get("Sec-Fetch-Site")
	if r.Header.Get(dashboardHeader) == "" || site != "" && site != "same-origin" || !a.ownOrigin(r) {
		return authz.Errorf(authz.Forbidden, "this request may come from another site: a session is good for the dashboard only; use an API key")
	}
	return nil
}

// ownOrigin reports whether the request says no origin, or one that is ours.
func (a *API) ownOrigin(r *http.Request) bool {
	said := r.Header.Get("Origin")
	if said == "" {
		return true
	}
	u, err := url.Parse(said)
	return err == nil && u.Host != "" && (strings.EqualFold(u.Host, r.Host) || a.PublicURL != nil && strings.EqualFold(u.Host, a.PublicURL.Host))
}

// secure reports whether callers reach us by https.
func (a *API) secure(r *http.Request) bool {
	return r.TLS != nil || a.PublicURL != nil && a.PublicURL.Scheme == "https"
}

// cookieName is that of the session's cookie. A name of the first kind is refused by
// browsers unless it came by https from this very host.
func (a *API) cookieName(r *http.Request) string {
	if a.secure(r) {
		return "__Host-gatehouse"
	}
	return "gatehouse"
}

func (a *API) cookie(r *http.Request, secret string, age int) *http.Cookie {
	return &http.Cookie{
		Name: a.cookieName(r), Value: secret, Path: "/", MaxAge: age,
		HttpOnly: true, Secure: a.secure(r), SameSite: http.SameSiteStrictMode,
	}
}

func (a *API) secret(r *http.Request) (string, bool) {
	c, err := r.Cookie(a.cookieName(r))
	if err != nil || c.Value == "" {
		return "", false
	}
	return c.Value, true
}

// addressOf is where a request comes from, without the port.
func addressOf(r *http.Request) string {
	if host, _, err := net.SplitHostPort(r.RemoteAddr); err == nil {
		return host
	}
	return r.RemoteAddr
}

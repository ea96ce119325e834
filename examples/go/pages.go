package main

import (
	"bytes"
	"cmp"
	"errors"
	"html/template"
	"log"
	"net/http"
	"strings"

	"github.com/logto-io/go/v2/client"

	"github.com/gatehouse-authz/gatehouse/gatehousehttp"
)

// A siteConfig says how people with a browser sign in. Addresses have no slash at the
// end.
type siteConfig struct {
	Address   string // of this service, as browsers know it
	AppID     string // in Logto, with the redirect URI Address/callback, and Address/ for after sign-out
	AppSecret string
}

// A site is the pages. People sign in with Logto's official SDK; who asks, the access
// token for the API says that it gets for them, as for whoever brings one.
type site struct {
	siteConfig
	logto, resource string
	gate            *gatehousehttp.Gate
	verifier        *gatehousehttp.Verifier
	sessions        sessions
}

// newSite puts the pages on a mux.
func newSite(mux *http.ServeMux, gate *gatehousehttp.Gate, c gatehousehttp.Config, sc siteConfig) error {
	verifier, err := gatehousehttp.NewVerifier(c)
	if err != nil {
		return err
	}
	s := &site{siteConfig: sc, logto: c.Logto, resource: c.Audience, gate: gate, verifier: verifier}
	mux.HandleFunc("GET /{$}", s.start)
	mux.HandleFunc("GET /sign-in", s.signIn)
	mux.HandleFunc("GET /callback", s.callback)
	mux.Handle("POST /sign-out", http.NewCrossOriginProtection().Handler(http.HandlerFunc(s.signOut)))
	mux.HandleFunc("GET /pages/reports", s.guarded("view", "Reports", "Revenue, renewals and support load."))
	mux.HandleFunc("GET /pages/administration", s.guarded("delete", "Administration", "Here reports are deleted."))
	return nil
}

// sdk is Logto's SDK for one session.
func (s *site) sdk(of *session) *client.LogtoClient {
	return client.NewLogtoClient(&client.LogtoConfig{
		Endpoint: s.logto, AppId: s.AppID, AppSecret: s.AppSecret, Resources: []string{s.resource},
	}, of)
}

// start is the first page.
func (s *site) start(w http.ResponseWriter, r *http.Request) {
	v := view{Title: "Reports Inc."}
	if of := s.sessions.find(r); of != nil && s.sdk(of).IsAuthenticated() {
		claims, err := s.sdk(of).GetIdTokenClaims()
		if err != nil {
			s.failed(w, http.StatusInternalServerError, err)
			return
		}
		v.Title, v.SignedIn = "Hello, "+cmp.Or(claims.Name, claims.Username, claims.Sub), true
	}
	write(w, http.StatusOK, v)
}

// guarded is a page for those who may do the action to the reports; others are told
// why not.
func (s *site) guarded(action, title, content string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		of := s.sessions.find(r)
		if of == nil {
			http.Redirect(w, r, "/sign-in", http.StatusSeeOther)
			return
		}
		access, err := s.sdk(of).GetAccessToken(s.resource) // the one of before, until it expires
		if err != nil {
			http.Redirect(w, r, "/sign-in", http.StatusSeeOther)
			return
		}
		v := view{Title: title, SignedIn: true, Content: content}
		status := http.StatusOK
		if refusal := s.check(r, access.Token, action); refusal != nil {
			status, v.Content, v.Refused = refusal.Status, refusal.Reason, "You may not "+action+" the reports."
		}
		write(w, status, v)
	}
}

// check asks Gatehouse; nil is a yes.
func (s *site) check(r *http.Request, access, action string) *gatehousehttp.Refusal {
	token, err := s.verifier.Verify(r.Context(), access)
	var answer gatehousehttp.Answer
	if err == nil {
		answer, err = s.gate.Check(r.Context(), token, gatehousehttp.Question{Action: action, Resource: "reports"})
	}
	if refusal, ok := errors.AsType[*gatehousehttp.Refusal](err); ok {
		return refusal
	}
	if err != nil || !answer.Allow {
		return &gatehousehttp.Refusal{Status: http.StatusForbidden, Code: answer.Code, Reason: answer.Reason}
	}
	return nil
}

// signIn sends the browser to Logto.
func (s *site) signIn(w http.ResponseWriter, r *http.Request) {
	to, err := s.sdk(s.sessions.begin(w, r, s.secure())).SignInWithRedirectUri(s.Address + "/callback")
	if err != nil {
		s.failed(w, http.StatusBadGateway, err)
		return
	}
	http.Redirect(w, r, escaped(to), http.StatusSeeOther)
}

// callback is where Logto sends the browser back. The SDK holds the state, the code and
// the ID token against what Logto says.
func (s *site) callback(w http.ResponseWriter, r *http.Request) {
	of := s.sessions.find(r)
	if of == nil {
		http.Redirect(w, r, "/sign-in", http.StatusSeeOther)
		return
	}
	if err := s.sdk(of).HandleSignInCallback(r); err != nil {
		s.failed(w, http.StatusBadRequest, err)
		return
	}
	s.sessions.begin(w, r, s.secure()) // under an id that nobody knew before
	http.Redirect(w, r, "/pages/reports", http.StatusSeeOther)
}

// signOut signs out, here and at Logto.
func (s *site) signOut(w http.ResponseWriter, r *http.Request) {
	to := "/"
	if of := s.sessions.end(r); of != nil {
		var err error
		if to, err = s.sdk(of).SignOut(s.Address + "/"); err != nil {
			s.failed(w, http.StatusBadGateway, err)
			return
		}
	}
	http.Redirect(w, r, escaped(to), http.StatusSeeOther)
}

func (s *site) secure() bool { return strings.HasPrefix(s.Address, "https:") }

// failed is the page of a sign-in that came to nothing.
func (s *site) failed(w http.ResponseWriter, status int, err error) {
	log.Print("sign-in: ", err)
	write(w, status, view{Title: "The sign-in failed", Refused: "Logto did not sign you in.", Content: "Start again at the first page."})
}

// escaped is an address of the SDK as it may stand in a header: the SDK leaves spaces
// between the scopes.
func escaped(address string) string { return strings.ReplaceAll(address, " ", "%20") }

// A view is what a page shows.
type view struct {
	Title    string
	SignedIn bool
	Refused  string // what may not be done; Content is why
	Content  string
}

var page = template.Must(template.New("page").Parse(`<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{{.Title}}</title>
<link rel="icon" href="data:,">
<nav aria-label="Pages"><a href="/">Start</a> · <a href="/pages/reports">Reports</a> · <a href="/pages/administration">Administration</a></nav>
<main>
<h1>{{.Title}}</h1>
{{with .Refused}}<p role="alert"><strong>{{.}}</strong></p>
{{end}}{{with .Content}}<p>{{.}}</p>
{{end}}{{if .SignedIn}}<form method="post" action="/sign-out"><button>Sign out</button></form>{{else}}<p><a href="/sign-in">Sign up or sign in</a></p>{{end}}
</main>
</html>
`))

func write(w http.ResponseWriter, status int, v view) {
	var out bytes.Buffer
	if err := page.Execute(&out, v); err != nil {
		log.Print("page: ", err)
		http.Error(w, "Internal Server Error", http.StatusInternalServerError)
		return
	}
	h := w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Cache-Control", "no-store")
	h.Set("Content-Security-Policy", "default-src 'none'; img-src data:; base-uri 'none'; frame-ancestors 'none'")
	w.WriteHeader(status)
	_, _ = w.Write(out.Bytes())
}

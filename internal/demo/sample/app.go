package sample

import (
	"bytes"
	"cmp"
	"context"
	_ "embed"
	"html/template"
	"log/slog"
	"net/http"
	"net/url"
	"strconv"
	"time"
)

const (
	cookieName = "reports_inc"
	maxID      = 128 // bytes of a user's id

	// patience bounds the questions of one page.
	patience = 3 * time.Second

	// A person who has just signed up is unknown until the webhook has been
	// worked on, which is a matter of milliseconds: the page looks again this
	// many times, a second apart.
	looks = 5
)

var (
	//go:embed page.html
	pageText string
	//go:embed page.css
	pageStyle []byte

	pageTemplate = template.Must(template.New("page").Parse(pageText))
)

// A Person is somebody who can sign in.
type Person struct {
	ID   string
	Name string // never empty
}

// A Config says whom the application asks. Client and Log may be nil.
type Config struct {
	Gatehouse string          // address, without a slash at the end
	APIKey    string          // environment level
	SignIn    string          // address of the page on which people sign up
	People    func() []Person // who has signed up, latest first
	Client    *http.Client    // asks Gatehouse
	Log       *slog.Logger
}

// An App is the application. It is an [http.Handler] and safe for concurrent
// use. Make one with [New].
type App struct {
	config Config
	mux    *http.ServeMux
}

// New returns the application. It starts nothing.
func New(c Config) *App {
	c.Client = cmp.Or(c.Client, &http.Client{Timeout: patience})
	c.Log = cmp.Or(c.Log, slog.New(slog.DiscardHandler))
	a := &App{config: c, mux: http.NewServeMux()}
	a.mux.HandleFunc("GET /{$}", a.arriving(a.door))
	a.mux.HandleFunc("GET /reports", a.arriving(a.reports))
	a.mux.Handle("POST /leave", http.NewCrossOriginProtection().Handler(http.HandlerFunc(leave)))
	a.mux.HandleFunc("GET /page.css", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/css; charset=utf-8")
		_, _ = w.Write(pageStyle)
	})
	return a
}

// ServeHTTP answers the pages.
func (a *App) ServeHTTP(w http.ResponseWriter, r *http.Request) { a.mux.ServeHTTP(w, r) }

// arriving lets people in who come from the sign-in page with ?user=. A real
// application would be given a signed token there.
func (a *App) arriving(next http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		user := r.URL.Query().Get("user")
		if user == "" || len(user) > maxID {
			next(w, r)
			return
		}
		http.SetCookie(w, session(url.QueryEscape(user), 0))
		http.Redirect(w, r, "/reports", http.StatusSeeOther)
	}
}

func leave(w http.ResponseWriter, r *http.Request) {
	http.SetCookie(w, session("", -1))
	http.Redirect(w, r, "/", http.StatusSeeOther)
}

// session is the cookie that says who is there. It is not Secure, since the demo
// has no TLS.
func session(value string, maxAge int) *http.Cookie {
	return &http.Cookie{Name: cookieName, Value: value, Path: "/", MaxAge: maxAge, HttpOnly: true, SameSite: http.SameSiteLaxMode}
}

// present is the person of the session; ok is false if there is none. Known says
// whether that person has signed up.
func (a *App) present(r *http.Request) (p Person, known, ok bool) {
	c, err := r.Cookie(cookieName)
	if err != nil {
		return Person{}, false, false
	}
	id, err := url.QueryUnescape(c.Value)
	if err != nil || id == "" || len(id) > maxID {
		return Person{}, false, false
	}
	for _, p := range a.config.People() {
		if p.ID == id {
			return p, true, true
		}
	}
	return Person{ID: id, Name: "Unknown person"}, false, true
}

// door is the page on which one chooses who one is.
func (a *App) door(w http.ResponseWriter, r *http.Request) {
	v := view{Title: "Who are you?", SignIn: a.config.SignIn, Door: true, People: a.config.People()}
	if p, _, ok := a.present(r); ok {
		v.Person = &p
	}
	a.write(w, http.StatusOK, v)
}

// reports is the page with the reports, for those who may view them.
func (a *App) reports(w http.ResponseWriter, r *http.Request) {
	p, known, ok := a.present(r)
	if !ok {
		http.Redirect(w, r, "/", http.StatusSeeOther)
		return
	}
	ctx, cancel := context.WithTimeout(r.Context(), patience)
	defer cancel()
	v := view{Title: "Reports", SignIn: a.config.SignIn, Person: &p, Gatehouse: a.config.Gatehouse}
	for _, action := range []string{"view", "edit", "delete"} {
		v.Answers = append(v.Answers, a.ask(ctx, p.ID, action))
	}
	v.Decided = v.Answers[0]
	switch {
	case v.Decided.Allow:
		v.Reports = shelf
		a.write(w, http.StatusOK, v)
		return
	case v.Decided.Code == codeNoAnswer:
		v.Refusal = refusalFor(v.Decided, !known)
		a.write(w, http.StatusServiceUnavailable, v)
		return
	}
	v.Refusal = refusalFor(v.Decided, !known)
	if n := looked(r); known && v.Decided.Code == "user_not_synced" && n < looks {
		v.Waiting = true
		w.Header().Set("Refresh", "1; url=/reports?looked="+strconv.Itoa(n+1))
	}
	a.write(w, http.StatusForbidden, v)
}

// looked is how many times the page has looked again by itself.
func looked(r *http.Request) int {
	n, err := strconv.Atoi(r.URL.Query().Get("looked"))
	if err != nil || n < 0 {
		return 0
	}
	return n
}

// write writes a page.
func (a *App) write(w http.ResponseWriter, status int, v view) {
	var out bytes.Buffer
	if err := pageTemplate.Execute(&out, v); err != nil {
		a.config.Log.Error("page not written", "error", err)
		http.Error(w, "Internal Server Error", http.StatusInternalServerError)
		return
	}
	h := w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Cache-Control", "no-store")
	h.Set("Content-Security-Policy", "default-src 'none'; style-src 'self'; img-src data:; form-action 'self'; frame-ancestors 'none'; base-uri 'none'")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Referrer-Policy", "same-origin")
	w.WriteHeader(status)
	_, _ = w.Write(out.Bytes())
}

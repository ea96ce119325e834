package sample

import (
	"bytes"
	"cmp"
	"context"
	_ "embed"
	"html/template"
	"log/slog"
	"net/http"
	"strconv"
	"time"
)

const (
	// patience bounds the questions of one page.
	patience = 3 * time.Second

	// A person who has just signed up is unknown until the webhook has been
	// worked on, which is a matter of milliseconds: for so long after a sign-in
	// the page looks again, this many times, a second apart.
	newness = 10 * time.Second
	looks   = 5
)

var (
	//go:embed page.html
	pageText string
	//go:embed page.css
	pageStyle []byte

	pageTemplate = template.Must(template.New("page").Parse(pageText))
)

// A Config says where the application is, who signs its people in and whom it
// asks. Addresses have no slash at the end. What is a pointer or a function may be
// nil.
type Config struct {
	Address string // of the application itself, as browsers know it

	Logto     string // address
	AppID     string // with the redirect URI Address/callback, and Address/ for after sign-out
	AppSecret string

	Gatehouse string // address
	APIKey    string // environment level
	Dashboard string // address of a page on which roles are given; empty is no link

	Client   *http.Client // asks Gatehouse
	Log      *slog.Logger
	Happened func(Event) // told of what people do; must not wait
}

// An Event is what somebody did, and what came of it.
type Event struct {
	Person Person
	Kind   EventKind
	Reason string // of a refusal, in Gatehouse's words
}

// An EventKind says what somebody did.
type EventKind int

// The kinds of events.
const (
	SignedIn EventKind = iota
	Shown              // the reports
	Refused
	SignedOut
)

// An App is the application. It is an [http.Handler] and safe for concurrent
// use. Make one with [New].
type App struct {
	config   Config
	mux      *http.ServeMux
	sessions sessions
}

// New returns the application. It starts nothing.
func New(c Config) *App {
	c.Client = cmp.Or(c.Client, &http.Client{Timeout: patience})
	c.Log = cmp.Or(c.Log, slog.New(slog.DiscardHandler))
	if c.Happened == nil {
		c.Happened = func(Event) {}
	}
	a := &App{config: c, mux: http.NewServeMux()}
	a.mux.HandleFunc("GET /{$}", a.door)
	a.mux.HandleFunc("GET /reports", a.reports)
	a.mux.HandleFunc("GET /sign-in", a.signIn)
	a.mux.HandleFunc("GET /callback", a.callback)
	a.mux.Handle("POST /leave", http.NewCrossOriginProtection().Handler(http.HandlerFunc(a.leave)))
	a.mux.HandleFunc("GET /page.css", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/css; charset=utf-8")
		_, _ = w.Write(pageStyle)
	})
	return a
}

// ServeHTTP answers the pages.
func (a *App) ServeHTTP(w http.ResponseWriter, r *http.Request) { a.mux.ServeHTTP(w, r) }

// door is the page for those who have not signed in.
func (a *App) door(w http.ResponseWriter, r *http.Request) {
	v := view{Title: "Welcome", Door: true}
	if p, _, ok := a.present(r); ok {
		v.Person = &p
	}
	a.write(w, http.StatusOK, v)
}

// reports is the page with the reports, for those who may view them.
func (a *App) reports(w http.ResponseWriter, r *http.Request) {
	p, since, ok := a.present(r)
	if !ok {
		http.Redirect(w, r, "/sign-in", http.StatusSeeOther)
		return
	}
	ctx, cancel := context.WithTimeout(r.Context(), patience)
	defer cancel()
	v := view{Title: "Reports", Person: &p}
	for _, action := range []string{"view", "edit", "delete"} {
		v.Answers = append(v.Answers, a.ask(ctx, p.ID, action))
	}
	v.Decided = v.Answers[0]
	if v.Decided.Allow {
		v.Reports = shelf
		a.config.Happened(Event{Person: p, Kind: Shown})
		a.write(w, http.StatusOK, v)
		return
	}
	v.Refusal = refusalFor(v.Decided)
	status := http.StatusForbidden
	if n := looked(r); v.Decided.Code == "user_not_synced" && n < looks && time.Since(since) < newness {
		v.Waiting = true
		w.Header().Set("Refresh", "1; url=/reports?looked="+strconv.Itoa(n+1))
	} else {
		a.config.Happened(Event{Person: p, Kind: Refused, Reason: cmp.Or(v.Decided.Reason, v.Decided.Fault)})
	}
	if v.Decided.Code == codeNoAnswer {
		status = http.StatusServiceUnavailable
	}
	a.write(w, status, v)
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
	v.Logto, v.Gatehouse, v.Dashboard = a.config.Logto, a.config.Gatehouse, a.config.Dashboard
	var out bytes.Buffer
	if err := pageTemplate.Execute(&out, v); err != nil {
		a.config.Log.Error("page not written", "error", err)
		http.Error(w, "Internal Server Error", http.StatusInternalServerError)
		return
	}
	h := w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Cache-Control", "no-store")
	h.Set("Content-Security-Policy", "default-src 'none'; style-src 'self'; img-src data:; form-action 'self' "+a.config.Logto+"; frame-ancestors 'none'; base-uri 'none'")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Referrer-Policy", "same-origin")
	w.WriteHeader(status)
	_, _ = w.Write(out.Bytes())
}

package logtosim

import (
	"bytes"
	"context"
	_ "embed"
	"encoding/json"
	"html/template"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"time"
)

// What a page shows at most; the Management API shows all.
const (
	peopleShown     = 50
	deliveriesShown = 30
)

// settle is how long a page waits for the deliveries of its own change, so that
// it can show what came of them.
const settle = time.Second

var (
	//go:embed page.html
	pageText string
	//go:embed page.css
	pageStyle []byte

	pageTemplate = template.Must(template.New("page").Parse(pageText))
)

// A view is what the page shows.
type view struct {
	Notice   string
	Problem  string // about the whole page, not about a field of the form
	Continue string // link to the sample application for the person of the notice
	AppURL   string
	Hook     string

	Interaction string // of the application's request to sign somebody in; empty if there is none
	Client      string // name of that application
	returnsTo   string // origin to which a form of the page may lead

	Form   SignUp
	Faults map[string]string // by field of the form

	People     []personRow
	More       int // people who are not shown
	Deliveries []deliveryRow
}

// A personRow is one person in the list.
type personRow struct {
	ID, Label, Name, Username, Email string
	Suspended                        bool
}

// A deliveryRow is one delivery in the list.
type deliveryRow struct {
	Time, Event, About, Result, Tone string
	Fault                            string // why there was no answer
	Body                             string
}

func (s *Sim) mountPages(mux *http.ServeMux) {
	guard := http.NewCrossOriginProtection() // by Sec-Fetch-Site, or else by Origin
	post := func(path string, serve func(*http.Request) (url.Values, error)) {
		mux.Handle("POST "+path, guard.Handler(s.form(serve)))
	}
	post("/people", s.formSignUp)
	post("/people/{id}/sign-in", s.formSignIn)
	post("/people/{id}/name", s.formName)
	post("/people/{id}/suspend", s.formSuspend)
	post("/people/{id}/delete", s.formDelete)
	mux.HandleFunc("/page.css", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/css; charset=utf-8")
		writeRaw(w, http.StatusOK, pageStyle)
	})
	// Like the sign-in pages of Logto, the page answers every other address.
	mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodGet && r.Method != http.MethodHead {
			writeText(w, http.StatusMethodNotAllowed, "Method Not Allowed")
			return
		}
		v := s.view(r.URL.Query())
		status := http.StatusOK
		if id := r.URL.Query().Get("interaction"); id != "" && !v.interacts(s, id) {
			status, v.Problem = http.StatusBadRequest, "This sign-in has expired. Please go back to the application and begin again."
		}
		s.page(w, status, v)
	})
}

// interacts makes the page one on which people sign in to an application. It
// reports whether the application still waits.
func (v *view) interacts(s *Sim, id string) bool {
	a := s.interaction(id)
	if a == nil {
		return false
	}
	s.mu.Lock()
	v.Interaction, v.Client = id, s.registered(a.clientID).Name
	s.mu.Unlock()
	if u, err := url.Parse(a.redirectURI); err == nil {
		v.returnsTo = u.Scheme + "://" + u.Host
	}
	return true
}

// form serves a form: the change, then a redirect to the page that tells of it;
// or the page with what is wrong and what was typed.
func (s *Sim) form(serve func(*http.Request) (url.Values, error)) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		r.Body = http.MaxBytesReader(w, r.Body, maxBody)
		if err := r.ParseForm(); err != nil {
			writeText(w, http.StatusBadRequest, "Bad Request")
			return
		}
		id := r.PostForm.Get("interaction")
		told, err := serve(r.WithContext(s.withApplication(withCaller(r), id)))
		if err != nil {
			v := s.view(nil)
			v.interacts(s, id)
			if r.URL.Path == "/people" {
				v.Form = typed(r)
			}
			v.fault(wire(err), r.URL.Path == "/people")
			s.page(w, wire(err).Status, v)
			return
		}
		ctx, cancel := context.WithTimeout(r.Context(), settle)
		defer cancel()
		_ = s.Flush(ctx) // what is still under way then is shown as such
		if done := told.Get("done"); done == "sign-up" || done == "sign-in" {
			s.begin(w, told.Get("user"))
			if id != "" {
				http.Redirect(w, r, "/oidc/auth/"+url.PathEscape(id), http.StatusSeeOther)
				return
			}
		}
		http.Redirect(w, r, "/?"+told.Encode(), http.StatusSeeOther)
	})
}

// typed is what the person typed into the sign-up form.
func typed(r *http.Request) SignUp {
	return SignUp{Username: r.PostForm.Get("username"), Email: r.PostForm.Get("email"), Name: r.PostForm.Get("name")}
}

func (s *Sim) formSignUp(r *http.Request) (url.Values, error) {
	u, err := s.SignUp(r.Context(), typed(r))
	return url.Values{"done": {"sign-up"}, "user": {u.ID}}, err
}

func (s *Sim) formSignIn(r *http.Request) (url.Values, error) {
	u, err := s.SignIn(r.Context(), r.PathValue("id"))
	return url.Values{"done": {"sign-in"}, "user": {u.ID}}, err
}

func (s *Sim) formName(r *http.Request) (url.Values, error) {
	var name any
	if n := r.PostForm.Get("name"); n != "" {
		name = n
	}
	u, err := s.Patch(r.Context(), r.PathValue("id"), Fields{"name": name})
	return url.Values{"done": {"name"}, "user": {u.ID}}, err
}

func (s *Sim) formSuspend(r *http.Request) (url.Values, error) {
	suspended := r.PostForm.Get("suspended") == "true"
	u, err := s.Suspend(r.Context(), r.PathValue("id"), suspended)
	return url.Values{"done": {"suspend-" + strconv.FormatBool(suspended)}, "user": {u.ID}}, err
}

func (s *Sim) formDelete(r *http.Request) (url.Values, error) {
	return url.Values{"done": {"delete"}}, s.Delete(r.Context(), r.PathValue("id"))
}

// notices are what the page says after a form; the name of the person follows.
var notices = map[string]string{
	"sign-up":       "Signed up: ",
	"sign-in":       "Signed in: ",
	"name":          "Renamed: ",
	"suspend-true":  "Suspended: ",
	"suspend-false": "Active again: ",
	"delete":        "The person is deleted.",
}

// view collects the page. The query says what has just been done.
func (s *Sim) view(q url.Values) view {
	s.mu.Lock()
	v := view{AppURL: s.config.AppURL}
	if own := s.hook(s.hookID); own != nil {
		v.Hook = own.Config.URL
	}
	s.mu.Unlock()
	users := s.Users()
	labels := map[string]string{}
	for _, u := range users {
		labels[u.ID] = label(u)
	}
	v.More = max(0, len(users)-peopleShown)
	for _, u := range users[:len(users)-v.More] {
		v.People = append(v.People, personRow{u.ID, label(u), text(u.Name), text(u.Username), text(u.PrimaryEmail), u.IsSuspended})
	}
	sent := s.Deliveries()
	for _, d := range slices.Backward(sent[max(0, len(sent)-deliveriesShown):]) {
		v.Deliveries = append(v.Deliveries, row(d, labels))
	}
	done := q.Get("done")
	v.Notice = notices[done]
	if u, ok := s.User(q.Get("user")); ok && v.Notice != "" {
		v.Notice += label(u)
		if (done == "sign-up" || done == "sign-in") && !u.IsSuspended {
			v.Continue = s.config.AppURL
		}
	}
	return v
}

// fault puts a failure where the person can mend it.
func (v *view) fault(err *Error, signUp bool) {
	said := map[string]string{
		"user.username_already_in_use": "This username is taken. Please choose another.",
		"user.email_already_in_use":    "Somebody has signed up with this e-mail address already.",
		"user.missing_profile":         "Please give a username or an e-mail address.",
		"user.suspended":               "This person is suspended and cannot sign in.",
		"entity.not_found":             "This person is gone.",
	}[err.Code]
	switch {
	case said != "":
	case err.Field == "username":
		said = "A username has only letters, digits and _, and does not begin with a digit."
	case err.Field == "primaryEmail":
		said = "This is not an e-mail address."
	default:
		said = err.Message
	}
	if signUp && err.Field != "" {
		v.Faults = map[string]string{err.Field: said}
		return
	}
	v.Problem = said
}

// label is what a person is called on the page.
func label(u User) string {
	for _, s := range []string{text(u.Name), text(u.Username), text(u.PrimaryEmail)} {
		if s != "" {
			return s
		}
	}
	return u.ID
}

func row(d Delivery, labels map[string]string) deliveryRow {
	r := deliveryRow{Time: d.At.Format("15:04:05"), Event: d.Event, About: d.UserID, Result: "under way", Tone: "wait"}
	if l, ok := labels[d.UserID]; ok {
		r.About = l
	}
	switch {
	case d.Lost:
		r.Result, r.Tone = "lost", "bad"
	case d.Err != nil:
		r.Result, r.Tone, r.Fault = "no answer", "bad", d.Err.Error()
	case d.Done:
		r.Result, r.Tone = strconv.Itoa(d.Status)+" "+http.StatusText(d.Status), "bad"
		if d.Status/100 == 2 {
			r.Tone = "good"
		}
	}
	var pretty bytes.Buffer
	if err := json.Indent(&pretty, d.Body, "", "  "); err == nil {
		r.Body = pretty.String()
	}
	return r
}

// page writes the page.
func (s *Sim) page(w http.ResponseWriter, status int, v view) {
	var out bytes.Buffer
	if err := pageTemplate.Execute(&out, v); err != nil {
		s.config.Log.Error("page not written", "err", err)
		writeText(w, http.StatusInternalServerError, "Internal Server Error")
		return
	}
	h := w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Cache-Control", "no-store")
	h.Set("Content-Security-Policy", "default-src 'none'; style-src 'self'; img-src data:; form-action 'self' "+v.returnsTo+"; frame-ancestors 'none'; base-uri 'none'")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Referrer-Policy", "same-origin")
	writeRaw(w, status, out.Bytes())
}

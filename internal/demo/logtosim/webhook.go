package logtosim

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"slices"
	"strings"
	"time"
)

// SignatureHeader carries the signature of a delivery.
const SignatureHeader = "Logto-Signature-Sha-256"

// A Webhook is one delivery as it goes over the wire.
type Webhook struct {
	Event  string
	UserID string // whom it is about; empty for events of organizations
	Header http.Header
	Body   []byte // the signed bytes
}

// Sign returns the signature of a body under the [Config]'s key: the lower-case
// hex HMAC-SHA256.
func (s *Sim) Sign(body []byte) string { return sign(s.config.SigningKey, body) }

// Compose returns the signed delivery that tells of u, without sending it and
// without changing anybody. Events of users have the form of the Management API
// (User.Created, User.Data.Updated, User.SuspensionStatus.Updated, User.Deleted);
// PostRegister and PostSignIn that of an interaction. Any other event is an error.
// Two calls differ in the time they state, to the millisecond.
func (s *Sim) Compose(event string, u User) (Webhook, error) {
	u.CustomData, u.Identities, u.Profile = mustObject(u.CustomData), mustObject(u.Identities), mustObject(u.Profile)
	here := callerOf(context.Background())
	h := happened{event: event, method: http.MethodPatch, status: http.StatusOK, params: object{{"userId", u.ID}}, data: u.answer()}
	switch event {
	case "PostRegister", "PostSignIn":
		return s.ownHook("").seal(event, u.ID, s.submitted(here, event, s.id(43), u)), nil
	case "User.Created":
		h.method, h.route, h.params = http.MethodPost, "/users", nil
	case "User.Data.Updated":
		h.route = "/users/:userId"
	case "User.SuspensionStatus.Updated":
		h.route = "/users/:userId/is-suspended"
	case "User.Deleted":
		h.method, h.route, h.status, h.data, h.dataFirst = http.MethodDelete, "/users/:userId", http.StatusNoContent, u, true
	default:
		return Webhook{}, fmt.Errorf("logtosim: no form for event %q", event)
	}
	return s.ownHook("").seal(event, u.ID, s.managed(here, h)), nil
}

// seal makes the delivery of a body. The body is not written to.
func (h *hook) seal(event, userID string, body object) Webhook {
	body = slices.DeleteFunc(slices.Clone(body), func(m member) bool { return m.key == "userAgent" && m.value == "" }) // a caller that sent none
	raw := mustStringify(append(body, member{"hookId", h.ID}))
	return Webhook{Event: event, UserID: userID, Body: raw, Header: deliveryHeader(h.Config.Headers, h.SigningKey, raw)}
}

// happened is one thing the Management API did, for its webhook.
type happened struct {
	event  string
	userID string
	method string
	route  string // as registered, without /api
	params object // of the route, in its order
	status int

	data      any    // nil is no data
	dataFirst bool   // User.Deleted has its data before the path
	more      object // after matchedRoute
}

// tell sends the event of a change by the Management API. The caller holds mu,
// so the order of deliveries in [Sim.Deliveries] is the order of the changes.
func (s *Sim) tell(ctx context.Context, h happened) {
	s.send(h.event, h.userID, s.managed(callerOf(ctx), h))
}

// fire tells of what a request of the Management API did. More comes after the
// data. The caller holds mu.
func (s *Sim) fire(r *http.Request, event string, status int, data any, more ...member) {
	route, _ := r.Context().Value(routeKey{}).(string)
	var params object
	if rest, ok := strings.CutPrefix(r.URL.Path, "/api/roles/"); ok {
		params = object{{"0", "/" + rest}} // a group of the pattern that Logto puts before its role routes
	}
	for part := range strings.SplitSeq(route, "/") {
		if name, ok := strings.CutPrefix(part, ":"); ok {
			params = append(params, member{name, r.PathValue(name)})
		}
	}
	s.tell(r.Context(), happened{
		event: event, method: r.Method, route: route, params: params, status: status, data: data, more: more,
	})
}

type routeKey struct{}

// withRoute returns the context with the path of a route in it.
func withRoute(ctx context.Context, path string) context.Context {
	return context.WithValue(ctx, routeKey{}, path)
}

// managed is the body of an event of the Management API.
func (s *Sim) managed(c caller, h happened) object {
	path := h.route
	for _, p := range h.params {
		path = strings.Replace(path, ":"+p.key, fmt.Sprint(p.value), 1)
	}
	o := object{{"event", h.event}, {"createdAt", s.timestamp()}, {"userAgent", c.userAgent}, {"ip", c.ip}}
	if h.dataFirst {
		o = append(o, member{"data", h.data})
	}
	o = append(o, member{"path", path}, member{"method", h.method}, member{"status", h.status},
		member{"params", append(object{}, h.params...)}, member{"matchedRoute", h.route})
	if h.data != nil && !h.dataFirst {
		o = append(o, member{"data", h.data})
	}
	return append(o, h.more...)
}

// identified is the body of User.Created when a person signs up.
func (s *Sim) identified(c caller, session string, u User) object {
	return append(s.interacted(c, "User.Created", session), member{"data", u})
}

// interacted is the beginning of the body of an event that a sign-up causes.
func (s *Sim) interacted(c caller, event, session string) object {
	return object{
		{"event", event},
		{"createdAt", s.timestamp()},
		{"interactionEvent", "Register"},
		{"userAgent", c.userAgent},
		{"applicationId", s.applicationOf(c).ID},
		{"sessionId", session},
		{"ip", c.ip},
		{"application", s.applicationOf(c)},
	}
}

// submitted is the body of PostRegister and PostSignIn.
func (s *Sim) submitted(c caller, event, session string, u User) object {
	return object{
		{"event", event},
		{"interactionEvent", strings.TrimPrefix(event, "Post")},
		{"createdAt", s.timestamp()},
		{"sessionId", session},
		{"userAgent", c.userAgent},
		{"userId", u.ID},
		{"userIp", c.ip},
		{"user", u},
		{"application", s.applicationOf(c)},
	}
}

// timestamp is the present as JavaScript's Date writes it.
func (s *Sim) timestamp() string {
	return s.config.Now().UTC().Format("2006-01-02T15:04:05.000Z07:00")
}

// A caller is who made Logto do something, as far as its webhooks say.
type caller struct {
	userAgent   string
	ip          string
	application *Application // signed in to; nil is that of the Config
}

// applicationOf is the application that the caller signs in to.
func (s *Sim) applicationOf(c caller) Application {
	if c.application != nil {
		return *c.application
	}
	return s.config.App
}

type callerKey struct{}

// withCaller returns the request's context with the request's caller in it.
func withCaller(r *http.Request) context.Context {
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		host = r.RemoteAddr
	}
	var agent []rune // Node reads the bytes of a header as Latin-1, whatever they are
	for _, b := range []byte(r.UserAgent()) {
		agent = append(agent, rune(b))
	}
	return context.WithValue(r.Context(), callerKey{}, caller{userAgent: string(agent), ip: host})
}

// withApplication says in ctx to which application the caller signs in: that
// which waits under the id, or else that of the Config.
func (s *Sim) withApplication(ctx context.Context, interaction string) context.Context {
	a := s.interaction(interaction)
	if a == nil {
		return ctx
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	c := callerOf(ctx)
	c.application = new(s.registered(a.clientID))
	return context.WithValue(ctx, callerKey{}, c)
}

// callerOf returns the caller in ctx; Go code is a program on this machine.
func callerOf(ctx context.Context) caller {
	if c, ok := ctx.Value(callerKey{}).(caller); ok {
		return c
	}
	return caller{userAgent: "logtosim", ip: "127.0.0.1"}
}

// A Delivery is one delivery that was begun, and what came of it.
type Delivery struct {
	Webhook

	HookID string
	Lost   bool // by a fault: nobody was told
	At     time.Time
	Done   bool  // the receiver answered or will not
	Status int   // of the receiver's answer; zero if there was none
	Err    error // why there was no answer
}

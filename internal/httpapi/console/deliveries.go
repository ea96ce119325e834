package console

import (
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/gatehouse-authz/gatehouse/internal/access"
	"github.com/gatehouse-authz/gatehouse/internal/authz"
	"github.com/gatehouse-authz/gatehouse/internal/httpapi"
	"github.com/gatehouse-authz/gatehouse/internal/ingest"
)

func (a *API) mountDeliveries(mux *http.ServeMux) {
	const path = " /console/v1/projects/{proj}/envs/{env}/logto/deliveries"
	mux.Handle("GET"+path, httpapi.Handle(a.inEnvironment(access.Read, a.listDeliveries), a.render))
	mux.Handle("GET"+path+"/{delivery}", httpapi.Handle(a.inEnvironment(access.Read, a.readDelivery), a.render))
	mux.Handle("POST"+path+"/{delivery}/replay", httpapi.Handle(a.inEnvironment(access.Write, a.replayDelivery), a.render))
}

type deliveriesRead struct {
	Deliveries []deliveryRead `json:"deliveries"`
	Next       *string        `json:"next"` // the cursor of the next page
}

type deliveryRead struct {
	ID         string          `json:"id"`
	Event      string          `json:"event"`
	Subject    *subjectRead    `json:"subject"` // null if the event names none
	SentAt     *time.Time      `json:"sent_at"`
	ReceivedAt time.Time       `json:"received_at"`
	Copies     int             `json:"copies"`
	Outcome    ingest.Outcome  `json:"outcome"`
	Standing   ingest.Standing `json:"standing"`
	Attempts   int             `json:"attempts"`
	Error      string          `json:"error"`
	DueAt      *time.Time      `json:"due_at"`
}

type subjectRead struct {
	Kind ingest.SubjectKind `json:"kind"`
	ID   string             `json:"id"`
}

// payloadRead is a delivery with what it said.
type payloadRead struct {
	deliveryRead

	Payload string `json:"payload"` // JSON without secrets; see [access.Kept]
}

func deliveryOf(a ingest.Arrival) deliveryRead {
	out := deliveryRead{
		ID: a.Digest, Event: a.Event, SentAt: timeOrNil(a.SentAt), ReceivedAt: a.ReceivedAt, Copies: a.Copies,
		Outcome: a.Outcome, Standing: a.Standing, Attempts: a.Attempts, Error: a.Error, DueAt: timeOrNil(a.DueAt),
	}
	if a.Subject != (ingest.Subject{}) {
		out.Subject = &subjectRead{Kind: a.Subject.Kind, ID: a.Subject.ID}
	}
	return out
}

const mostDeliveries = 100 // on a page

// inbox is the one of the caller's environment.
func (a *API) inbox(c caller) (*ingest.Inbox, error) {
	for _, i := range a.Inboxes {
		if i.Env == c.env.ID {
			return i, nil
		}
	}
	return nil, authz.Errorf(authz.NotFound, "no Logto feeds this environment: its users go into the environment that was made first")
}

// listDeliveries answers what was delivered, the latest first.
func (a *API) listDeliveries(w http.ResponseWriter, r *http.Request, c caller) error {
	inbox, err := a.inbox(c)
	if err != nil {
		return err
	}
	f, limit, err := arrivalFilter(r)
	if err != nil {
		return err
	}
	list, err := inbox.Arrivals(r.Context(), f, limit+1)
	if err != nil {
		return err
	}
	out := deliveriesRead{Deliveries: []deliveryRead{}}
	for _, d := range list[:min(limit, len(list))] {
		out.Deliveries = append(out.Deliveries, deliveryOf(d))
	}
	if len(list) > limit {
		next := arrivalText(list[limit-1].Cursor())
		out.Next = &next
	}
	return httpapi.Write(w, http.StatusOK, out)
}

// arrivalFilters are the query parameters of deliveries; one that is not known would
// select too much if it were left out.
var arrivalFilters = []string{"before", "event", "limit", "outcome", "subject"}

var outcomes = []string{"", string(ingest.Settled), string(ingest.Waiting), string(ingest.Failing), string(ingest.SetAside)}

func arrivalFilter(r *http.Request) (f ingest.ArrivalFilter, limit int, err error) {
	q := httpapi.QueryOf(r)
	f = ingest.ArrivalFilter{Event: q.Text("event"), Outcome: ingest.Outcome(q.Choice("outcome", outcomes...))}
	limit = q.Int("limit", 30, 1, mostDeliveries)
	subject, before := q.Text("subject"), q.Text("before")
	if err := q.Err(); err != nil {
		return f, 0, authz.Errorf(authz.Invalid, "%v", err)
	}
	for _, name := range q.Names() {
		if !slices.Contains(arrivalFilters, name) {
			return f, 0, authz.Errorf(authz.Invalid, "there is no filter %q; there are %s", name, strings.Join(arrivalFilters, ", "))
		}
	}
	if subject != "" {
		kind, id, ok := strings.Cut(subject, "/")
		if !ok || id == "" {
			return f, 0, authz.InvalidField("subject", "subject is a kind and an id, as in user/k2m3")
		}
		f.Subject = ingest.Subject{Kind: ingest.SubjectKind(kind), ID: id}
	}
	if before != "" {
		f.Before, err = parseArrival(before)
	}
	return f, limit, err
}

// arrivalText is a cursor as callers see it: Unix microseconds and digest.
func arrivalText(c ingest.ArrivalCursor) string {
	return strconv.FormatInt(c.At.UnixMicro(), 10) + "." + c.Digest
}

func parseArrival(text string) (ingest.ArrivalCursor, error) {
	at, digest, ok := strings.Cut(text, ".")
	n, err := strconv.ParseInt(at, 10, 64)
	if !ok || err != nil || n < 0 {
		return ingest.ArrivalCursor{}, authz.InvalidField("before", "before is not a cursor that an answer said")
	}
	return ingest.ArrivalCursor{At: time.UnixMicro(n).UTC(), Digest: digest}, nil
}

// readDelivery answers one delivery with what it said.
func (a *API) readDelivery(w http.ResponseWriter, r *http.Request, c caller) error {
	inbox, err := a.inbox(c)
	if err != nil {
		return err
	}
	d, err := inbox.Arrival(r.Context(), r.PathValue("delivery"))
	if err != nil {
		return err
	}
	return httpapi.Write(w, http.StatusOK, payloadRead{deliveryRead: deliveryOf(d), Payload: access.Kept(string(d.Body))})
}

// replayedRead says what is looked at again.
type replayedRead struct {
	Subjects int `json:"subjects"`
}

// replayDelivery has everything looked at again that a delivery names.
func (a *API) replayDelivery(w http.ResponseWriter, r *http.Request, c caller) error {
	inbox, err := a.inbox(c)
	if err != nil {
		return err
	}
	n, err := inbox.Replay(r.Context(), r.PathValue("delivery"))
	if err != nil {
		return err
	}
	return httpapi.Write(w, http.StatusAccepted, replayedRead{Subjects: n})
}

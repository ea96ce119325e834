package logtosim

import (
	"cmp"
	"context"
	crand "crypto/rand"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"slices"
	"sync"
	"time"
)

// DefaultResource is the resource indicator of the Management API of a
// self-hosted Logto.
const DefaultResource = "https://default.logto.app/api"

// deliveryTimeout is how long Logto waits for a receiver.
const deliveryTimeout = 10 * time.Second

// A Config says what a [Sim] is. Every field may be left zero, but without AppID
// nobody gets a token.
type Config struct {
	AppID     string // the machine-to-machine application that may call the Management API
	AppSecret string
	Resource  string        // resource indicator that a token must ask for; default [DefaultResource]
	TokenTTL  time.Duration // how long a token lives; default one hour, whole seconds

	SigningKey string // key of the webhook signature, used as is
	WebhookURL string // where deliveries go; empty is no hook, see [Sim.SetWebhookURL]
	Seed       uint64 // of the ids of what is created; 0 is ids that nobody can foresee
	InOrder    bool   // a delivery waits for the one before it; Logto does not wait

	App    Application // the application people sign in to; has a default
	AppURL string      // where the sample application signs people in, for the link after sign-up; empty is no link

	Now    func() time.Time // default [time.Now]
	Client *http.Client     // sends the webhooks; default has a timeout of 10 s and follows redirects
	Log    *slog.Logger     // told of deliveries that failed; default says nothing
}

// An Application is what Logto tells in sign-in events about the application
// that was signed in to.
type Application struct {
	ID          string  `json:"id"`
	Type        string  `json:"type"`
	Name        string  `json:"name"`
	Description *string `json:"description"`
}

// A Sim is a stand-in Logto. It is an [http.Handler] and safe for concurrent
// use. Make one with [New].
type Sim struct {
	config Config
	hookID string
	door   http.Handler

	idsMu sync.Mutex
	ids   *rand.PCG // makes ids, under idsMu; nil without a seed

	mu     sync.Mutex // guards the fields below; the lists are in order of creation
	people []*person
	byID   map[string]*person

	roles        []*role
	resources    []*resource
	scopes       []*scope
	applications []*application

	organizations      []*organization
	organizationRoles  []*organizationRole
	organizationScopes []*templateScope
	invitations        []*invitation

	hooks []*hook
	logs  []logRow          // oldest first, at most keptLogs
	keys  []*signingKey     // sign tokens, the latest first; another Sim does not accept them
	live  map[string]claims // tokens for resources that have not been made to expire
	login login
	chaos *chaos
	life  context.Context // of deliveries; it ends when Logto is killed
	end   context.CancelFunc

	outbox outbox
}

// tenantID is the tenant of everything in a self-hosted Logto.
const tenantID = "default"

// A person is a user with what the user record does not say.
type person struct {
	user     User
	roles    []string // ids
	tokens   []personalToken
	factors  []factor
	skipsMFA bool
}

// New returns a Sim without people. It starts nothing; goroutines exist only
// while deliveries are under way.
func New(c Config) *Sim {
	c.Resource = cmp.Or(c.Resource, DefaultResource)
	c.TokenTTL = cmp.Or(c.TokenTTL.Truncate(time.Second), time.Hour)
	if c.App == (Application{}) {
		c.App = Application{ID: "sampleapp0000000000000", Type: "Traditional", Name: "Sample application"}
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.Client == nil {
		c.Client = &http.Client{Timeout: deliveryTimeout}
	}
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	s := &Sim{config: c, hookID: randomID(21), keys: []*signingKey{newSigningKey()}}
	s.life, s.end = context.WithCancel(context.Background())
	s.byID, s.live, s.chaos = map[string]*person{}, map[string]claims{}, newChaos(Faults{})
	s.login = newLogin()
	s.login.registrations[c.AppID] = Registration{ID: c.AppID, Secret: c.AppSecret}
	if c.Seed != 0 {
		s.ids = rand.NewPCG(c.Seed, 0)
	}
	s.builtIn()
	s.applications = append(s.applications, s.newApplication(c.AppID, "sync-server (M2M)", typeMachine, nil))
	s.applications = append(s.applications, s.newApplication(c.App.ID, c.App.Name, c.App.Type, c.App.Description))
	s.SetWebhookURL(c.WebhookURL)
	s.outbox.changed = sync.NewCond(&s.outbox.mu)
	s.door = s.routes()
	return s
}

// Import puts users without a webhook, as a change in Logto's database does. A
// user whose id is known is replaced; an empty id is filled in. Missing times
// are the present, missing objects are empty. Nothing is checked, except that
// objects which are not JSON are a bug of the caller and panic.
func (s *Sim) Import(users ...User) {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := s.now()
	for _, u := range users {
		u.ID = cmp.Or(u.ID, s.id(12))
		u.CreatedAt = cmp.Or(u.CreatedAt, now)
		u.UpdatedAt = cmp.Or(u.UpdatedAt, u.CreatedAt)
		u.CustomData = mustObject(u.CustomData)
		u.Identities = mustObject(u.Identities)
		u.Profile = mustObject(u.Profile)
		if p := s.person(u.ID); p != nil {
			p.user = u
			continue
		}
		s.add(u)
	}
}

// User returns the user and whether there is one.
func (s *Sim) User(id string) (User, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if p := s.person(id); p != nil {
		return p.user.clone(), true
	}
	return User{}, false
}

// Users returns everybody in the order of the Management API: greatest
// createdAt first, and the later arrival first among equals.
func (s *Sim) Users() []User {
	s.mu.Lock()
	defer s.mu.Unlock()
	users := make([]User, 0, len(s.people))
	for _, p := range s.inOrder() {
		users = append(users, p.user.clone())
	}
	return users
}

// inOrder returns everybody in the order of lists. The caller holds mu.
func (s *Sim) inOrder() []*person {
	list := slices.Clone(s.people)
	slices.Reverse(list)
	slices.SortStableFunc(list, func(a, b *person) int { return cmp.Compare(b.user.CreatedAt, a.user.CreatedAt) })
	return list
}

// person returns the person or nil. The caller holds mu.
func (s *Sim) person(id string) *person { return s.byID[id] }

// now is the present in milliseconds, the unit of every entity's time.
func (s *Sim) now() int64 { return s.config.Now().UnixMilli() }

// id returns the id of something that is created.
func (s *Sim) id(n int) string {
	if s.ids == nil {
		return randomID(n)
	}
	s.idsMu.Lock()
	defer s.idsMu.Unlock()
	id := make([]byte, n)
	for i := range id {
		id[i] = alphabet[s.ids.Uint64()%uint64(len(alphabet))]
	}
	return string(id)
}

// alphabet is that of Logto's ids.
const alphabet = "0123456789abcdefghijklmnopqrstuvwxyz"

// randomID returns n characters of the alphabet of Logto's ids.
func randomID(n int) string {
	id := make([]byte, 0, n)
	var buf [64]byte
	for {
		crand.Read(buf[:]) //nolint:errcheck // crypto/rand.Read never fails
		for _, b := range buf {
			if b >= 252 { // 252 is the greatest multiple of 36 in a byte: no character is likelier
				continue
			}
			if id = append(id, alphabet[b%36]); len(id) == n {
				return string(id)
			}
		}
	}
}

package authz

import "time"

// A Secret is text that goes nowhere by itself: as JSON, and so in the feed, it is
// nothing, and in a log it is a word. Whoever needs it converts it to a string.
type Secret string

// MarshalText implements [encoding.TextMarshaler]: nothing.
func (Secret) MarshalText() ([]byte, error) { return nil, nil }

// String is what logs and messages show.
func (s Secret) String() string {
	if s == "" {
		return ""
	}
	return "(secret)"
}

// GoString is [Secret.String].
func (s Secret) GoString() string { return s.String() }

// A Mechanism says how a proxy shows an application that it may pass.
type Mechanism string

// The mechanisms, as the Permit API names them.
const (
	BearerToken   Mechanism = "Bearer"
	BasicAuth     Mechanism = "Basic"
	SecretHeaders Mechanism = "Headers"
)

// A URLMapping says which permissions requests to the URLs of one application
// need. For a proxy before the application it keeps what to authenticate with.
type URLMapping struct {
	Key       string
	ID        ID
	Name      string
	Mechanism Mechanism
	// Secret is the token, the "user:password", or the headers as a JSON object. It
	// decides nothing, so no commit and no load holds it: only the table does.
	Secret    Secret
	Rules     []URLRule // in the order given; method and URL name a rule
	CreatedAt time.Time
	UpdatedAt time.Time
}

// MaxURLRules is how many rules the URL mappings of an environment have together:
// a request is held against all of them.
const MaxURLRules = 1000

// A URLRule says which permission a request needs.
type URLRule struct {
	// URL is compared whole, scheme and host too; {name} stands for a part of it.
	// With Regex it is a regular expression that matches at the start.
	URL      string
	Regex    bool
	Method   string // lower case
	Resource ResourceKey
	Action   ActionKey // empty: the method
	Priority *int      // the highest that matches is taken; nil is 0
	Headers  map[string]string
}

// Permission is what a request that the rule matches needs.
func (r URLRule) Permission() Permission {
	if r.Action == "" {
		return Permission{Resource: r.Resource, Action: ActionKey(r.Method)}
	}
	return Permission{Resource: r.Resource, Action: r.Action}
}

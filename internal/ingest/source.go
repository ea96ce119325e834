package ingest

import (
	"context"
	"net/http"
	"time"

	"github.com/gatehouse-authz/gatehouse/internal/authz"
)

// A SubjectKind says what sort of thing of the source a delivery is about.
type SubjectKind string

// The kinds of subject.
const (
	NoSubject           SubjectKind = ""
	UserSubject         SubjectKind = "user"
	OrganizationSubject SubjectKind = "organization"
	RoleSubject         SubjectKind = "role"
	OrgRoleSubject      SubjectKind = "organization-role"
	ScopeSubject        SubjectKind = "scope"
	OrgScopeSubject     SubjectKind = "organization-scope"

	// TemplateSubject is all that the source knows of roles and what they permit.
	TemplateSubject SubjectKind = "template"
)

// A Subject is a thing of the source: the key of durable work.
type Subject struct {
	Kind SubjectKind
	ID   string
}

// A Standing says how a delivery is to be taken.
type Standing string

// The standings. Only a Live delivery ever causes work.
const (
	Live    Standing = "live"
	Test    Standing = "test"    // sent by somebody trying out the webhook; its data is made up
	Unknown Standing = "unknown" // an event this version does not know
)

// An Aspect is the part of its subject that a delivery's payload states for
// certain. Payloads of one aspect replace one another; the greatest version wins.
type Aspect string

// The aspects of a user; an organization has the first two and the last.
const (
	NoAspect         Aspect = ""            // the payload states nothing that may be relied on
	WholeAspect      Aspect = "whole"       // the whole user
	CustomDataAspect Aspect = "custom-data" // the custom data only
	ProfileAspect    Aspect = "profile"     // the profile only
	GoneAspect       Aspect = "gone"        // the user is deleted; ids are never used again
)

// A Delivery is one thing a source said, once.
type Delivery struct {
	Digest   string // lower-case hex SHA-256 of Body; the same body twice is one delivery
	Event    string // the source's own name for what happened
	Standing Standing
	Subject  Subject // zero if the event names none
	Aspect   Aspect
	// Version orders payloads of one aspect of one subject: Unix milliseconds by
	// the source's clock. Ties are broken by SentAt, then Digest.
	Version int64
	SentAt  time.Time // when the source built the delivery, by its own clock; zero if it does not say
	Body    []byte    // the exact bytes received, valid UTF-8
	// Hints are other subjects that the payload names as changed. They may be some
	// of many, so nothing follows from what is not there.
	Hints []Subject
	// Shared: the change of the subject may change what follows for any user.
	Shared bool
}

// A Source is a system whose users the directory mirrors.
type Source interface {
	// Name is the source's name: the giver of its assignments and the last part
	// of its webhook's path.
	Name() string

	// Verify checks that body was signed by the source. The error is
	// Unauthorized and never says how a signature would have to look.
	Verify(header http.Header, body []byte) error

	// Read reads a verified body. It returns Invalid if the body is not a
	// delivery of this source; an event it does not know is not an error.
	Read(body []byte) (Delivery, error)

	// Observe tells what is true of a user subject now. A source that can be
	// asked asks; one that cannot folds the payloads that latest returns: per
	// aspect the Live delivery of the greatest version. It returns ok=false if
	// nothing is known yet, and Unavailable if the source did not answer.
	Observe(ctx context.Context, user Subject, latest func(context.Context) ([]Delivery, error)) (account authz.Account, ok bool, err error)

	// ObserveOrganization tells what is true of an organization now, as Observe
	// does of a user.
	ObserveOrganization(ctx context.Context, organization Subject, latest func(context.Context) ([]Delivery, error)) (o authz.SourceOrganization, ok bool, err error)
}

// A Census lists everything that a source has. What is given while rows come and
// go may be of different moments, so it is good for finding what to look at and
// for nothing else. Each row is given once; whole is false if the list did not
// hold still long enough to be sure that none was missed. The error is
// Unavailable, or what yield returned.
type Census interface {
	// Users gives accounts, not placed. One that this version cannot read has its
	// key only.
	Users(ctx context.Context, yield func([]authz.Account) error) (whole bool, err error)
	Organizations(ctx context.Context, yield func([]authz.SourceOrganization) error) (whole bool, err error)
	Members(ctx context.Context, organization string, yield func([]authz.Member) error) (whole bool, err error)
	// Roles gives the roles that users hold everywhere, with the holders of each.
	Roles(ctx context.Context, yield func(name string, holders []authz.UserKey) error) (whole bool, err error)
	// Templates returns all roles that users may hold, whoever holds them, if the list
	// is whole; a source without any returns a list that is not nil.
	Templates(ctx context.Context) (list []authz.SourceRole, whole bool, err error)
	// Size says how many users and organizations there are, 0 if the source does not.
	Size(ctx context.Context) (users, organizations int, err error)
}

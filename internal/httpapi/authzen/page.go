package authzen

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"strconv"
	"strings"

	"github.com/gatehouse-authz/gatehouse/internal/authz"
	"github.com/gatehouse-authz/gatehouse/internal/decision"
	"github.com/gatehouse-authz/gatehouse/internal/httpapi"
)

// maxPage is how many results an answer holds at most, and unless it is asked
// for fewer.
const maxPage = 1000

// A page is what a search request says of paging.
type page struct {
	asked   bool // a page object was there
	token   string
	limited bool
	limit   int // at most maxPage
}

// A pageResult is the page object of an answer (section 8.2.2).
type pageResult struct {
	NextToken string `json:"next_token"` // empty: there are no more
	Count     int    `json:"count"`
}

// A finding is a search under way.
type finding struct {
	now    decision.Moment
	query  authz.Query
	after  string // the last key of the page before
	limit  int
	digest string // of everything that must stay the same from page to page
}

// start begins a search, or goes on where its token says. A token is good for the
// request it was given for: the same question, and the same limit or none.
func (s *search) start(env authz.EnvID, what searched) (*finding, error) {
	f := &finding{query: s.query(), limit: maxPage}
	if s.page.limited {
		f.limit = s.page.limit
	}
	said, err := json.Marshal([]any{env, what, s.subjectType, f.query})
	if err != nil {
		return nil, err
	}
	sum := sha256.Sum256(said)
	f.digest = string(sum[:16])
	if s.page.token == "" {
		return f, nil
	}
	limit, after, ok := f.parseToken(s.page.token)
	if !ok || s.page.limited && limit != f.limit {
		return nil, &httpapi.BodyError{Fields: []httpapi.FieldError{{
			Path: []string{"page", "token"}, Message: "is not a token for this request; everything else must be as in the request before", Code: httpapi.CodeValue,
		}}}
	}
	f.limit, f.after = limit, after
	return f, nil
}

// token is where the next page begins: the digest of the request, the limit and
// the last key. It says nothing that the caller does not know, and one that is
// made up can ask for nothing that the request could not ask for; so it is not
// sealed.
func (f *finding) token() string {
	return base64.RawURLEncoding.EncodeToString([]byte(f.digest + strconv.Itoa(f.limit) + "." + f.after))
}

func (f *finding) parseToken(token string) (limit int, after string, ok bool) {
	b, err := base64.RawURLEncoding.DecodeString(token)
	if err != nil {
		return 0, "", false
	}
	rest, ok := strings.CutPrefix(string(b), f.digest)
	number, after, ok2 := strings.Cut(rest, ".")
	limit, err = strconv.Atoi(number)
	return limit, after, ok && ok2 && err == nil && limit >= 0 && limit <= maxPage
}

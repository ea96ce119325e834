package gatehousehttp

import (
	"cmp"
	"context"
	"errors"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"
)

const (
	// leeway is how far clocks may differ.
	leeway = 10 * time.Second

	// maxToken is how long a token may be, in bytes.
	maxToken = 16 << 10

	organizationAudience = "urn:logto:organization:"

	codeNoToken  = "no_token"
	codeBadToken = "invalid_token" // as in RFC 6750
)

// algorithms are those that Logto signs with. There is no symmetric one among them,
// and not "none".
var algorithms = []jose.SignatureAlgorithm{jose.ES384, jose.RS256}

// A Token is what an access token says, once it has been verified.
type Token struct {
	User         string // id in Logto; of an application that acts for itself, the application's
	Organization string // id in Logto; empty is none
	Client       string // the application
	Scopes       []string
	Expires      time.Time
}

// A Verifier verifies access tokens of one Logto for one audience. It is safe for
// concurrent use. Make one with [NewVerifier].
type Verifier struct {
	issuer, audience string
	needOrganization bool
	keys             *keySet
	now              func() time.Time
}

// NewVerifier returns a Verifier. Of the configuration it reads what is about Logto.
func NewVerifier(c Config) (*Verifier, error) {
	if c.Logto == "" {
		return nil, errors.New("gatehousehttp: the address of Logto is needed")
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	issuer := strings.TrimSuffix(c.Logto, "/") + "/oidc"
	return &Verifier{
		issuer: issuer, audience: c.Audience, needOrganization: c.NeedOrganization, now: c.Now,
		keys: &keySet{address: cmp.Or(c.KeySet, issuer+"/jwks"), client: withoutRedirects(c.Client), now: c.Now},
	}, nil
}

// FromRequest verifies the token of the request's Authorization header. The error
// is a [*Refusal].
func (v *Verifier) FromRequest(r *http.Request) (Token, error) {
	return v.fromHeader(r.Context(), r.Header)
}

func (v *Verifier) fromHeader(ctx context.Context, h http.Header) (Token, error) {
	headers := h.Values("Authorization")
	if len(headers) == 0 {
		return Token{}, &Refusal{Status: http.StatusUnauthorized, Code: codeNoToken, Reason: "Send an access token of Logto in the header Authorization."}
	}
	scheme, token, ok := strings.Cut(headers[0], " ")
	if len(headers) > 1 || !ok || !strings.EqualFold(scheme, "Bearer") {
		return Token{}, badToken("The header Authorization is not one Bearer token.", nil)
	}
	return v.Verify(ctx, token)
}

// Verify verifies an access token. The error is a [*Refusal]: 401 for a token that
// is not good, and 503 if the keys of Logto cannot be had.
func (v *Verifier) Verify(ctx context.Context, token string) (Token, error) {
	if len(token) > maxToken {
		return Token{}, badToken("The token is too long.", nil)
	}
	parsed, err := jwt.ParseSigned(token, algorithms)
	if err != nil {
		return Token{}, badToken("The token is not a JWT that Logto signs; ask Logto for one with the resource of this API.", err)
	}
	head := parsed.Headers[0]
	if typ, _ := head.ExtraHeaders[jose.HeaderType].(string); !strings.EqualFold(typ, "at+jwt") {
		return Token{}, badToken("The token is not an access token.", nil)
	}
	key, err := v.keys.find(ctx, head.KeyID)
	if err != nil {
		return Token{}, err
	}
	if key.Algorithm != "" && key.Algorithm != head.Algorithm {
		return Token{}, badToken("The token is not signed as its key is for.", nil)
	}
	var c struct {
		jwt.Claims
		Scope          string `json:"scope"`
		ClientID       string `json:"client_id"`
		OrganizationID string `json:"organization_id"`
	}
	if err := parsed.Claims(key.Key, &c); err != nil {
		return Token{}, badToken("The signature of the token is wrong.", err)
	}
	organization, err := v.accept(c.Claims, c.OrganizationID)
	if err != nil {
		return Token{}, err
	}
	return Token{
		User: c.Subject, Organization: organization, Client: c.ClientID, Scopes: strings.Fields(c.Scope), Expires: c.Expiry.Time(),
	}, nil
}

// accept holds the claims of a token with a good signature against what is wanted,
// and returns the organization.
func (v *Verifier) accept(c jwt.Claims, organization string) (string, error) {
	now := v.now()
	switch {
	case c.Issuer != v.issuer:
		return "", badToken("The token is of another issuer.", nil)
	case c.Expiry == nil || !now.Before(c.Expiry.Time().Add(leeway)):
		return "", badToken("The token has expired.", nil)
	case c.NotBefore != nil && now.Add(leeway).Before(c.NotBefore.Time()), c.IssuedAt != nil && now.Add(leeway).Before(c.IssuedAt.Time()):
		return "", badToken("The token is of the future.", nil)
	case c.Subject == "":
		return "", badToken("The token says nobody's name.", nil)
	case v.audience == "":
		return organizationOf(c.Audience)
	case !slices.Contains(c.Audience, v.audience):
		return "", badToken("The token is for another audience.", nil)
	case organization == "" && v.needOrganization:
		return "", badToken("The token names no organization.", nil)
	}
	return organization, nil
}

// organizationOf is the organization of an organization token.
func organizationOf(audience jwt.Audience) (string, error) {
	if len(audience) == 1 {
		if id, ok := strings.CutPrefix(audience[0], organizationAudience); ok && id != "" {
			return id, nil
		}
	}
	return "", badToken("The token is not one of an organization.", nil)
}

func badToken(reason string, cause error) *Refusal {
	return &Refusal{Status: http.StatusUnauthorized, Code: codeBadToken, Reason: reason, cause: cause}
}

package gatehousehttp

import (
	"net/http"
	"strings"
)

// lookalike refuses headers that are not those of an answer, but that a service takes
// for them which reads a hyphen, an underscore and a dot as one, as in CGI and WSGI:
// a gateway replaces a header under its own name only.
func lookalike(h http.Header) error {
	for name := range h {
		folded := strings.Map(fold, name)
		for _, own := range []string{UserHeader, OrganizationHeader} {
			if !strings.EqualFold(name, own) && strings.EqualFold(folded, own) {
				return ambiguous("A header can be taken for " + own + ".")
			}
		}
	}
	return nil
}

// fold is the character as which a service may read one of a header's name.
func fold(c rune) rune {
	if c >= '0' && c <= '9' || c >= 'A' && c <= 'Z' || c >= 'a' && c <= 'z' {
		return c
	}
	return '-'
}

package httpapi

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// A Query reads query parameters and gathers what is wrong with them; ask
// [Query.Err] when all are read. Of a single parameter that is repeated the last
// counts.
type Query struct {
	values url.Values
	errs   []FieldError
}

// QueryOf returns the query of r. What cannot be read is an error: net/http
// would leave it out, and a filter that is left out selects too much.
func QueryOf(r *http.Request) *Query {
	values, err := url.ParseQuery(r.URL.RawQuery)
	q := &Query{values: values}
	if err != nil {
		q.errs = append(q.errs, FieldError{Message: "the query is not well-formed", Code: CodeValue})
	}
	return q
}

// Err returns a [QueryError] with everything that was wrong, or nil.
func (q *Query) Err() error {
	if len(q.errs) == 0 {
		return nil
	}
	return &QueryError{Fields: q.errs}
}

func (q *Query) fail(name string, code Code, format string, args ...any) {
	q.errs = append(q.errs, FieldError{Path: []string{name}, Message: fmt.Sprintf(format, args...), Code: code})
}

// Names returns the names of the parameters that are there, sorted.
func (q *Query) Names() []string {
	names := make([]string, 0, len(q.values))
	for name := range q.values {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// Has reports whether the parameter is there, be it empty.
func (q *Query) Has(name string) bool { return q.values.Has(name) }

// Text returns a parameter, or nothing.
func (q *Query) Text(name string) string {
	all := q.Texts(name, 0)
	if len(all) == 0 {
		return ""
	}
	return all[len(all)-1]
}

// Texts returns a parameter that may be repeated, at most limit times if limit
// is not zero.
func (q *Query) Texts(name string, limit int) []string {
	all := q.values[name]
	if limit > 0 && len(all) > limit {
		q.fail(name, CodeLarge, "more than %d values", limit)
		return nil
	}
	for _, s := range all {
		if !utf8.ValidString(s) || strings.ContainsRune(s, 0) {
			q.fail(name, CodeText, "text must be UTF-8 without NUL characters")
			return nil
		}
	}
	return all
}

// Bool returns a parameter that is true or false, false if it is not there.
func (q *Query) Bool(name string) bool {
	if !q.Has(name) {
		return false
	}
	switch s := strings.ToLower(q.Text(name)); s {
	case "true", "1", "t", "on", "y", "yes":
		return true
	case "false", "0", "f", "off", "n", "no":
	default:
		q.fail(name, CodeBoolean, "%q is neither true nor false", s)
	}
	return false
}

// Int returns a parameter from least to most, or def if it is not there. A most
// of 0 is no bound.
func (q *Query) Int(name string, def, least, most int) int {
	if !q.Has(name) {
		return def
	}
	n, err := strconv.Atoi(strings.TrimSpace(q.Text(name)))
	switch {
	case err != nil:
		q.fail(name, CodeInteger, "not an integer")
	case n < least:
		q.fail(name, CodeSmall, "ensure this value is greater than or equal to %d", least)
	case most > 0 && n > most:
		q.fail(name, CodeLarge, "ensure this value is less than or equal to %d", most)
	default:
		return n
	}
	return def
}

// Number returns a parameter that may have a fraction, from 0 to most, or def if it
// is not there.
func (q *Query) Number(name string, def, most float64) float64 {
	if !q.Has(name) {
		return def
	}
	n, err := strconv.ParseFloat(strings.TrimSpace(q.Text(name)), 64)
	switch {
	case err != nil || n != n: // NaN is no number
		q.fail(name, CodeNumber, "not a number")
	case n < 0:
		q.fail(name, CodeSmall, "ensure this value is greater than or equal to 0")
	case n > most:
		q.fail(name, CodeLarge, "ensure this value is less than or equal to %v", most)
	default:
		return n
	}
	return def
}

// Choice returns a parameter that is one of choices, the first if it is not there.
func (q *Query) Choice(name string, choices ...string) string {
	if !q.Has(name) {
		return choices[0]
	}
	s := q.Text(name)
	if !slices.Contains(choices, s) {
		q.fail(name, CodeChoice, "must be one of: %s", strings.Join(choices, ", "))
		return choices[0]
	}
	return s
}

// Choices reads a parameter that may be repeated; each value is one of choices.
func (q *Query) Choices(name string, limit int, choices ...string) []string {
	all := q.Texts(name, limit)
	for _, s := range all {
		if !slices.Contains(choices, s) {
			q.fail(name, CodeChoice, "must be one of: %s", strings.Join(choices, ", "))
			return nil
		}
	}
	return all
}

// A Page is the page of a listing that page and per_page ask for.
type Page struct {
	Number int // from 1
	Size   int
}

// Page returns the page asked for: 30 rows unless per_page says up to most.
func (q *Query) Page(most int) Page {
	return Page{Number: q.Int("page", 1, 1, 0), Size: q.Int("per_page", 30, 1, most)}
}

// Offset is how many rows stand before the page.
func (p Page) Offset() int {
	const far = 1 << 53 // past the end of everything, and no database overflows
	if p.Number > far/p.Size {
		return far
	}
	return (p.Number - 1) * p.Size
}

// Count is how many pages hold total rows.
func (p Page) Count(total int) int { return (total + p.Size - 1) / p.Size }

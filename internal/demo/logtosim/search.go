package logtosim

import (
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
)

// searchable are the fields that Logto searches.
var searchable = []string{"id", "primaryEmail", "primaryPhone", "username", "name"}

// search returns what says whether a user fits the search parameters of GET
// /api/users: search and search.<field>, mode and mode.<field> (exact, or like
// with % and _), joint (or, and). Upper and lower case are one, as is Logto's
// default. The modes similar_to and posix are not offered.
func search(q url.Values) (func(User) bool, error) {
	var tests []func(User) bool
	for key, values := range q {
		field, named := strings.CutPrefix(key, "search.")
		if key != "search" && !named {
			continue
		}
		fields, mode := searchable, q.Get("mode")
		if named {
			if fields = []string{field}; !slices.Contains(searchable, field) {
				return nil, errSearch("Search field `" + field + "` is not valid, expect one of " + strings.Join(searchable, ", ") + ".")
			}
			mode = q.Get("mode." + field)
		}
		for _, value := range values {
			fits, err := matcher(mode, field, value)
			if err != nil {
				return nil, err
			}
			tests = append(tests, func(u User) bool {
				return slices.ContainsFunc(fields, func(f string) bool { return fits(u.searched(f)) })
			})
		}
	}
	and := q.Get("joint") == "and"
	return func(u User) bool {
		fits := func(test func(User) bool) bool { return test(u) == !and }
		return len(tests) == 0 || slices.ContainsFunc(tests, fits) != and
	}, nil
}

// matcher returns the test for one mode; the default is like.
func matcher(mode, field, value string) (func(string) bool, error) {
	switch mode {
	case "exact":
		return func(s string) bool { return strings.EqualFold(s, value) }, nil
	case "", "like":
		form := strings.NewReplacer("%", ".*", "_", ".").Replace(regexp.QuoteMeta(value))
		like, err := regexp.Compile("(?is)^" + form + "$")
		if err != nil {
			return nil, err
		}
		return like.MatchString, nil
	}
	return nil, errSearch(fmt.Sprintf(
		"Search match mode `%s` for field `%s` is not valid, expect one of exact, like, similar_to, posix.", mode, field))
}

// searchNamed is search for roles and scopes: what fits returns whether the values
// do. Fields are the searchable ones and where their values are.
func searchNamed(q url.Values, fields map[string]int) (func(values ...string) bool, error) {
	var tests []func(values []string) bool
	for key, wanted := range q {
		field, named := strings.CutPrefix(key, "search.")
		if key != "search" && !named {
			continue
		}
		at, known := fields[field]
		if named && !known {
			return nil, errSearch("Search field `" + field + "` is not valid.")
		}
		mode := q.Get("mode")
		if named {
			mode = q.Get("mode." + field)
		}
		for _, want := range wanted {
			fits, err := matcher(mode, field, want)
			if err != nil {
				return nil, err
			}
			tests = append(tests, func(values []string) bool {
				return named && fits(values[at]) || !named && slices.ContainsFunc(values, fits)
			})
		}
	}
	return func(values ...string) bool {
		return !slices.ContainsFunc(tests, func(test func([]string) bool) bool { return !test(values) })
	}, nil
}

func errSearch(what string) *Error {
	return &Error{
		Status: http.StatusBadRequest, Code: "request.invalid_input", Message: "Input is invalid. " + what, data: object{},
	}
}

// searched is the text of one searchable field; null fits nothing but %.
func (u User) searched(field string) string {
	switch field {
	case "id":
		return u.ID
	case "primaryEmail":
		return text(u.PrimaryEmail)
	case "primaryPhone":
		return text(u.PrimaryPhone)
	case "username":
		return text(u.Username)
	}
	return text(u.Name)
}

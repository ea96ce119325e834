package logtosim

import (
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
)

// The page sizes of Logto.
const (
	defaultPageSize = 20
	maxPageSize     = 100
)

// paged answers one page of a list and sets the Total-Number and Link headers.
// A page past the end is empty.
func paged(w http.ResponseWriter, r *http.Request, list func(*http.Request) ([]any, error)) ([]any, error) {
	page, err := positive(r, "page", 1)
	if err != nil {
		return nil, err
	}
	size, err := positive(r, "page_size", defaultPageSize)
	if err != nil {
		return nil, err
	}
	if size > maxPageSize {
		return nil, errPagination()
	}
	all, err := list(r)
	if err != nil {
		return nil, err
	}
	last := max(1, (len(all)+size-1)/size)
	w.Header().Set("Total-Number", strconv.Itoa(len(all)))
	link := func(rel string, page int) {
		w.Header().Add("Link", fmt.Sprintf(`<%s>; rel="%s"`, pageURL(r, page), rel))
	}
	link("first", 1)
	if page > 1 {
		link("prev", page-1)
	}
	link("last", last)
	if page < last {
		link("next", page+1)
	}
	if page > last {
		return []any{}, nil
	}
	return all[(page-1)*size : min(page*size, len(all))], nil
}

// positive reads a parameter that counts from one; absent is otherwise.
func positive(r *http.Request, name string, otherwise int) (int, error) {
	value := r.URL.Query().Get(name)
	if value == "" {
		return otherwise, nil
	}
	n, err := strconv.Atoi(value)
	if err != nil || n < 1 {
		return 0, errPagination()
	}
	return n, nil
}

func errPagination() *Error {
	return &Error{
		Status: http.StatusBadRequest, Code: "guard.invalid_pagination", Message: "The request pagination value is invalid.",
	}
}

// pageURL is the request's address with another page, and without /api: Logto
// leaves the prefix out, so the link leads to a page for people.
func pageURL(r *http.Request, page int) string {
	var query []string
	found := false
	for pair := range strings.SplitSeq(r.URL.RawQuery, "&") {
		if pair == "" {
			continue
		}
		key, value, _ := strings.Cut(pair, "=")
		key, _ = url.QueryUnescape(key)
		value, _ = url.QueryUnescape(value)
		if key == "page" {
			found, value = true, strconv.Itoa(page)
		}
		query = append(query, url.QueryEscape(key)+"="+url.QueryEscape(value))
	}
	if !found {
		query = append(query, "page="+strconv.Itoa(page))
	}
	return origin(r) + strings.TrimPrefix(r.URL.EscapedPath(), "/api") + "?" + strings.Join(query, "&")
}

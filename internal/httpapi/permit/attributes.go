package permit

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/gatehouse-authz/gatehouse/internal/authz"
	"github.com/gatehouse-authz/gatehouse/internal/httpapi"
)

// attributePrefix begins the name of a parameter that filters by an attribute.
const attributePrefix = "attr_"

// attributedPage reads a query that asks for a page of what has attributes of given
// values: text by name, all of which must be so.
func attributedPage(r *http.Request) (window, map[string]string, error) {
	q := httpapi.QueryOf(r)
	page := q.Page(most)
	wanted := map[string]string{}
	for _, name := range q.Names() {
		if attribute, is := strings.CutPrefix(name, attributePrefix); is {
			wanted[attribute] = q.Text(name)
		}
	}
	return window{page}, wanted, q.Err()
}

// having are those of list whose attributes have the wanted values, as text.
func having[T any](list []T, wanted map[string]string, attributes func(T) authz.Attributes) []T {
	return slices.DeleteFunc(slices.Clone(list), func(x T) bool {
		for name, text := range wanted {
			if value, there := attributes(x)[name]; !there || asText(value) != text {
				return true
			}
		}
		return false
	})
}

// asText is a value as it stands in a URL: what is not a plain value is JSON.
func asText(v any) string {
	switch v := v.(type) {
	case string:
		return v
	case nil, []any, map[string]any:
		text, err := json.Marshal(v)
		if err != nil {
			return ""
		}
		return string(text)
	}
	return fmt.Sprint(v)
}

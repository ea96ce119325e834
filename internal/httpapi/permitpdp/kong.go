package permitpdp

import (
	"bytes"
	"encoding/json"
	"fmt"
	"time"

	"github.com/dlclark/regexp2"

	"github.com/gatehouse-authz/gatehouse/internal/authz"
	"github.com/gatehouse-authz/gatehouse/internal/engine"
)

// A KongRoute says which type of resource a path of Kong's is about.
type KongRoute struct {
	Path     *regexp2.Regexp   // of engine.CompilePattern
	Resource authz.ResourceKey // empty: what Group matched
	Group    int               // of the expression, from 1
}

// Bounds of matching: how many routes there may be, how long a path, in bytes, and
// how long all of them may take.
const (
	maxRoutes = 1000
	maxPath   = 8 << 10
	routeTime = 100 * time.Millisecond
)

// ParseKongRoutes reads the table of routes as the PDP takes it: a JSON list of
// pairs of a regular expression of Python and a type of resource, or the number of
// the group, from 0, that holds the type. The result is not nil. It returns Invalid,
// naming the route by its number.
func ParseKongRoutes(table []byte) ([]KongRoute, error) {
	var rows [][]json.RawMessage
	if err := json.Unmarshal(table, &rows); err != nil {
		return nil, authz.Errorf(authz.Invalid, `the routes of Kong are not a JSON list such as [["^/orders/", "order"]]: %v`, err)
	}
	if len(rows) > maxRoutes {
		return nil, authz.Errorf(authz.Invalid, "there are more than %d routes of Kong", maxRoutes)
	}
	routes := make([]KongRoute, len(rows))
	for i, row := range rows {
		var err error
		if routes[i], err = parseKongRoute(row); err != nil {
			return nil, authz.Errorf(authz.Invalid, "route %d of Kong: %v", i, err)
		}
	}
	return routes, nil
}

func parseKongRoute(row []json.RawMessage) (r KongRoute, err error) {
	var pattern string
	if len(row) != 2 || bytes.Equal(row[0], []byte("null")) || json.Unmarshal(row[0], &pattern) != nil {
		return r, fmt.Errorf("it is no pair of an expression and a type of resource")
	}
	if r.Path = engine.CompilePattern(pattern); r.Path == nil {
		return r, fmt.Errorf("%q is no regular expression", pattern)
	}
	if json.Unmarshal(row[1], &r.Resource) == nil && r.Resource != "" {
		return r, nil
	}
	group := -1
	if json.Unmarshal(row[1], &group) != nil || group < 0 || group >= len(r.Path.GetGroupNumbers())-1 {
		return r, fmt.Errorf("%s is neither a type of resource nor the number of a group, from 0", row[1])
	}
	r.Group = group + 1
	return r, nil
}

// kongResource is the type of the first route that matches; none if the
// expressions take too long.
func (a *API) kongResource(path string) authz.ResourceKey {
	if len(path) > maxPath {
		return ""
	}
	began := time.Now()
	for _, route := range a.KongRoutes {
		match, err := route.Path.FindStringMatch(path)
		if err != nil || time.Since(began) > routeTime {
			return ""
		}
		if match == nil {
			continue
		}
		if route.Resource != "" {
			return route.Resource
		}
		return authz.ResourceKey(match.GroupByNumber(route.Group).String())
	}
	return ""
}

package engine

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"github.com/gatehouse-authz/gatehouse/internal/authz"
)

// A mapping is the rules of one URL mapping, compiled when it is put.
type mapping struct {
	key     string
	created time.Time
	rules   URLMap
}

// URLs are the rules of all URL mappings of the environment.
func (s *Snapshot) URLs() URLMap { return s.urls }

func (f *folding) putMapping(m authz.URLMapping) {
	rules := make([]URLRule, len(m.Rules))
	for i, r := range m.Rules {
		rules[i] = URLRule{URL: r.URL, Regex: r.Regex, Method: r.Method, Permission: r.Permission()}
		if r.Priority != nil {
			rules[i].Priority = *r.Priority
		}
	}
	f.mappings = f.mappings.put(f.edit, m.Key, mapping{key: m.Key, created: m.CreatedAt, rules: compileURLs(rules)})
	f.moved = true
}

// arrange puts the rules of all mappings in one order: by priority, then oldest
// mapping first, then as they stand there.
func (f *folding) arrange() {
	if !f.moved {
		return
	}
	var all []mapping
	f.mappings.each(func(_ string, m mapping) { all = append(all, m) })
	slices.SortFunc(all, func(a, b mapping) int { return cmp.Or(a.created.Compare(b.created), strings.Compare(a.key, b.key)) })
	var urls URLMap
	for _, m := range all {
		urls = append(urls, m.rules...)
	}
	urls.order()
	f.urls, f.moved = urls[:min(len(urls), authz.MaxURLRules)], false
}

// CompileURLPattern says what is wrong with a regular expression of a URL rule;
// one that is not compiled matches nothing.
func CompileURLPattern(text string) error {
	if len(text) > longestPattern {
		return authz.Errorf(authz.Invalid, "the regular expression is longer than %d bytes", longestPattern)
	}
	if CompilePattern(text) == nil {
		return authz.Errorf(authz.Invalid, "the regular expression cannot be read")
	}
	return nil
}

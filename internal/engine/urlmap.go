package engine

import (
	"cmp"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/dlclark/regexp2"

	"github.com/gatehouse-authz/gatehouse/internal/authz"
)

// A URLRule says which permission a request to a URL needs.
type URLRule struct {
	// URL is compared whole, scheme and host too: {name} stands for one segment of
	// the path or for the value of a parameter. With Regex it is a regular
	// expression of Python, which must match at the start.
	URL      string
	Regex    bool
	Method   string // in any case
	Priority int    // the highest that matches is taken; of equal ones the first
	authz.Permission
}

// A URLMap is rules ready for matching, in the order in which they are tried. The
// zero URLMap matches nothing.
type URLMap []compiledURL

type compiledURL struct {
	rule    URLRule
	pattern *regexp2.Regexp // nil for a rule that is no expression
}

// Bounds of matching: a regular expression with lookaround can run for as long as
// it likes. What exceeds them matches nothing. The time is that of one expression,
// kept by a clock of the package regexp2, and that of all together.
const (
	longestURL     = 8 << 10
	longestPattern = 2 << 10
	matchTime      = 50 * time.Millisecond
	matchAll       = 100 * time.Millisecond
)

// CompileURLs orders and compiles rules. A rule whose expression cannot be read
// never matches.
func CompileURLs(rules []URLRule) URLMap {
	m := compileURLs(rules)
	m.order()
	return m
}

// order puts the highest priority first; of equal ones the first stays so.
func (m URLMap) order() {
	slices.SortStableFunc(m, func(a, b compiledURL) int { return cmp.Compare(b.rule.Priority, a.rule.Priority) })
}

func compileURLs(rules []URLRule) (m URLMap) {
	for _, r := range rules {
		c := compiledURL{rule: r}
		if r.Regex {
			if c.pattern = CompilePattern(r.URL); c.pattern == nil {
				continue
			}
		}
		m = append(m, c)
	}
	return m
}

// Rules are the rules that can match, in the order in which they are tried.
func (m URLMap) Rules() []URLRule {
	rules := make([]URLRule, len(m))
	for i, c := range m {
		rules[i] = c.rule
	}
	return rules
}

// CompilePattern reads a regular expression of Python that matches at the start
// of a text, within bounded time; nil if it cannot be read.
func CompilePattern(text string) *regexp2.Regexp {
	if len(text) > longestPattern {
		return nil
	}
	text = fromPython(text)
	// By itself first: "a)(?:b" is no expression, though in brackets it is.
	if _, err := regexp2.Compile(text, regexp2.None); err != nil {
		return nil
	}
	p, err := regexp2.Compile(`\A(?:`+text+`)`, regexp2.None)
	if err != nil {
		return nil
	}
	p.MatchTimeout = matchTime
	return p
}

// fromPython writes what Python spells differently: named groups, references to
// them, and the end of the text.
func fromPython(text string) string {
	var b strings.Builder
	for class := false; text != ""; {
		n, as := 1, text[:1]
		switch {
		case strings.HasPrefix(text, `\Z`):
			n, as = 2, `\z`
		case text[0] == '\\' && len(text) > 1:
			n, as = 2, text[:2]
		case class:
			class = text[0] != ']'
		case text[0] == '[':
			class = true
			if n = len(text) - len(strings.TrimPrefix(strings.TrimPrefix(text[1:], "^"), "]")); n > 1 {
				as = text[:n]
			}
		case strings.HasPrefix(text, "(?P<"):
			n, as = 4, "(?<"
		case strings.HasPrefix(text, "(?P="):
			if name, _, ok := strings.Cut(text[4:], ")"); ok {
				n, as = len("(?P=)")+len(name), `\k<`+name+`>`
			}
		}
		b.WriteString(as)
		text = text[n:]
	}
	return b.String()
}

// Match is the rule for a request and what its URL says by name; ok is false if
// there is none. If the expressions take too long there is none either, rather
// than one of lower priority that might permit.
func (m URLMap) Match(method, address string) (rule URLRule, values map[string]string, ok bool) {
	if len(address) > longestURL {
		return rule, nil, false
	}
	var began time.Time
	for _, c := range m {
		if !strings.EqualFold(c.rule.Method, method) {
			continue
		}
		if c.pattern == nil {
			values, ok = matchPlain(c.rule.URL, address)
		} else {
			if began.IsZero() {
				began = time.Now()
			}
			var err error
			if values, ok, err = matchPattern(c.pattern, address); err != nil || time.Since(began) > matchAll {
				return rule, nil, false
			}
		}
		if ok {
			return c.rule, values, true
		}
	}
	return rule, nil, false
}

func matchPattern(p *regexp2.Regexp, text string) (values map[string]string, ok bool, err error) {
	found, err := p.FindStringMatch(text)
	if found == nil || err != nil {
		return nil, false, err
	}
	values = map[string]string{}
	for _, g := range found.Groups() {
		if g.Name[0] > '9' && len(g.Captures) > 0 { // others are called by their number
			values[g.Name] = g.String()
		}
	}
	return values, true, nil
}

// matchPlain compares a rule that is no expression.
func matchPlain(rule, address string) (values map[string]string, ok bool) {
	rulePath, ruleQuery, _ := strings.Cut(rule, "?")
	path, query, hasQuery := strings.Cut(address, "?")
	want, got := strings.Split(rulePath, "/"), strings.Split(path, "/")
	if len(want) != len(got) {
		return nil, false
	}
	values = map[string]string{}
	for i, w := range want {
		name, variable := placeholder(w)
		switch {
		case variable && i == len(want)-1 && hasQuery:
			values[name] = got[i] + "?" + query // as Permit's PDP has it
		case variable:
			values[name] = got[i]
		case w != got[i]:
			return nil, false
		}
	}
	wanted, given := parameters(ruleQuery), parameters(query)
	for key, w := range wanted {
		g, there := given[key]
		if !there {
			return nil, false
		}
		if name, variable := placeholder(w[0]); variable {
			values[name] = g[0]
		} else if !slices.Equal(w, g) {
			return nil, false
		}
	}
	return values, true
}

// parameters are those of a query that have a value: Python drops the others.
func parameters(query string) url.Values {
	all, _ := url.ParseQuery(query) // what it cannot read is not there
	for key, values := range all {
		values = slices.DeleteFunc(values, func(v string) bool { return v == "" })
		if all[key] = values; len(values) == 0 {
			delete(all, key)
		}
	}
	return all
}

func placeholder(s string) (name string, ok bool) {
	if len(s) < 2 || s[0] != '{' || s[len(s)-1] != '}' {
		return "", false
	}
	return s[1 : len(s)-1], true
}

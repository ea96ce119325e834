package engine_test

import (
	"encoding/json"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/gatehouse-authz/gatehouse/internal/engine"
)

func TestURLsAreMappedAsInPermit(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("testdata/cases.json")
	if err != nil {
		t.Fatal(err)
	}
	var file struct {
		Cases []struct {
			Name  string
			Rules []struct {
				URL, Resource, Action string
				HTTPMethod            string `json:"http_method"`
				Priority              int
				Type                  string `json:"url_type"`
			} `json:"mapping_rules"`
			HTTPMethod string `json:"http_method"`
			URL        string
			Matched    *int `json:"matched_rule"`
			Attributes map[string]string
		} `json:"url_mapping_cases"`
	}
	if err := json.Unmarshal(text, &file); err != nil {
		t.Fatal(err)
	}
	if len(file.Cases) != 28 {
		t.Errorf("got %d cases, want 28", len(file.Cases))
	}
	for _, c := range file.Cases {
		t.Run(c.Name, func(t *testing.T) {
			t.Parallel()
			var rules []engine.URLRule
			for _, r := range c.Rules {
				rules = append(rules, engine.URLRule{URL: r.URL, Method: r.HTTPMethod, Priority: r.Priority, Regex: r.Type == "regex", Permission: permission(r.Resource + ":" + r.Action)})
			}
			rule, values, ok := engine.CompileURLs(rules).Match(c.HTTPMethod, c.URL)
			if ok != (c.Matched != nil) {
				t.Fatalf("got %v %+v, want %v", ok, rule, c.Matched)
			}
			if ok && rule != rules[*c.Matched] {
				t.Errorf("got %+v, want rule %d", rule, *c.Matched)
			}
			if diff := cmp.Diff(c.Attributes, values); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
		})
	}
}

func TestExpressionsAreThoseOfPython(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		pattern, text string
		want          map[string]string // nil: no match
	}{
		{`/a/(?!secret)(?P<x>\w+)`, "/a/public", map[string]string{"x": "public"}},
		{`/a/(?!secret)(?P<x>\w+)`, "/a/secret", nil},
		{`/(?P<x>\w)(?P=x)$`, "/aa", map[string]string{"x": "a"}},
		{`/(?P<x>\w)(?P=x)$`, "/ab", nil},
		{`/a|/b`, "/b", map[string]string{}},
		{`/a|/b`, "x/b", nil},
		{`[(?P<x>]+\Z`, "(?P<x>", map[string]string{}},
		{`[]\]a]+\Z`, "]]a", map[string]string{}},
		{`[^]a]+\Z`, "bc", map[string]string{}},
		{`(?i)/A`, "/a", map[string]string{}},
		{`(?P<x>a)?(/b)`, "/b", map[string]string{}},
		{`(?P<_x1>a)`, "a", map[string]string{"_x1": "a"}},
		{`a)(?:b`, "ab", nil},
		{`\`, "a", nil},
		{`(?P=`, "a", nil},
		{strings.Repeat("a", 3000), strings.Repeat("a", 3000), nil},
	} {
		_, got, _ := engine.CompileURLs([]engine.URLRule{{URL: c.pattern, Regex: true, Method: "GET"}}).Match("get", c.text)
		if diff := cmp.Diff(c.want, got); diff != "" {
			t.Errorf("%s on %s: (-want +got)\n%s", c.pattern, c.text, diff)
		}
	}
}

// TestAnExpressionThatTakesTooLongEndsTheSearch: a rule after it might permit.
func TestAnExpressionThatTakesTooLongEndsTheSearch(t *testing.T) {
	t.Parallel()
	m := engine.CompileURLs([]engine.URLRule{{URL: `(a+)+$`, Regex: true, Method: "GET", Priority: 1}, {URL: `a`, Regex: true, Method: "GET"}})
	began := time.Now()
	if _, _, ok := m.Match("GET", strings.Repeat("a", 60)+"!"); ok {
		t.Error("got a rule, want none")
	}
	if took := time.Since(began); took > 5*time.Second {
		t.Errorf("it took %v", took)
	}
	if _, _, ok := m.Match("GET", "ab"); !ok {
		t.Error("got none, want the rule that matches")
	}
	if _, _, ok := m.Match("GET", strings.Repeat("a", 9000)); ok {
		t.Error("got a rule for a long URL, want none")
	}
}

// FuzzURLs: no rule and no URL make it fail or hang, and values are of the URL.
func FuzzURLs(f *testing.F) {
	for _, seed := range [][2]string{
		{`https://h/{a}/b?x={y}`, `https://h/1/b?x=2&z=%zz`}, {`^/(?P<id>\d+)(?=/)`, `/42/`}, {`[^]]*\Z`, `a`}, {`(?P=a)`, ``}, {`{}`, `?`}, {`((((`, `(`}, {`(?<1a>x)`, `x`},
	} {
		f.Add(seed[0], seed[1], false)
		f.Add(seed[0], seed[1], true)
	}
	f.Fuzz(func(t *testing.T, rule, address string, regex bool) {
		_, values, ok := engine.CompileURLs([]engine.URLRule{{URL: rule, Regex: regex}}).Match("", address)
		if ok != (values != nil) {
			t.Errorf("got %v with %v", values, ok)
		}
		if regex {
			for name, v := range values {
				if !strings.Contains(address, v) && strings.ToValidUTF8(address, "") == address {
					t.Errorf("%s is %q, which is not in the URL", name, v)
				}
			}
		}
	})
}

package permitpdp

import (
	"unicode/utf8"

	"github.com/gatehouse-authz/gatehouse/internal/authz"
)

// scanAllowed reads the questions that applications ask all day: plain text in
// the four fields that matter, and nothing in attributes or context. It copies
// only the fields it returns. ok is false for every other body, good or bad, which
// the exact reader then reads; what it does accept means the same to both
// (FuzzScanAllowed).
func scanAllowed(body []byte) (q authz.Query, ok bool) {
	s := scanner{body: body}
	s.object(func(key string) {
		switch key {
		case "user":
			s.once(1)
			s.object(func(key string) {
				switch key {
				case "key":
					s.once(2)
					q.User = authz.UserKey(s.text())
				case "attributes":
					s.emptyObject()
				default:
					s.skip()
				}
			})
		case "action":
			s.once(4)
			q.Action = authz.ActionKey(s.text())
		case "resource":
			s.once(8)
			s.object(func(key string) {
				switch key {
				case "type":
					s.once(16)
					q.Resource = authz.ResourceKey(s.text())
				case "key":
					s.once(32)
					q.Instance = s.text()
				case "tenant":
					s.once(64)
					q.Tenant = authz.TenantKey(s.text())
				case "attributes", "context":
					s.emptyObject()
				default:
					s.skip()
				}
			})
		case "context":
			s.emptyObject()
		case "use_debugger":
			s.failed = true // somebody wants the long answer
		default:
			s.skip()
		}
	})
	s.space()
	const needed = 1 | 2 | 4 | 8 | 16
	if s.failed || s.at != len(body) || s.seen&needed != needed {
		return authz.Query{}, false
	}
	return q, true
}

// A scanner walks over JSON. Once something is not of the simple kind it knows,
// it has failed and stays so.
type scanner struct {
	body   []byte
	at     int
	seen   int // bits of the fields seen
	failed bool
}

// once fails when a field stands twice.
func (s *scanner) once(bit int) {
	if s.seen&bit != 0 {
		s.failed = true
	}
	s.seen |= bit
}

func (s *scanner) space() {
	for s.at < len(s.body) {
		switch s.body[s.at] {
		case ' ', '\t', '\n', '\r':
			s.at++
		default:
			return
		}
	}
}

// take steps over c, and whether it was there.
func (s *scanner) take(c byte) bool {
	s.space()
	if s.failed || s.at >= len(s.body) || s.body[s.at] != c {
		return false
	}
	s.at++
	return true
}

func (s *scanner) must(c byte) {
	if !s.take(c) {
		s.failed = true
	}
}

// object calls field for each key of an object; field steps over its value.
func (s *scanner) object(field func(key string)) {
	s.must('{')
	if s.failed || s.take('}') {
		return
	}
	for !s.failed {
		key := s.plain()
		s.must(':')
		if s.failed {
			return
		}
		field(string(key))
		if s.take('}') {
			return
		}
		s.must(',')
	}
}

func (s *scanner) emptyObject() {
	s.must('{')
	s.must('}')
}

func (s *scanner) text() string {
	text := s.plain()
	s.failed = s.failed || len(text) > maxText
	return string(text)
}

// plain steps over a string without escapes.
func (s *scanner) plain() []byte {
	s.must('"')
	from := s.at
	ascii := true
	for ; !s.failed && s.at < len(s.body); s.at++ {
		switch c := s.body[s.at]; {
		case c == '"':
			text := s.body[from:s.at]
			s.at++
			s.failed = s.failed || !ascii && !utf8.Valid(text)
			return text
		case c == '\\', c < ' ':
			s.failed = true
		case c >= utf8.RuneSelf:
			ascii = false
		}
	}
	s.failed = true
	return nil
}

// skip steps over a value that nobody reads: a plain string or an empty object.
func (s *scanner) skip() {
	s.space()
	if s.at < len(s.body) && s.body[s.at] == '"' {
		s.plain()
		return
	}
	s.emptyObject()
}

package logtosim

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
)

// An acting handler serves a request with its body, under the lock.
type acting func(*http.Request, Fields) (int, any, error)

// acts makes a handler that reads the body before it takes the lock.
func (s *Sim) acts(do acting) func(*http.Request) (int, any, error) {
	return func(r *http.Request) (int, any, error) {
		f, err := readBody(r)
		if err != nil {
			return 0, nil, err
		}
		if holdsNUL(map[string]any(f)) {
			return 0, nil, wire(nil)
		}
		s.mu.Lock()
		defer s.mu.Unlock()
		status, body, err := do(r, f)
		if err != nil || body == nil {
			return status, nil, err
		}
		return status, json.RawMessage(mustStringify(body)), nil // encoded while nobody can change it
	}
}

// locked makes a list that is made under the lock.
func (s *Sim) locked(list func(*http.Request) ([]any, error)) func(*http.Request) ([]any, error) {
	return func(r *http.Request) ([]any, error) {
		s.mu.Lock()
		defer s.mu.Unlock()
		rows, err := list(r)
		for i, row := range rows {
			rows[i] = json.RawMessage(mustStringify(row))
		}
		return rows, err
	}
}

// texts reads a list of texts that must be there. least is how many it must have.
func (f Fields) texts(name string, least int) ([]string, error) {
	v, ok := f[name]
	if !ok {
		return nil, invalidType("array", "undefined", name)
	}
	values, ok := v.([]any)
	if !ok {
		return nil, invalidType("array", kindOf(v), name)
	}
	if len(values) < least {
		return nil, tooSmall("array", "Array must contain at least 1 element(s)", name)
	}
	list := make([]string, len(values))
	for i, v := range values {
		text, ok := v.(string)
		switch at := fmt.Sprint(i); {
		case !ok:
			return nil, invalidType("string", kindOf(v), name, at)
		case text == "":
			return nil, tooSmall("string", "String must contain at least 1 character(s)", name, at)
		}
		list[i] = text
	}
	return list, nil
}

// someTexts is texts for a list that may be absent.
func (f Fields) someTexts(name string) ([]string, error) {
	if _, ok := f[name]; !ok {
		return nil, nil
	}
	return f.texts(name, 0)
}

// text reads a text that must be there and say something.
func (f Fields) text(name string) (string, error) {
	v, ok := f[name]
	if !ok {
		return "", invalidType("string", "undefined", name)
	}
	text, ok := v.(string)
	if !ok {
		return "", invalidType("string", kindOf(v), name)
	}
	if text == "" {
		return "", tooSmall("string", "String must contain at least 1 character(s)", name)
	}
	return text, nil
}

// truth reads a boolean that must be there.
func (f Fields) truth(name string) (bool, error) {
	v, ok := f[name]
	if !ok {
		return false, invalidType("boolean", "undefined", name)
	}
	b, ok := v.(bool)
	if !ok {
		return false, invalidType("boolean", kindOf(v), name)
	}
	return b, nil
}

// choice reads one of the allowed words; absent is the first.
func (f Fields) choice(name string, allowed ...string) (string, error) {
	v, ok := f[name]
	if !ok {
		return allowed[0], nil
	}
	word, ok := v.(string)
	if !ok {
		return "", invalidType("string", kindOf(v), name)
	}
	if !slices.Contains(allowed, word) {
		return "", invalidEnum(word, allowed, name)
	}
	return word, nil
}

// putRow reads the fields of an entity that are given; absent ones stay. An empty
// text is null, as Logto's database layer makes it. It reports whether any was
// given.
func (f Fields) putRow(texts map[string]*string, nullable map[string]**string, truths map[string]*bool) (bool, error) {
	found := false
	for name, to := range texts {
		if _, ok := f[name]; !ok {
			continue
		}
		text, err := f.text(name)
		if err != nil {
			return false, err
		}
		found, *to = true, text
	}
	for name, to := range nullable {
		if err := f.checkText(name, nil); err != nil {
			return false, err
		}
		if v, ok := f[name]; ok {
			found, *to = true, nil
			if text, _ := v.(string); text != "" {
				*to = new(text)
			}
		}
	}
	for name, to := range truths {
		if _, ok := f[name]; !ok {
			continue
		}
		b, err := f.truth(name)
		if err != nil {
			return false, err
		}
		found, *to = true, b
	}
	return found, nil
}

// tooSmall is the complaint about an empty list or text.
func tooSmall(kind, message string, path ...string) *Error {
	return invalid(issue{
		members: object{{"code", "too_small"}, {"minimum", 1}, {"type", kind}, {"inclusive", true}, {"exact", false}},
		path:    path, message: message, detail: "(too_small) " + message,
	})
}

// invalidEnum is the complaint about a word that is not one of the options.
func invalidEnum(received string, options []string, path ...string) *Error {
	message := fmt.Sprintf("Invalid enum value. Expected '%s', received '%s'", strings.Join(options, "' | '"), received)
	return invalid(issue{
		members: object{{"received", received}, {"code", "invalid_enum_value"}, {"options", options}},
		path:    path, message: message, detail: "(invalid_enum_value) " + message,
	})
}

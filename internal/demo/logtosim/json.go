package logtosim

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strconv"
)

// stringify encodes v as JavaScript's JSON.stringify does: no space, no newline
// at the end, and < > & U+2028 U+2029 as they are.
func stringify(v any) ([]byte, error) {
	var buf bytes.Buffer
	enc := json.NewEncoder(&buf)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		return nil, err
	}
	return unescape(bytes.TrimSuffix(buf.Bytes(), []byte("\n"))), nil
}

// mustStringify is stringify for values that cannot fail: the package's own
// structs, whose raw fields went through jsonb.
func mustStringify(v any) []byte {
	b, err := stringify(v)
	if err != nil {
		panic("logtosim: cannot encode: " + err.Error())
	}
	return b
}

// unescape undoes the three escapes that Go writes and JavaScript does not.
func unescape(b []byte) []byte {
	out := make([]byte, 0, len(b))
	for i := 0; i < len(b); i++ {
		if b[i] != '\\' {
			out = append(out, b[i])
			continue
		}
		if i+6 <= len(b) {
			switch string(b[i : i+6]) {
			case `\u2028`:
				out, i = append(out, "\u2028"...), i+5
				continue
			case `\u2029`:
				out, i = append(out, "\u2029"...), i+5
				continue
			case `\ufffd`:
				out, i = append(out, "\ufffd"...), i+5
				continue
			}
		}
		out = append(out, b[i], b[i+1]) // an escaped backslash must not start another escape
		i++
	}
	return out
}

// A member is one key and value of an object whose order matters.
type member struct {
	key   string
	value any
}

// An object is a JSON object that keeps the order of its keys.
type object []member

// MarshalJSON writes the members in order.
func (o object) MarshalJSON() ([]byte, error) {
	out := []byte{'{'}
	for i, m := range o {
		if i > 0 {
			out = append(out, ',')
		}
		value, err := stringify(m.value)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", m.key, err)
		}
		out = append(out, mustStringify(m.key)...)
		out = append(out, ':')
		out = append(out, value...)
	}
	return append(out, '}'), nil
}

// jsonb encodes v as it comes back out of a PostgreSQL jsonb column through
// JavaScript: keys ordered by length in bytes and then bytewise, except that
// array indexes come first; numbers rounded to float64.
func jsonb(v any) (json.RawMessage, error) {
	raw, err := stringify(v)
	if err != nil {
		return nil, err
	}
	var plain any
	if err := json.Unmarshal(raw, &plain); err != nil {
		return nil, err
	}
	return stringify(ordered(plain))
}

// ordered replaces every map by an object in jsonb's order and minus zero by zero.
func ordered(v any) any {
	switch v := v.(type) {
	case map[string]any:
		keys := slices.SortedFunc(maps.Keys(v), func(a, b string) int {
			return cmp.Or(cmp.Compare(index(a), index(b)), cmp.Compare(len(a), len(b)), cmp.Compare(a, b))
		})
		o := make(object, 0, len(keys))
		for _, k := range keys {
			o = append(o, member{k, ordered(v[k])})
		}
		return o
	case []any:
		list := make([]any, len(v))
		for i, e := range v {
			list[i] = ordered(e)
		}
		return list
	case float64:
		return v + 0 // -0 + 0 is 0, as JSON.stringify has it
	}
	return v
}

// none is no array index: JavaScript's end below it.
const none = 1<<32 - 1

// index returns the array index that key spells, or one that sorts after all.
func index(key string) uint64 {
	n, err := strconv.ParseUint(key, 10, 32)
	if err != nil || strconv.FormatUint(n, 10) != key {
		return none
	}
	return n
}

// mustObject is jsonb for an object given by Go code; nil is the empty object.
func mustObject(raw json.RawMessage) json.RawMessage {
	if len(raw) == 0 {
		return json.RawMessage("{}")
	}
	fields, err := readObject(raw)
	if err != nil {
		panic("logtosim: not a JSON object: " + string(raw))
	}
	return mustJSONB(fields)
}

// mustJSONB is jsonb for a value that came from JSON.
func mustJSONB(v any) json.RawMessage {
	raw, err := jsonb(v)
	if err != nil {
		panic("logtosim: cannot encode: " + err.Error())
	}
	return raw
}

// readObject reads exactly one JSON object.
func readObject(raw []byte) (map[string]any, error) {
	dec := json.NewDecoder(bytes.NewReader(raw))
	var fields map[string]any
	if err := dec.Decode(&fields); err != nil {
		return nil, err
	}
	if _, err := dec.Token(); !errors.Is(err, io.EOF) {
		return nil, errors.New("more than one value")
	}
	if fields == nil {
		return nil, errors.New("not an object")
	}
	return fields, nil
}

// merged returns the stored object with the top-level keys of more put over it.
func merged(stored json.RawMessage, more map[string]any) (json.RawMessage, error) {
	fields, err := readObject(stored)
	if err != nil {
		return nil, err
	}
	maps.Copy(fields, more)
	return jsonb(fields)
}

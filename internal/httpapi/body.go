package httpapi

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"reflect"
	"strconv"
	"unicode/utf8"
)

// MaxBody is how long a body may be unless the door says otherwise.
const MaxBody = 1 << 20

// Read reads the body of at most [MaxBody] bytes as a T. See [Decode].
func Read[T any](w http.ResponseWriter, r *http.Request) (T, error) {
	return ReadMax[T](w, r, MaxBody)
}

// ReadMax reads the body of at most limit bytes as a T. It returns what [Body] and
// [Decode] return.
func ReadMax[T any](w http.ResponseWriter, r *http.Request, limit int64) (T, error) {
	data, err := Body(w, r, limit)
	if err != nil {
		var none T
		return none, err
	}
	return Decode[T](data)
}

// Body reads the body of at most limit bytes. It returns a [StatusError] for a
// longer one and for one that breaks off. The declared type is not looked at:
// curl -d declares a form, and what is not JSON is refused for what it is.
func Body(w http.ResponseWriter, r *http.Request, limit int64) ([]byte, error) {
	data, err := io.ReadAll(http.MaxBytesReader(w, r.Body, limit))
	if _, long := errors.AsType[*http.MaxBytesError](err); long {
		return nil, &StatusError{Status: http.StatusRequestEntityTooLarge, Message: fmt.Sprintf("the body is longer than %d bytes", limit)}
	}
	if err != nil {
		return nil, &StatusError{Status: http.StatusBadRequest, Message: "the body could not be read"}
	}
	return data, nil
}

// Decode reads one JSON value as a T, a struct of json tags or a list of such.
// It is strict: unknown fields, fields that are twice there, missing fields
// tagged api:"required", null for fields not tagged api:"nullable" and values of
// the wrong type are all reported, in one [BodyError]. Numbers in free-form
// values are kept as [json.Number]. A T it cannot read is a bug and panics.
func Decode[T any](data []byte) (T, error) {
	var v T
	tree, err := Value(data)
	if err != nil {
		return v, err
	}
	var c checker
	if c.check(reflect.TypeFor[T](), tree, nil); len(c.errs) > 0 {
		return v, &BodyError{Fields: c.errs}
	}
	dec := json.NewDecoder(bytes.NewReader(data))
	dec.UseNumber()
	if err := dec.Decode(&v); err != nil {
		return v, fmt.Errorf("decode checked body: %w", err)
	}
	return v, nil
}

// Value reads one JSON value of any shape, for a door that must ignore fields it
// does not know: nil, bool, [json.Number], string, []any and map[string]any. Broken
// UTF-8, a key that comes twice in an object and deep nesting are refused with a
// [BodyError], since two readers of such a body may not read the same.
func Value(data []byte) (any, error) {
	if len(bytes.TrimSpace(data)) == 0 {
		return nil, &BodyError{Fields: []FieldError{{Message: "a body is required", Code: CodeMissing}}}
	}
	if err := syntax(data); err != nil {
		return nil, err
	}
	var c checker
	tree := c.tree(json.NewDecoder(bytes.NewReader(data)), nil)
	if len(c.errs) > 0 {
		return nil, &BodyError{Fields: c.errs}
	}
	return tree, nil
}

// syntax refuses what is not one JSON value in UTF-8.
func syntax(data []byte) error {
	fault := func(at int64, message string) error {
		return &BodyError{Fields: []FieldError{{Path: []string{strconv.FormatInt(at, 10)}, Message: message, Code: CodeSyntax}}}
	}
	// encoding/json would quietly put U+FFFD in the place of broken bytes.
	if !utf8.Valid(data) {
		return fault(0, "the body is not UTF-8")
	}
	var raw json.RawMessage
	err := json.Unmarshal(data, &raw)
	if s, ok := errors.AsType[*json.SyntaxError](err); ok {
		return fault(max(s.Offset-1, 0), s.Error())
	}
	if err != nil {
		return fault(0, err.Error())
	}
	return nil
}

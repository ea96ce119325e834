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

// ReadMax reads the body of at most limit bytes as a T. It returns a
// [StatusError] for a longer body and otherwise what [Decode] returns.
func ReadMax[T any](w http.ResponseWriter, r *http.Request, limit int64) (T, error) {
	var none T
	// The declared type is not looked at: curl -d declares a form, and what is not
	// JSON is refused for what it is.
	data, err := io.ReadAll(http.MaxBytesReader(w, r.Body, limit))
	if _, long := errors.AsType[*http.MaxBytesError](err); long {
		return none, &StatusError{Status: http.StatusRequestEntityTooLarge, Message: fmt.Sprintf("the body is longer than %d bytes", limit)}
	}
	if err != nil {
		return none, &StatusError{Status: http.StatusBadRequest, Message: "the body could not be read"}
	}
	return Decode[T](data)
}

// Decode reads one JSON value as a T, a struct of json tags or a list of such.
// It is strict: unknown fields, fields that are twice there, missing fields
// tagged api:"required", null for fields not tagged api:"nullable" and values of
// the wrong type are all reported, in one [BodyError]. Numbers in free-form
// values are kept as [json.Number]. A T it cannot read is a bug and panics.
func Decode[T any](data []byte) (T, error) {
	var v T
	if len(bytes.TrimSpace(data)) == 0 {
		return v, &BodyError{Fields: []FieldError{{Message: "a body is required", Code: CodeMissing}}}
	}
	if err := syntax(data); err != nil {
		return v, err
	}
	var c checker
	tree := c.tree(json.NewDecoder(bytes.NewReader(data)), nil)
	if len(c.errs) == 0 {
		c.check(reflect.TypeFor[T](), tree, nil)
	}
	if len(c.errs) > 0 {
		return v, &BodyError{Fields: c.errs}
	}
	dec := json.NewDecoder(bytes.NewReader(data))
	dec.UseNumber()
	if err := dec.Decode(&v); err != nil {
		return v, fmt.Errorf("decode checked body: %w", err)
	}
	return v, nil
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

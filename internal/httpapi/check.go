package httpapi

import (
	"encoding/json"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strconv"
	"strings"
)

const (
	maxDepth  = 64  // of nesting; deeper values cost stack wherever they are walked
	maxErrors = 100 // reported, so that a small body cannot ask for a huge answer
)

// A checker holds a JSON value against a Go type and gathers what is wrong.
type checker struct{ errs []FieldError }

func (c *checker) fail(path []string, code Code, format string, args ...any) {
	if len(c.errs) < maxErrors {
		c.errs = append(c.errs, FieldError{Path: slices.Clone(path), Message: fmt.Sprintf(format, args...), Code: code})
	}
}

// tree reads one value of input whose syntax is known to be right, and reports
// keys that come twice, which encoding/json would merge.
func (c *checker) tree(dec *json.Decoder, path []string) any {
	dec.UseNumber()
	token, err := dec.Token()
	if err != nil {
		c.fail(path, CodeSyntax, "%v", err)
		return nil
	}
	open, ok := token.(json.Delim)
	if !ok {
		return token
	}
	if len(path) >= maxDepth {
		c.fail(path, CodeDeep, "nested deeper than %d", maxDepth)
		return nil
	}
	var v any
	if open == '[' {
		v = c.list(dec, path)
	} else {
		v = c.object(dec, path)
	}
	if len(c.errs) == 0 {
		_, _ = dec.Token() // the closing delimiter
	}
	return v
}

func (c *checker) list(dec *json.Decoder, path []string) []any {
	list := []any{}
	for dec.More() && len(c.errs) == 0 {
		list = append(list, c.tree(dec, append(path, strconv.Itoa(len(list)))))
	}
	return list
}

func (c *checker) object(dec *json.Decoder, path []string) map[string]any {
	object := map[string]any{}
	for dec.More() && len(c.errs) == 0 {
		token, _ := dec.Token()
		key, _ := token.(string)
		at := append(path, key)
		if _, twice := object[key]; twice {
			c.fail(at, CodeDuplicate, "the key is there twice")
			return nil
		}
		object[key] = c.tree(dec, at)
	}
	return object
}

// check reports where v is not a t. null is the business of whoever holds v,
// except that it is no value of its own.
func (c *checker) check(t reflect.Type, v any, path []string) {
	t = bare(t)
	if t.Kind() == reflect.Interface || t == reflect.TypeFor[json.RawMessage]() {
		return
	}
	if v == nil {
		c.fail(path, CodeNull, "null is not allowed")
		return
	}
	switch t.Kind() {
	case reflect.Struct:
		c.fields(t, v, path)
	case reflect.Map:
		object, ok := v.(map[string]any)
		if !ok {
			c.fail(path, CodeObject, "must be an object")
		}
		for _, key := range slices.Sorted(maps.Keys(object)) {
			c.check(t.Elem(), object[key], append(path, key))
		}
	case reflect.Slice:
		list, ok := v.([]any)
		if !ok {
			c.fail(path, CodeList, "must be a list")
		}
		for i, e := range list {
			c.check(t.Elem(), e, append(path, strconv.Itoa(i)))
		}
	default:
		c.scalar(t, v, path)
	}
}

func (c *checker) scalar(t reflect.Type, v any, path []string) {
	number, isNumber := v.(json.Number)
	switch t.Kind() {
	case reflect.String:
		if t == reflect.TypeFor[json.Number]() {
			if !isNumber {
				c.fail(path, CodeNumber, "must be a number")
			}
			return
		}
		s, ok := v.(string)
		if !ok {
			c.fail(path, CodeString, "must be a string")
		} else if strings.ContainsRune(s, 0) {
			// PostgreSQL cannot keep it, and nobody means it.
			c.fail(path, CodeText, "text must not contain NUL characters")
		}
	case reflect.Bool:
		if _, ok := v.(bool); !ok {
			c.fail(path, CodeBoolean, "must be true or false")
		}
	case reflect.Int, reflect.Int64:
		if _, err := number.Int64(); !isNumber || err != nil {
			c.fail(path, CodeInteger, "must be an integer")
		}
	default:
		panic(fmt.Sprintf("httpapi: bodies cannot hold a %s", t))
	}
}

// fields reports what is wrong with the object of a struct, in the order of the
// struct, and then what the struct does not know.
func (c *checker) fields(t reflect.Type, v any, path []string) {
	object, ok := v.(map[string]any)
	if !ok {
		c.fail(path, CodeObject, "must be an object")
		return
	}
	known := map[string]bool{}
	for _, f := range reflect.VisibleFields(t) {
		name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
		if f.Anonymous || name == "" {
			continue
		}
		known[name] = true
		at, tag := append(path, name), f.Tag.Get("api")
		value, there := object[name]
		switch {
		case !there && strings.Contains(tag, "required"):
			c.fail(at, CodeMissing, "the field is required")
		case there && (value != nil || !strings.Contains(tag, "nullable")):
			c.check(f.Type, value, at)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(object)) {
		if !known[name] {
			c.fail(append(path, name), CodeUnknown, "there is no such field")
		}
	}
}

// bare is t without pointers and without [Opt].
func bare(t reflect.Type) reflect.Type {
	for t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	if t.Implements(reflect.TypeFor[optional]()) && t.Kind() == reflect.Struct {
		return bare(reflect.Zero(t).Interface().(optional).element())
	}
	return t
}

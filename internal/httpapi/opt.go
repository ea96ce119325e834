package httpapi

import (
	"bytes"
	"encoding/json"
	"reflect"
)

// An Opt is a field of a body that tells absence, null and a value apart, as
// the body of a PATCH must. The zero Opt is absent.
type Opt[T any] struct {
	Value T    // the zero value when absent or null
	Given bool // there, be it null
	Null  bool
}

// Ptr is nil if the field is absent; null points to the zero value.
func (o Opt[T]) Ptr() *T {
	if !o.Given {
		return nil
	}
	return &o.Value
}

// Set is nil if the field is absent or null.
func (o Opt[T]) Set() *T {
	if o.Null {
		return nil
	}
	return o.Ptr()
}

// UnmarshalJSON keeps numbers in free-form values as [json.Number].
func (o *Opt[T]) UnmarshalJSON(data []byte) error {
	o.Given = true
	if o.Null = string(data) == "null"; o.Null {
		return nil
	}
	dec := json.NewDecoder(bytes.NewReader(data))
	dec.UseNumber() // the outer decoder's choice does not reach in here
	return dec.Decode(&o.Value)
}

// optional is every Opt.
type optional interface{ element() reflect.Type }

func (o Opt[T]) element() reflect.Type { return reflect.TypeFor[T]() }

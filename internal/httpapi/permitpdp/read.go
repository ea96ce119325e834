package permitpdp

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"unicode/utf8"

	"github.com/gatehouse-authz/gatehouse/internal/authz"
	"github.com/gatehouse-authz/gatehouse/internal/httpapi"
)

// How long a body may be, in bytes: of one question, and of a list of them; and a
// text in it. Attributes nest so deep as they do in the REST API.
const (
	maxQuery = 1 << 20
	maxBulk  = 8 << 20
	maxText  = 8 << 10
	maxDepth = 64
)

// readInto reads a body of at most limit bytes.
func readInto(buffer *bytes.Buffer, w http.ResponseWriter, r *http.Request, limit int64) error {
	body := io.Reader(r.Body)
	if r.ContentLength < 0 || r.ContentLength > limit { // else it ends where it says
		body = http.MaxBytesReader(w, r.Body, limit)
	}
	_, err := buffer.ReadFrom(body)
	if _, long := errors.AsType[*http.MaxBytesError](err); long {
		return &httpapi.StatusError{Status: http.StatusRequestEntityTooLarge, Message: fmt.Sprintf("the body is longer than %d bytes", limit)}
	}
	if err != nil {
		return &httpapi.StatusError{Status: http.StatusBadRequest, Message: "the body could not be read"}
	}
	return nil
}

// receive reads a body of at most limit bytes by a method of reader.
func receive[T any](w http.ResponseWriter, r *http.Request, limit int64, read func(*reader, json.RawMessage) T) (v T, err error) {
	var body bytes.Buffer
	if err := readInto(&body, w, r, limit); err != nil {
		return v, err
	}
	return parse(body.Bytes(), read)
}

// parse reads a body by a method of reader. Fields that the method does not name
// are ignored, as the PDP does: SDKs send user.roles, resource.id and others. The
// error names every field that is missing or of the wrong type; with an error, v
// is the zero value.
func parse[T any](body []byte, read func(*reader, json.RawMessage) T) (v T, err error) {
	var r reader
	got := read(&r, body)
	switch {
	case r.old:
		// The first version of the API, which the PDP answers with 421.
		return v, &httpapi.StatusError{Status: http.StatusMisdirectedRequest, Message: "the user is an object with a key since version 2 of this API; please update the SDK"}
	case len(r.wrong) > 0:
		return v, &httpapi.BodyError{Fields: r.wrong}
	}
	return got, nil
}

// An object is a JSON object that is not read yet. It is a map and not a struct
// because encoding/json matches fields of structs without regard to case and
// merges objects that stand twice: a question would be about whoever is named in
// "User", beside "user".
type object map[string]json.RawMessage

const (
	required = true
	optional = false // may be missing or null
)

// A reader reads fields and gathers what is wrong with them. The last part of a
// path is the field of the object that is read.
type reader struct {
	at    []string // where in the body paths begin
	wrong []httpapi.FieldError
	old   bool // it is a question of version 1
	nulls bool // null stands in the place of attributes or context
}

// root is the object that v is. It is nil, and what is wrong is kept, if v is
// none; null is an object without fields.
func (r *reader) root(v json.RawMessage) object {
	o := object{}
	if err := json.Unmarshal(v, &o); err != nil {
		r.unread(err, "dict")
		return nil
	}
	if o == nil {
		return object{}
	}
	return o
}

// list are the elements of the list that v is.
func (r *reader) list(v json.RawMessage) (elements []json.RawMessage) {
	if err := json.Unmarshal(v, &elements); err != nil {
		r.unread(err, "list")
	}
	return elements
}

func (r *reader) unread(err error, want string) {
	message := "the body is not JSON: " + err.Error()
	if _, ok := errors.AsType[*json.UnmarshalTypeError](err); ok {
		message = "value is not a valid " + want
	}
	r.fail(nil, httpapi.CodeValue, message)
}

// below lets f read what stands at a place; paths begin there meanwhile.
func (r *reader) below(place string, f func()) {
	was := r.at
	r.at = append(was[:len(was):len(was)], place)
	f()
	r.at = was
}

// raw is the value at path; none if it is missing or null.
func (r *reader) raw(in object, needed bool, path []string) json.RawMessage {
	v := in[path[len(path)-1]]
	if len(v) == 0 || v[0] == 'n' {
		if needed {
			r.fail(path, httpapi.CodeMissing, "field required")
		}
		return nil
	}
	return v
}

func (r *reader) text(in object, needed bool, path ...string) string {
	return r.textOf(in, maxText, needed, path...)
}

// textOf is the text at path, of at most so many bytes.
func (r *reader) textOf(in object, limit int, needed bool, path ...string) (s string) {
	v := r.raw(in, needed, path)
	switch {
	case v == nil:
	case json.Unmarshal(v, &s) != nil:
		r.fail(path, httpapi.CodeString, "str type expected")
	case len(s) > limit:
		r.fail(path, httpapi.CodeLarge, fmt.Sprintf("ensure this value has at most %d bytes", limit))
	default:
		r.unicode(v, path)
	}
	return s
}

// unicode refuses broken UTF-8, which encoding/json would quietly replace.
func (r *reader) unicode(v json.RawMessage, path []string) {
	if !utf8.Valid(v) {
		r.fail(path, httpapi.CodeText, "text must be UTF-8")
	}
}

// texts are the texts at path; nil if they are missing, null or wrong, and not
// nil for an empty list.
func (r *reader) texts(in object, name string) []string {
	v := r.raw(in, optional, []string{name})
	if v == nil {
		return nil
	}
	r.unicode(v, []string{name})
	var list []*string
	if json.Unmarshal(v, &list) != nil {
		var mixed []json.RawMessage
		if json.Unmarshal(v, &mixed) != nil {
			r.fail([]string{name}, httpapi.CodeList, "value is not a valid list")
			return nil
		}
		list = make([]*string, len(mixed))
		for i, e := range mixed {
			if len(e) > 0 && e[0] == '"' {
				list[i] = new(string)
			}
		}
	}
	texts := make([]string, len(list))
	for i, s := range list {
		if s == nil {
			r.fail([]string{name, strconv.Itoa(i)}, httpapi.CodeString, "str type expected")
			continue
		}
		if len(*s) > maxText {
			r.fail([]string{name, strconv.Itoa(i)}, httpapi.CodeLarge, fmt.Sprintf("ensure this value has at most %d bytes", maxText))
		}
		texts[i] = *s
	}
	return texts
}

func (r *reader) flag(in object, name string) (on bool) {
	v := r.raw(in, optional, []string{name})
	if v != nil && json.Unmarshal(v, &on) != nil {
		r.fail([]string{name}, httpapi.CodeBoolean, "value could not be parsed to a boolean")
	}
	return on
}

// object is the object at path, nil if it is missing, null or wrong.
func (r *reader) object(in object, needed bool, path ...string) (o object) {
	v := r.raw(in, needed, path)
	if v != nil && json.Unmarshal(v, &o) != nil {
		r.fail(path, httpapi.CodeObject, "value is not a valid dict")
	}
	return o
}

// values are the attributes at path, their numbers kept as they are written; nil
// if they are missing, null or wrong.
func (r *reader) values(in object, path ...string) (values authz.Attributes) {
	v := r.raw(in, optional, path)
	if v == nil {
		r.nulls = r.nulls || len(in[path[len(path)-1]]) > 0
		return nil
	}
	d := json.NewDecoder(bytes.NewReader(v))
	d.UseNumber()
	switch {
	case d.Decode(&values) != nil:
		r.fail(path, httpapi.CodeObject, "value is not a valid dict")
	case deep(v):
		r.fail(path, httpapi.CodeDeep, fmt.Sprintf("nested deeper than %d", maxDepth))
	default:
		r.unicode(v, path)
	}
	return values
}

// deep reports whether JSON nests deeper than it may.
func deep(v json.RawMessage) bool {
	depth, quoted := 0, false
	for i := 0; i < len(v); i++ {
		switch c := v[i]; {
		case c == '\\' && quoted:
			i++
		case c == '"':
			quoted = !quoted
		case quoted:
		case c == '{' || c == '[':
			if depth++; depth > maxDepth {
				return true
			}
		case c == '}' || c == ']':
			depth--
		}
	}
	return false
}

func (r *reader) fail(path []string, code httpapi.Code, message string) {
	r.wrong = append(r.wrong, httpapi.FieldError{Path: append(r.at[:len(r.at):len(r.at)], path...), Message: message, Code: code})
}

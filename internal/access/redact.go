package access

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
)

// MostKept is how many bytes of a body are kept.
const MostKept = 64 << 10

// secretWords are in the names of fields whose values are never kept.
var secretWords = []string{"secret", "token", "password", "passwd", "credential", "authorization", "private_key", "privatekey", "api_key", "apikey", "signing_key", "headers"}

// withheld stands in the place of what is not kept.
const withheld = "[withheld]"

// presentable is r with its bodies as they are kept. It is the same again.
func (r Request) presentable() Request {
	if r.taken == 0 {
		r.Body, r.Answer, r.taken = Kept(r.Body), Kept(r.Answer), 1
	}
	return r
}

// Kept is the beginning of a JSON body as it is kept: at most [MostKept] bytes of it,
// compact, without the values of fields whose names speak of secrets and without the
// secrets of API keys wherever they stand. Where something is cut off, it says so at
// its end. What is not JSON is not kept, since nobody can say what is secret in it.
func Kept(body string) string {
	d := json.NewDecoder(strings.NewReader(body))
	d.UseNumber()
	k := keeper{d: d}
	switch err := k.value(); {
	case errors.Is(err, io.EOF) && k.out.Len() == 0: // there is none
		return ""
	case errors.Is(err, errFull) || err != nil && len(body) >= MostKept:
		return fmt.Sprintf("%s… (cut: %d bytes are kept)", k.out.Bytes(), k.out.Len())
	case err != nil:
		return ""
	}
	return k.out.String()
}

var errFull = fmt.Errorf("a body is longer than %d bytes", MostKept)

// A keeper writes the tokens of a body as they are kept.
type keeper struct {
	d   *json.Decoder
	out bytes.Buffer
}

// write adds text, unless there is no room.
func (k *keeper) write(text string) error {
	if k.out.Len()+len(text) > MostKept {
		return errFull
	}
	k.out.WriteString(text)
	return nil
}

func (k *keeper) value() error {
	t, err := k.d.Token()
	if err != nil {
		return err
	}
	switch t := t.(type) {
	case json.Delim:
		return k.members(t)
	case string:
		if strings.Contains(t, secretPrefix) {
			t = withheld
		}
		return k.write(quoted(t))
	case json.Number:
		return k.write(t.String())
	case bool:
		return k.write(fmt.Sprint(t))
	}
	return k.write("null")
}

// members are those of an object or a list that has begun.
func (k *keeper) members(open json.Delim) error {
	end := map[json.Delim]string{'{': "}", '[': "]"}[open]
	if err := k.write(open.String()); err != nil {
		return err
	}
	for first := true; k.d.More(); first = false {
		if !first {
			if err := k.write(","); err != nil {
				return err
			}
		}
		if err := k.member(open == '{'); err != nil {
			return err
		}
	}
	if _, err := k.d.Token(); err != nil {
		return err
	}
	return k.write(end)
}

func (k *keeper) member(named bool) error {
	if !named {
		return k.value()
	}
	t, err := k.d.Token()
	if err != nil {
		return err
	}
	name, _ := t.(string)
	if strings.Contains(name, secretPrefix) {
		name = withheld
	}
	if err := k.write(quoted(name) + ":"); err != nil {
		return err
	}
	if !secretive(name) {
		return k.value()
	}
	if err := k.skip(); err != nil {
		return err
	}
	return k.write(quoted(withheld))
}

// skip passes over a value.
func (k *keeper) skip() error {
	for depth := 0; ; {
		t, err := k.d.Token()
		if err != nil {
			return err
		}
		switch t {
		case json.Delim('{'), json.Delim('['):
			depth++
		case json.Delim('}'), json.Delim(']'):
			depth--
		}
		if depth == 0 {
			return nil
		}
	}
}

// secretive reports whether a field of that name may hold a secret.
func secretive(name string) bool {
	name = strings.ReplaceAll(strings.ToLower(name), "-", "_")
	for _, word := range secretWords {
		if strings.Contains(name, word) {
			return true
		}
	}
	return false
}

func quoted(s string) string {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	_ = enc.Encode(s) // a string is always JSON
	return strings.TrimSuffix(b.String(), "\n")
}

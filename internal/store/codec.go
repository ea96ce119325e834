package store

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/gatehouse-authz/gatehouse/internal/authz"
)

// kept names the changes as they are written in the commits table. A name is
// for ever, and so is the spelling of the fields inside (TestCommitsStayReadable).
var kept = map[string]func([]byte) (authz.Change, error){
	"user.put":          as[authz.PutUser],
	"user.delete":       as[authz.DeleteUser],
	"tenant.put":        as[authz.PutTenant],
	"tenant.delete":     as[authz.DeleteTenant],
	"role.put":          as[authz.PutRole],
	"role.delete":       as[authz.DeleteRole],
	"resource.put":      as[authz.PutResource],
	"resource.delete":   as[authz.DeleteResource],
	"assignment.put":    as[authz.PutAssignment],
	"assignment.delete": as[authz.DeleteAssignment],
	"instance.put":      as[authz.PutInstance],
	"instance.delete":   as[authz.DeleteInstance],
	"tuple.put":         as[authz.PutTuple],
	"tuple.delete":      as[authz.DeleteTuple],
	"set.put":           as[authz.PutConditionSet],
	"set.delete":        as[authz.DeleteConditionSet],
	"rule.put":          as[authz.PutRule],
	"rule.delete":       as[authz.DeleteRule],
	"mapping.put":       as[authz.PutURLMapping],
	"mapping.delete":    as[authz.DeleteURLMapping],
	"pending.put":       asPending,
	"pending.delete":    as[authz.DeletePending],
	"settings.put":      as[authz.PutSettings],
	"membership.put":    as[authz.PutMembership],
	"membership.delete": as[authz.DeleteMembership],
	"invite.put":        as[authz.PutInvite],
	"invite.delete":     as[authz.DeleteInvite],

	"source_mapping.put": as[authz.PutSourceMapping],
}

func kindOf(c authz.Change) string {
	switch c.(type) {
	case authz.PutUser:
		return "user.put"
	case authz.DeleteUser:
		return "user.delete"
	case authz.PutTenant:
		return "tenant.put"
	case authz.DeleteTenant:
		return "tenant.delete"
	case authz.PutRole:
		return "role.put"
	case authz.DeleteRole:
		return "role.delete"
	case authz.PutResource:
		return "resource.put"
	case authz.DeleteResource:
		return "resource.delete"
	case authz.PutAssignment:
		return "assignment.put"
	case authz.DeleteAssignment:
		return "assignment.delete"
	case authz.PutInstance:
		return "instance.put"
	case authz.DeleteInstance:
		return "instance.delete"
	case authz.PutTuple:
		return "tuple.put"
	case authz.DeleteTuple:
		return "tuple.delete"
	case authz.PutConditionSet:
		return "set.put"
	case authz.DeleteConditionSet:
		return "set.delete"
	case authz.PutRule:
		return "rule.put"
	case authz.DeleteRule:
		return "rule.delete"
	case authz.PutURLMapping:
		return "mapping.put"
	case authz.DeleteURLMapping:
		return "mapping.delete"
	case authz.PutPending:
		return "pending.put"
	case authz.DeletePending:
		return "pending.delete"
	case authz.PutSettings:
		return "settings.put"
	case authz.PutMembership:
		return "membership.put"
	case authz.DeleteMembership:
		return "membership.delete"
	case authz.PutInvite:
		return "invite.put"
	case authz.DeleteInvite:
		return "invite.delete"
	case authz.PutSourceMapping:
		return "source_mapping.put"
	}
	panic(fmt.Sprintf("store: %T has no name", c))
}

type record struct {
	Kind string          `json:"kind"`
	Body json.RawMessage `json:"body"`
}

func encode(changes []authz.Change) string {
	out := make([]record, len(changes))
	for i, c := range changes {
		out[i] = record{Kind: kindOf(c), Body: json.RawMessage(jsonText(c))}
	}
	return jsonText(out)
}

func decode(text string) ([]authz.Change, error) {
	var in []record
	if err := json.Unmarshal([]byte(text), &in); err != nil {
		return nil, err
	}
	out := make([]authz.Change, len(in))
	for i, r := range in {
		read, ok := kept[r.Kind]
		if !ok {
			return nil, fmt.Errorf("store: change %q is not known to this version", r.Kind)
		}
		c, err := read(r.Body)
		if err != nil {
			return nil, err
		}
		out[i] = c
	}
	return out, nil
}

func as[C authz.Change](b []byte) (authz.Change, error) {
	var c C
	err := fromJSON(string(b), &c)
	return c, err
}

// asPending reads the commits too that name one giver and no list.
func asPending(b []byte) (authz.Change, error) {
	c, err := as[authz.PutPending](b)
	if err == nil {
		return c, nil
	}
	var one struct {
		Pending struct {
			authz.PendingAssignment
			GivenBy authz.Giver // instead of the list
		}
	}
	err = fromJSON(string(b), &one)
	p := one.Pending.PendingAssignment
	p.GivenBy = []authz.Giver{one.Pending.GivenBy}
	return authz.PutPending{Pending: p}, err
}

// fromJSON reads kept JSON; numbers stay as they were written.
func fromJSON(text string, into any) error {
	if text == "null" { // most attributes, and into is what it was: nothing
		return nil
	}
	d := json.NewDecoder(strings.NewReader(text))
	d.UseNumber()
	return d.Decode(into)
}

func jsonText(v any) string {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		panic(fmt.Sprintf("store: %T cannot be kept: %v", v, err)) // a bug: only plain values are stored
	}
	return strings.TrimSuffix(b.String(), "\n")
}

func micros(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMicro()
}

func fromMicros(n int64) time.Time {
	if n == 0 {
		return time.Time{}
	}
	return time.UnixMicro(n).UTC()
}

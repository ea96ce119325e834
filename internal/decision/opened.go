package decision

import (
	"bytes"
	"compress/flate"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/gatehouse-authz/gatehouse/internal/authz"
	"github.com/gatehouse-authz/gatehouse/internal/engine"
)

var errBlock = errors.New("decision: a block of the log cannot be read")

// mostInflated bounds what a block may hold: what makes a block full, and one
// question as long as a body may be, several times over.
const mostInflated = 256 << 20

// An opened block gives its records.
type opened struct {
	env     authz.EnvID
	tag     uint32
	n       int
	texts   []string
	columns [columns][]byte
}

func openBlock(env authz.EnvID, data []byte) (*opened, error) {
	raw, err := io.ReadAll(io.LimitReader(flate.NewReader(bytes.NewReader(data)), mostInflated))
	if err != nil || len(raw) < 5 || raw[0] != layout {
		return nil, errors.Join(errBlock, err)
	}
	o := &opened{env: env, tag: binary.BigEndian.Uint32(raw[1:])}
	r := cut{rest: raw[5:]}
	n, texts := r.number(), r.number()
	if n > uint64(len(raw)) || texts > uint64(len(raw)) {
		return nil, errBlock
	}
	o.n, o.texts = int(n), make([]string, 1, texts+1)
	for range texts {
		o.texts = append(o.texts, string(r.bytes()))
	}
	for i := range o.columns {
		o.columns[i] = r.bytes()
	}
	if r.failed {
		return nil, errBlock
	}
	return o, nil
}

// A row is a record whose texts are not looked up yet.
type row struct {
	at       int64
	sequence uint32
	revision authz.Revision
	flags    byte
	text     [columns]uint64 // places, of the columns that hold texts
}

// rows calls see for every row in order.
func (o *opened) rows(see func(*row)) error {
	var cuts [columns]cut
	for i := range cuts {
		cuts[i].rest = o.columns[i]
	}
	var r row
	for range o.n {
		r.at += cuts[atColumn].difference()
		r.sequence = uint32(int64(r.sequence) + cuts[sequenceColumn].difference())
		r.revision += authz.Revision(cuts[revisionColumn].difference())
		r.flags = cuts[flagsColumn].byte()
		for c := doorColumn; c < columns; c++ {
			r.text[c] = cuts[c].number()
			if r.text[c] >= uint64(len(o.texts)) {
				return errBlock
			}
		}
		for i := range cuts {
			if cuts[i].failed {
				return errBlock
			}
		}
		see(&r)
	}
	return nil
}

func (o *opened) id(r *row) RecordID {
	return RecordID(fmt.Sprintf("%016x%08x%08x", uint64(r.at), o.tag, r.sequence))
}

func (o *opened) is(r *row, column int, s string) bool { return o.texts[r.text[column]] == s }

// record is the record of a row.
func (o *opened) record(r *row) (Record, error) {
	text := func(column int) string { return o.texts[r.text[column]] }
	rec := Record{
		ID: o.id(r), At: time.UnixMicro(r.at).UTC(), Revision: r.revision,
		Asker: Asker{Env: o.env, Key: authz.ID(text(keyColumn)), Door: text(doorColumn)},
		Kind:  Kind(text(kindColumn)),
		Query: authz.Query{
			User: authz.UserKey(text(userColumn)), Action: authz.ActionKey(text(actionColumn)), Resource: authz.ResourceKey(text(resourceColumn)),
			Instance: text(instanceColumn), Tenant: authz.TenantKey(text(tenantColumn)), NoAttributes: r.flags&noAttributesFlag != 0,
		},
		Allow: r.flags&allowFlag != 0, Reason: engine.Reason(text(reasonColumn)), By: authz.Model(text(modelColumn)), Role: authz.RoleKey(text(roleColumn)),
	}
	if s := text(moreColumn); s != "" {
		var m more
		d := json.NewDecoder(bytes.NewReader([]byte(s)))
		d.UseNumber()
		if err := d.Decode(&m); err != nil {
			return rec, errors.Join(errBlock, err)
		}
		q := &rec.Query
		q.UserAttributes, q.ResourceAttributes, q.TenantAttributes, q.Context, rec.List = m.User, m.Resource, m.Tenant, m.Context, m.List
	}
	return rec, nil
}

// A cut reads what an encoder wrote; once it failed it stays so.
type cut struct {
	rest   []byte
	failed bool
}

func (c *cut) number() uint64 {
	v, n := binary.Uvarint(c.rest)
	if n <= 0 {
		c.failed = true
		return 0
	}
	c.rest = c.rest[n:]
	return v
}

func (c *cut) difference() int64 {
	v, n := binary.Varint(c.rest)
	if n <= 0 {
		c.failed = true
		return 0
	}
	c.rest = c.rest[n:]
	return v
}

func (c *cut) byte() byte {
	if len(c.rest) == 0 {
		c.failed = true
		return 0
	}
	b := c.rest[0]
	c.rest = c.rest[1:]
	return b
}

func (c *cut) bytes() []byte {
	n := c.number()
	if n > uint64(len(c.rest)) {
		c.failed = true
		return nil
	}
	b := c.rest[:n]
	c.rest = c.rest[n:]
	return b
}

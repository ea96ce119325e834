package decision

import (
	"bytes"
	"compress/flate"
	"context"
	"crypto/rand"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"sync"
	"time"

	"github.com/gatehouse-authz/gatehouse/internal/authz"
	"github.com/gatehouse-authz/gatehouse/internal/engine"
)

// Blocks keeps blocks of records.
type Blocks interface {
	// Append keeps blocks, all of them or none.
	Append(ctx context.Context, blocks []Block) error

	// Scan yields the heads of the blocks of env that may hold records from one
	// time to another, both included, by their last record, latest first. For those
	// that want returns true for it yields the block with its data. It stops when
	// yield returns false. It sees one moment.
	Scan(ctx context.Context, env authz.EnvID, from, to time.Time, want func(Head) bool, yield func(Block) bool) error

	// Prune deletes blocks whose last record is older than before.
	Prune(ctx context.Context, before time.Time) error

	// Gaps returns the blocks of env that say how many answers are missing, latest
	// first, limit of them.
	Gaps(ctx context.Context, env authz.EnvID, limit int) ([]Head, error)

	// Recorded returns the environments that there are blocks of.
	Recorded(ctx context.Context) ([]authz.EnvID, error)

	// Small returns the blocks of the environment of after that come behind it by
	// their last record, which lies before to, and hold some records, but most at the
	// most: limit of them, oldest first.
	Small(ctx context.Context, after Head, to time.Time, most, limit int) ([]Block, error)

	// Replace puts a block in the place of others, at once for whoever reads; it does
	// nothing unless all of them are there.
	Replace(ctx context.Context, old []string, b Block) error
}

// A Head says what a block holds, so that it need not be opened in vain.
type Head struct {
	ID          string // 32 lower-case hex digits
	Env         authz.EnvID
	First, Last time.Time // of its records
	Allowed     int       // checks
	Denied      int       // checks
	Lists       int
	Missed      int    // answers of this time that are not recorded; such a block holds none
	Keys        []byte // a [sieve] of its texts
}

// A Block is records of one environment, compressed.
type Block struct {
	Head
	Data []byte
}

func newBlockID() string {
	var b [16]byte
	_, _ = rand.Read(b[:]) // never fails, says crypto/rand
	return hex.EncodeToString(b[:])
}

// layout is the first byte of a block's data before it is compressed.
const layout = 1

// The columns of a block. Each holds one number per record: a difference from the
// record before, or the place of a text among the texts of the block.
const (
	atColumn = iota
	sequenceColumn
	revisionColumn
	flagsColumn
	doorColumn
	keyColumn
	kindColumn
	userColumn
	actionColumn
	resourceColumn
	instanceColumn
	tenantColumn
	reasonColumn
	modelColumn
	roleColumn
	moreColumn
	columns
)

// Flags of a record.
const (
	allowFlag = 1 << iota
	noAttributesFlag
)

// more is what few questions have.
type more struct {
	User     authz.Attributes `json:"user,omitempty"`
	Resource authz.Attributes `json:"resource,omitempty"`
	Tenant   authz.Attributes `json:"tenant,omitempty"`
	Context  authz.Attributes `json:"context,omitempty"`
	List     *List            `json:"list,omitempty"`
}

// An encoder writes the columns of one block.
type encoder struct {
	columns [columns][]byte
	texts   []byte
	places  map[string]uint64
	last    [columns]string // what stood in a column last, and its place: most repeat
	at      [columns]uint64
}

// encodeBlock makes a block of answers of one environment, in their order.
func encodeBlock(env authz.EnvID, tag uint32, all []answer) Block {
	e := encoders.Get().(*encoder)
	defer encoders.Put(e)
	e.reset()
	b := Block{Head: Head{ID: newBlockID(), Env: env}}
	first, last := all[0].at, all[0].at
	var before answer
	var beforeRevision authz.Revision
	for i := range all {
		a := &all[i]
		first, last = min(first, a.at), max(last, a.at)
		switch {
		case a.kind != Check:
			b.Lists++
		case a.decision.Allow:
			b.Allowed++
		default:
			b.Denied++
		}
		e.difference(atColumn, a.at-before.at)
		e.difference(sequenceColumn, int64(a.sequence)-int64(before.sequence))
		e.difference(revisionColumn, int64(a.decision.Revision-beforeRevision))
		e.answer(a)
		before.at, before.sequence, beforeRevision = a.at, a.sequence, a.decision.Revision
	}
	b.First, b.Last = time.UnixMicro(first).UTC(), time.UnixMicro(last).UTC()
	b.Keys = newSieve(e.places)
	b.Data = e.bytes(tag, len(all))
	return b
}

var encoders = sync.Pool{New: func() any { return &encoder{places: map[string]uint64{}} }}

func (e *encoder) reset() {
	for i := range e.columns {
		e.columns[i] = e.columns[i][:0]
	}
	clear(e.places)
	e.texts = e.texts[:0]
	e.last, e.at = [columns]string{}, [columns]uint64{}
}

func (e *encoder) difference(column int, d int64) {
	e.columns[column] = binary.AppendVarint(e.columns[column], d)
}

// text writes the place of s; the empty text has place 0.
func (e *encoder) text(column int, s string) {
	if s != e.last[column] {
		place := uint64(0)
		if s != "" {
			var ok bool
			if place, ok = e.places[s]; !ok {
				place = uint64(len(e.places) + 1)
				e.places[s] = place
				e.texts = binary.AppendUvarint(e.texts, uint64(len(s)))
				e.texts = append(e.texts, s...)
			}
		}
		e.last[column], e.at[column] = s, place
	}
	e.columns[column] = binary.AppendUvarint(e.columns[column], e.at[column])
}

func (e *encoder) answer(a *answer) {
	q, d := &a.query, &a.decision
	flags := byte(0)
	if d.Allow {
		flags |= allowFlag
	}
	if q.NoAttributes {
		flags |= noAttributesFlag
	}
	e.columns[flagsColumn] = append(e.columns[flagsColumn], flags)
	e.text(doorColumn, a.by.Door)
	e.text(keyColumn, string(a.by.Key))
	e.text(kindColumn, string(a.kind))
	e.text(userColumn, string(q.User))
	e.text(actionColumn, string(q.Action))
	e.text(resourceColumn, string(q.Resource))
	e.text(instanceColumn, q.Instance)
	e.text(tenantColumn, string(q.Tenant))
	e.text(reasonColumn, string(reasonOf(a)))
	e.text(modelColumn, string(d.By))
	e.text(roleColumn, string(d.Role))
	e.text(moreColumn, moreOf(a))
}

// reasonOf is the reason of a check, found out here and not on the way of the
// answer.
func reasonOf(a *answer) engine.Reason {
	switch {
	case a.reason != "" || a.kind != Check:
		return a.reason
	case a.decision.Allow:
		return engine.Allowed
	}
	return a.snapshot.Why(a.query)
}

func moreOf(a *answer) string {
	q := &a.query
	if q.UserAttributes == nil && q.ResourceAttributes == nil && q.TenantAttributes == nil && q.Context == nil && a.list == nil {
		return ""
	}
	m := more{User: q.UserAttributes, Resource: q.ResourceAttributes, Tenant: q.TenantAttributes, Context: q.Context, List: a.list}
	if len(m.User)+len(m.Resource)+len(m.Tenant)+len(m.Context) == 0 && m.List == nil {
		return ""
	}
	text, err := json.Marshal(m)
	if err != nil {
		panic(fmt.Sprintf("decision: a question cannot be recorded: %v", err)) // a bug: questions are read from JSON
	}
	return string(text)
}

func (e *encoder) bytes(tag uint32, n int) []byte {
	var out bytes.Buffer
	w := compressors.Get().(*flate.Writer)
	defer compressors.Put(w)
	w.Reset(&out)
	head := binary.BigEndian.AppendUint32([]byte{layout}, tag)
	head = binary.AppendUvarint(head, uint64(n))
	head = binary.AppendUvarint(head, uint64(len(e.places)))
	_, _ = w.Write(head) // into memory
	_, _ = w.Write(e.texts)
	for _, c := range e.columns {
		_, _ = w.Write(binary.AppendUvarint(nil, uint64(len(c))))
		_, _ = w.Write(c)
	}
	_ = w.Close()
	return out.Bytes()
}

var compressors = sync.Pool{New: func() any {
	w, err := flate.NewWriter(io.Discard, flate.BestSpeed)
	if err != nil {
		panic(err) // the level is a constant
	}
	return w
}}

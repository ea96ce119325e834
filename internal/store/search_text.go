package store

import (
	"bytes"
	"cmp"
	"math"
	"math/bits"
	"slices"
	"sort"
	"strings"
	"unicode/utf8"

	"github.com/gatehouse-authz/gatehouse/internal/authz"
	"github.com/gatehouse-authz/gatehouse/internal/directory"
)

// A searchText is what can be searched of the rows of one list at one revision, in
// lower case. It never changes: texts of several revisions share blocks.
type searchText struct {
	revision authz.Revision
	blocks   []*searchBlock // by bucket; none is empty
	news     int            // bytes of blocks that the text it was made from does not have
}

// A searchBlock is the rows of one bucket, by number. The text of a row is its
// fields, a mark before each and after the last, and then its tag.
type searchBlock struct {
	bucket int64
	slots  []uint16 // of each row: its number within the bucket
	ends   []uint32 // of each row: where its text ends
	text   []byte
}

// fieldMark stands around the fields of a row: it is in no text in UTF-8.
const fieldMark = 0xff

// A searchRow is one row to be searched.
type searchRow struct {
	seq  int64
	text []byte
}

// rowText appends the text of a row to b. A tag is not searched, but may be asked for.
func rowText(b []byte, tag []byte, fields ...[]byte) []byte {
	for _, f := range fields {
		b = appendLower(append(b, fieldMark), f)
	}
	return append(append(b, fieldMark), tag...)
}

// appendLower appends what [strings.ToLower] makes of text.
func appendLower(b, text []byte) []byte {
	from := len(b)
	for _, c := range text {
		if c >= utf8.RuneSelf {
			return append(b[:from], bytes.ToLower(text)...)
		}
		if 'A' <= c && c <= 'Z' {
			c += 'a' - 'A'
		}
		b = append(b, c)
	}
	return b
}

func (t *searchText) at() authz.Revision { return t.revision }

func (t *searchText) size() (n int) {
	for _, b := range t.blocks {
		n += b.size()
	}
	return n
}

func (t *searchText) fresh() int { return t.news }

func (b *searchBlock) size() int { return len(b.text) + 4*len(b.ends) + 2*len(b.slots) }

// block is the block of a bucket, nil if there is none.
func (t *searchText) block(bucket int64) *searchBlock {
	i, ok := slices.BinarySearchFunc(t.blocks, bucket, func(b *searchBlock, bucket int64) int { return cmp.Compare(b.bucket, bucket) })
	if !ok {
		return nil
	}
	return t.blocks[i]
}

func (b *searchBlock) start(row int) uint32 {
	if row == 0 {
		return 0
	}
	return b.ends[row-1]
}

func (b *searchBlock) row(row int) []byte { return b.text[b.start(row):b.ends[row]] }

func (b *searchBlock) add(slot uint16, text []byte) {
	b.text = append(b.text, text...)
	b.slots = append(b.slots, slot)
	b.ends = append(b.ends, uint32(len(b.text)))
}

// clipped is b in as little memory as it needs, nil if it is empty.
func (b *searchBlock) clipped() *searchBlock {
	if len(b.slots) == 0 {
		return nil
	}
	return &searchBlock{bucket: b.bucket, slots: slices.Clone(b.slots), ends: slices.Clone(b.ends), text: slices.Clone(b.text)}
}

// with is b with rows of its bucket, by number, put into it.
func (b *searchBlock) with(rows []searchRow) *searchBlock {
	n := &searchBlock{bucket: b.bucket, text: make([]byte, 0, len(b.text))}
	slot := func() uint16 { return uint16(rows[0].seq % bucketSize) }
	for i, at := range b.slots {
		for len(rows) > 0 && slot() < at {
			n.add(slot(), rows[0].text)
			rows = rows[1:]
		}
		if len(rows) > 0 && slot() == at {
			n.add(at, rows[0].text)
			rows = rows[1:]
			continue
		}
		n.add(at, b.row(i))
	}
	for ; len(rows) > 0; rows = rows[1:] {
		n.add(slot(), rows[0].text)
	}
	return n
}

// only is b without the rows that have none of the numbers, which stand in order.
func (b *searchBlock) only(numbers []int64) *searchBlock {
	n := &searchBlock{bucket: b.bucket}
	for i, slot := range b.slots {
		if _, there := slices.BinarySearch(numbers, b.bucket*bucketSize+int64(slot)); there {
			n.add(slot, b.row(i))
		}
	}
	return n
}

// A search is what rows are asked for; the zero search asks for nothing.
type search struct {
	any  [][]byte // a row has one of them
	tags []string // and one of these tags, unless there are none
}

// searchFor asks for one of texts, ignoring case, where match says.
func searchFor(match directory.Match, texts ...string) (s search) {
	for _, text := range texts {
		needle := []byte(strings.ToLower(text))
		switch match {
		case directory.StartsWith:
			needle = append([]byte{fieldMark}, needle...)
		case directory.EndsWith:
			needle = append(needle, fieldMark)
		case directory.Contains:
		}
		s.any = append(s.any, needle)
	}
	return s
}

// mostNames bounds the places at which a text may be two names: a search for each is a
// walk through all text.
const mostNames = 4

// across adds that text may also end one field and begin the next, with a space
// between them, as first and last name do.
func (s search) across(text string) search {
	needle := []byte(strings.ToLower(text))
	for at, places := 1, 0; at < len(needle)-1 && places < mostNames; at++ {
		if needle[at] == ' ' {
			names := slices.Clone(needle)
			names[at] = fieldMark
			s.any = append(s.any, names)
			places++
		}
	}
	return s
}

func (s search) asks() bool { return len(s.any) > 0 }

// selects reports whether a needle found at a place of a row selects it.
func (s search) selects(row []byte, at, needle int) bool {
	end := bytes.LastIndexByte(row, fieldMark) + 1
	return at+needle <= end && (len(s.tags) == 0 || slices.Contains(s.tags, string(row[end:])))
}

// hits are the rows of a block that a search selects, as bits.
type hits [bucketSize / 64]uint64

func (h *hits) count() (n int) {
	for _, w := range h {
		n += bits.OnesCount64(w)
	}
	return n
}

// find sets the bits of the rows that s selects.
func (b *searchBlock) find(s search, h *hits) {
	for _, needle := range s.any {
		row := 0
		for from := 0; from < len(b.text); from = int(b.ends[row-1]) {
			at := bytes.Index(b.text[from:], needle)
			if at < 0 {
				break
			}
			at += from
			row += sort.Search(len(b.ends)-row, func(i int) bool { return int(b.ends[row+i]) > at })
			if s.selects(b.row(row), at-int(b.start(row)), len(needle)) {
				h[row/64] |= 1 << (row % 64)
			}
			row++
		}
	}
}

// page are the numbers of the rows of a page of those that s selects, and how many
// are selected in all.
func (t *searchText) page(s search, p directory.Page) (numbers []int64, total int) {
	for _, b := range t.blocks {
		var found hits
		b.find(s, &found)
		n := found.count()
		if total+n > p.Offset && len(numbers) < p.Limit {
			rank := total
			for row, slot := range b.slots {
				if found[row/64]&(1<<(row%64)) == 0 {
					continue
				}
				if rank >= p.Offset && len(numbers) < p.Limit {
					numbers = append(numbers, b.bucket*bucketSize+int64(slot))
				}
				rank++
			}
		}
		total += n
	}
	return numbers, total
}

// selects reports whether s selects the row of a number.
func (t *searchText) selects(s search, number int64) bool {
	b := t.block(number / bucketSize)
	if b == nil {
		return false
	}
	i, there := slices.BinarySearch(b.slots, uint16(number%bucketSize))
	if !there {
		return false
	}
	row := b.row(i)
	return slices.ContainsFunc(s.any, func(needle []byte) bool {
		at := bytes.Index(row, needle)
		return at >= 0 && s.selects(row, at, len(needle))
	})
}

// fewNumbers are looked up one by one rather than all that is found.
const fewNumbers = 20_000

// among are those of numbers, which stand in order, whose rows s selects.
func (t *searchText) among(s search, numbers []int64) (selected []int64) {
	if len(numbers) <= fewNumbers {
		for _, n := range numbers {
			if t.selects(s, n) {
				selected = append(selected, n)
			}
		}
		return selected
	}
	found, _ := t.page(s, directory.Page{Limit: math.MaxInt})
	for _, n := range found {
		at, there := slices.BinarySearch(numbers, n)
		if there {
			selected = append(selected, n)
		}
		numbers = numbers[at:]
	}
	return selected
}

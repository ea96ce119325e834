package decision

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/gatehouse-authz/gatehouse/internal/authz"
)

// How blocks are merged.
const (
	compactEvery = 10 * time.Minute
	settled      = 5 * time.Minute // younger blocks are left alone
	worthMerging = 8               // blocks, unless what would follow them does not fit
	widest       = time.Hour       // from the first to the last record of a merged block
	mergedBytes  = 1 << 20         // of compressed data in a merged block, about
	smallAtOnce  = 500             // blocks that are read at a time
)

// Compact merges small blocks that follow one another, of the same environment and
// process, into full ones: where few questions are asked, each half second leaves a
// block of its own. Each merge is one transaction; what is read before, meanwhile and
// afterwards is the same. A record may be kept longer by as much as its block is wide.
func (l *Log) Compact(ctx context.Context) error {
	to, width := l.now().Add(-settled), l.width()
	envs, err := l.Blocks.Recorded(ctx)
	if err != nil {
		return err
	}
	for _, env := range envs {
		if err := l.compact(ctx, env, l.compacted, to); err != nil {
			return err
		}
	}
	l.compacted = to.Add(-2 * width) // what waits for company is looked at again
	return nil
}

// width is how far apart the records of a merged block are at most.
func (l *Log) width() time.Duration { return min(widest, l.Keep/24) }

// compact merges blocks of env whose last records lie between two times.
func (l *Log) compact(ctx context.Context, env authz.EnvID, from, to time.Time) error {
	groups := map[uint32]*group{} // by the tag of the process
	after := Head{Env: env, Last: from}
	for {
		some, err := l.Blocks.Small(ctx, after, to, blockRecords/2, smallAtOnce)
		if err != nil {
			return err
		}
		for _, b := range some {
			o, err := openBlock(env, b.Data)
			if err != nil {
				return fmt.Errorf("block %s: %w", b.ID, err)
			}
			g := groups[o.tag]
			if g == nil {
				g = &group{}
				groups[o.tag] = g
			}
			if !g.fits(b, o, l.width()) {
				if err := l.merge(ctx, env, g); err != nil {
					return err
				}
				*g = group{}
			}
			g.add(b, o)
		}
		if len(some) < smallAtOnce {
			break
		}
		after = some[len(some)-1].Head
	}
	for _, g := range groups {
		if len(g.blocks) < worthMerging {
			continue
		}
		if err := l.merge(ctx, env, g); err != nil {
			return err
		}
	}
	return nil
}

// A group is blocks that become one.
type group struct {
	blocks      []Block
	opened      []*opened
	records     int
	bytes       int
	first, last time.Time
}

func (g *group) fits(b Block, o *opened, width time.Duration) bool {
	if len(g.blocks) == 0 {
		return true
	}
	first, last := earlier(g.first, b.First), later(g.last, b.Last)
	return g.records+o.n <= blockRecords && g.bytes+len(b.Data) <= mergedBytes && last.Sub(first) <= width
}

func (g *group) add(b Block, o *opened) {
	if len(g.blocks) == 0 {
		g.first, g.last = b.First, b.Last
	}
	g.blocks, g.opened = append(g.blocks, b), append(g.opened, o)
	g.records, g.bytes = g.records+o.n, g.bytes+len(b.Data)
	g.first, g.last = earlier(g.first, b.First), later(g.last, b.Last)
}

func earlier(a, b time.Time) time.Time {
	if b.Before(a) {
		return b
	}
	return a
}

func later(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}

// merge replaces the blocks of a group by one. Another process, or the pruning, may
// have taken some of them: then it leaves the others as they are.
func (l *Log) merge(ctx context.Context, env authz.EnvID, g *group) error {
	if len(g.blocks) < 2 {
		return nil
	}
	merged, err := mergeBlocks(env, g)
	if err != nil {
		return err
	}
	old := make([]string, len(g.blocks))
	for i, b := range g.blocks {
		old[i] = b.ID
	}
	slices.Sort(old) // all lock rows in one order
	return l.Blocks.Replace(ctx, old, merged)
}

// mergeBlocks is a block of all records of a group, which is of one process.
func mergeBlocks(env authz.EnvID, g *group) (Block, error) {
	e := encoders.Get().(*encoder)
	defer encoders.Put(e)
	e.reset()
	b := Block{Head: Head{ID: newBlockID(), Env: env, First: g.first, Last: g.last}}
	var before row
	for i, o := range g.opened {
		b.Allowed, b.Denied, b.Lists = b.Allowed+g.blocks[i].Allowed, b.Denied+g.blocks[i].Denied, b.Lists+g.blocks[i].Lists
		err := o.rows(func(r *row) {
			e.difference(atColumn, r.at-before.at)
			e.difference(sequenceColumn, int64(r.sequence)-int64(before.sequence))
			e.difference(revisionColumn, int64(r.revision-before.revision))
			e.columns[flagsColumn] = append(e.columns[flagsColumn], r.flags)
			for c := doorColumn; c < columns; c++ {
				e.text(c, o.texts[r.text[c]])
			}
			before = *r
		})
		if err != nil {
			return b, fmt.Errorf("block %s: %w", g.blocks[i].ID, err)
		}
	}
	b.Keys = newSieve(e.places)
	b.Data = e.bytes(g.opened[0].tag, g.records)
	return b, nil
}

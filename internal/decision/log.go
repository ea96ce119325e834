package decision

import (
	"context"
	"crypto/rand"
	"encoding/binary"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/gatehouse-authz/gatehouse/internal/authz"
	"github.com/gatehouse-authz/gatehouse/internal/engine"
)

// How the log gathers.
const (
	blockRecords = 4096             // in a block at most
	blockBytes   = 4 << 20          // of questions in a block, about
	bufferBytes  = 64 << 20         // of questions that wait to be written, about
	window       = time.Second      // how long a record waits at most, and what a crash can lose
	lastWrite    = 10 * time.Second // how long the log tries to write when it ends
	spares       = 4                // blocks whose room is kept
)

// A Log keeps a record of every answer. Recording costs the answer an append: a
// writer of its own ([Log.Run]) encodes and stores what has gathered. Where the
// store cannot follow, what does not fit the buffer is counted, and the number is
// kept in the log as soon as it can be. It is safe for concurrent use.
type Log struct {
	Blocks Blocks
	Keep   time.Duration    // records older than this are deleted
	Now    func() time.Time // time.Now if nil
	Log    *slog.Logger

	mu       sync.Mutex // guards the fields below
	current  []answer
	bytes    int        // of current, about
	full     [][]answer // that wait to be written, oldest first
	waiting  int        // bytes of full and current
	spare    [][]answer // room for what comes
	gaps     map[authz.EnvID]gap
	tag      uint32 // of this process, in the ids of records
	sequence uint32
	wake     chan struct{}

	stuck            bool       // the last write of Run failed; Run's own
	compacted        time.Time  // blocks up to then are merged; Compact's own
	writing          sync.Mutex // held by the one who writes
	recorded, missed atomic.Int64
}

// A gap is answers that are not recorded.
type gap struct {
	first, last int64
	n           int
}

// An answer is what an answer to a question leaves for the writer.
type answer struct {
	at       int64 // Unix microseconds
	sequence uint32
	snapshot *engine.Snapshot
	by       Asker
	kind     Kind
	query    authz.Query
	decision authz.Decision
	reason   engine.Reason // empty: the writer finds it out
	list     *List
}

// record takes an answer. It never blocks for the store.
func (l *Log) record(a answer) {
	a.at = l.now().UnixMicro()
	n := weight(&a)
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.waiting+n > bufferBytes {
		l.miss(a.by.Env, a.at)
		return
	}
	if l.current == nil {
		l.start()
	}
	l.sequence++
	a.sequence = l.sequence
	l.current = append(l.current, a)
	l.bytes += n
	l.waiting += n
	if len(l.current) == blockRecords || l.bytes > blockBytes {
		l.turn()
		select {
		case l.wake <- struct{}{}:
		default:
		}
	}
}

// start begins the first buffer, or the next. The caller holds mu.
func (l *Log) start() {
	if l.wake == nil {
		l.wake = make(chan struct{}, 1)
		var b [8]byte
		_, _ = rand.Read(b[:]) // never fails, says crypto/rand
		l.tag, l.sequence = binary.BigEndian.Uint32(b[:4]), binary.BigEndian.Uint32(b[4:])
	}
	if n := len(l.spare); n > 0 {
		l.current, l.spare = l.spare[n-1], l.spare[:n-1]
		return
	}
	l.current = make([]answer, 0, blockRecords)
}

// turn puts what has gathered among what is to be written. The caller holds mu.
func (l *Log) turn() {
	if len(l.current) > 0 {
		l.full = append(l.full, l.current)
		l.current, l.bytes = nil, 0
	}
}

// miss counts an answer that is not recorded. The caller holds mu.
func (l *Log) miss(env authz.EnvID, at int64) {
	if l.gaps == nil {
		l.gaps = map[authz.EnvID]gap{}
	}
	g, there := l.gaps[env]
	if !there {
		g.first = at
	}
	g.last, g.n = at, g.n+1
	l.gaps[env] = g
	l.missed.Add(1)
}

// Run writes what is recorded, and deletes what is too old, until ctx ends; then
// it writes the rest.
func (l *Log) Run(ctx context.Context) error {
	l.mu.Lock()
	if l.current == nil {
		l.start()
	}
	wake := l.wake
	l.mu.Unlock()
	tick, tidy := time.NewTicker(window/2), time.NewTicker(time.Minute)
	defer tick.Stop()
	defer tidy.Stop()
	l.tidy(ctx)
	merging := make(chan struct{})
	go func() {
		defer close(merging)
		l.keepCompact(ctx)
	}()
	defer func() { <-merging }()
	for {
		select {
		case <-ctx.Done():
			last, cancel := context.WithTimeout(context.WithoutCancel(ctx), lastWrite)
			defer cancel()
			if err := l.Flush(last); err != nil {
				l.Log.Error("the last decisions are not recorded", "error", err)
			}
			return nil
		case <-tick.C:
			l.flush(ctx)
		case <-wake:
			l.flush(ctx)
		case <-tidy.C:
			l.tidy(ctx)
		}
	}
}

// flush is Flush for Run. It says once that the store does not take decisions, and
// once that it does again.
func (l *Log) flush(ctx context.Context) {
	err := l.Flush(ctx)
	if failed := err != nil; failed != l.stuck && ctx.Err() == nil {
		l.stuck = failed
		if failed {
			l.Log.Error("decisions wait to be recorded", "error", err)
		} else {
			l.Log.Info("decisions are recorded again")
		}
	}
}

// Flush writes everything that was recorded before it was called. What cannot be
// written stays for the next time.
func (l *Log) Flush(ctx context.Context) error {
	l.writing.Lock()
	defer l.writing.Unlock()
	l.mu.Lock()
	l.turn()
	full, gaps := l.full, l.gaps
	l.full, l.gaps = nil, nil
	l.mu.Unlock()
	if len(full) == 0 && len(gaps) == 0 {
		return nil
	}
	if err := l.Blocks.Append(ctx, l.pack(full, gaps)); err != nil {
		l.mu.Lock()
		l.full = append(full, l.full...)
		for env, g := range gaps {
			if later, there := l.gaps[env]; there {
				g.last, g.n = later.last, g.n+later.n
			} else if l.gaps == nil {
				l.gaps = map[authz.EnvID]gap{}
			}
			l.gaps[env] = g
		}
		l.mu.Unlock()
		return err
	}
	l.written(full)
	return nil
}

// written gives back the room of what is written.
func (l *Log) written(full [][]answer) {
	n, bytes := 0, 0
	for _, all := range full {
		for i := range all {
			bytes += weight(&all[i])
		}
		n += len(all)
		clear(all)
	}
	l.recorded.Add(int64(n))
	l.mu.Lock()
	defer l.mu.Unlock()
	l.waiting -= bytes
	for _, all := range full {
		if len(l.spare) < spares {
			l.spare = append(l.spare, all[:0])
		}
	}
}

// pack makes blocks of answers, apart by environment.
func (l *Log) pack(full [][]answer, gaps map[authz.EnvID]gap) []Block {
	var blocks []Block
	for _, all := range full {
		for from := 0; from < len(all); {
			env, rest := all[from].by.Env, all[from:from]
			for i := from; i < len(all); i++ { // in place: what is passed over is moved behind
				if all[i].by.Env == env {
					to := from + len(rest)
					all[to], all[i] = all[i], all[to]
					rest = all[from : to+1]
				}
			}
			blocks = append(blocks, encodeBlock(env, l.tag, rest))
			from += len(rest)
		}
	}
	for env, g := range gaps {
		blocks = append(blocks, Block{
			Head: Head{ID: newBlockID(), Env: env, First: time.UnixMicro(g.first).UTC(), Last: time.UnixMicro(g.last).UTC(), Missed: g.n},
		})
	}
	return blocks
}

// tidy deletes blocks that are too old.
func (l *Log) tidy(ctx context.Context) {
	if err := l.Blocks.Prune(ctx, l.now().Add(-l.Keep)); err != nil && ctx.Err() == nil {
		l.Log.Error("old decisions are not deleted", "error", err)
	}
}

// keepCompact merges small blocks until ctx ends: beside the writing, which does not
// wait for it.
func (l *Log) keepCompact(ctx context.Context) {
	tick := time.NewTicker(compactEvery)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		if err := l.Compact(ctx); err != nil && ctx.Err() == nil {
			l.Log.Error("small blocks of decisions are not merged", "error", err)
		}
	}
}

// Counts returns how many answers are recorded and how many could not be, since
// the process started.
func (l *Log) Counts() (recorded, missed int64) {
	if l == nil {
		return 0, 0
	}
	return l.recorded.Load(), l.missed.Load()
}

func (l *Log) now() time.Time {
	if l.Now != nil {
		return l.Now()
	}
	return time.Now()
}

// weight is about how many bytes an answer holds in memory.
func weight(a *answer) int {
	q := &a.query
	n := 288 + len(q.User) + len(q.Action) + len(q.Resource) + len(q.Instance) + len(q.Tenant)
	for _, values := range [...]authz.Attributes{q.UserAttributes, q.ResourceAttributes, q.TenantAttributes, q.Context} {
		if values != nil {
			n += weightOf(map[string]any(values))
		}
	}
	if a.list != nil {
		for _, s := range a.list.Resources {
			n += 16 + len(s)
		}
		n += 32 * (len(a.list.Tenants) + len(a.list.Types))
	}
	return n
}

func weightOf(v any) int {
	switch v := v.(type) {
	case string:
		return 16 + len(v)
	case []any:
		n := 24
		for _, e := range v {
			n += weightOf(e)
		}
		return n
	case map[string]any:
		n := 48
		for key, e := range v {
			n += 32 + len(key) + weightOf(e)
		}
		return n
	}
	return 16
}

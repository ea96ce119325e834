package server

import (
	"context"
	"net"
	"net/http"
	"sync"
	"sync/atomic"
	"time"
)

// Limits are how long a connection may stay in a state.
type limits struct {
	first  time.Duration // until the headers of its first request are read
	active time.Duration // from then, or from any later headers, until the answer is written
	idle   time.Duration // between answers, until the headers of the next request are read
}

var allowedTimes = limits{first: 10 * time.Second, active: time.Minute, idle: 2 * time.Minute}

// A watch closes connections that stay in a state for too long: who sends slowly,
// or does not read. It does what the timeouts of [http.Server] do, which set five
// deadlines per request and so cost a decision some percent of its time; here a
// request costs two stores. A connection is closed one step late at most.
type watch struct {
	limits limits
	step   time.Duration // between looks
	now    atomic.Int64  // steps since the start

	mu    sync.Mutex
	conns map[*watched]struct{}
}

// A watched is a connection with its state and the step in which that began.
type watched struct {
	net.Conn
	since atomic.Int64 // the step, times statesRoom, plus the http.ConnState
}

const statesRoom = 8

func newWatch(l limits, step time.Duration) *watch {
	return &watch{limits: l, step: step, conns: map[*watched]struct{}{}}
}

// listener is l with every connection watched.
func (w *watch) listener(l net.Listener) net.Listener { return &watchedListener{Listener: l, watch: w} }

type watchedListener struct {
	net.Listener
	watch *watch
}

// Accept implements [net.Listener].
func (l *watchedListener) Accept() (net.Conn, error) {
	c, err := l.Listener.Accept()
	if err != nil {
		return nil, err
	}
	return &watched{Conn: c}, nil
}

// turn is the ConnState of an [http.Server] on a watched listener.
func (w *watch) turn(c net.Conn, state http.ConnState) {
	conn, ok := c.(*watched)
	if !ok {
		return
	}
	conn.since.Store(w.now.Load()*statesRoom + int64(state))
	switch state {
	case http.StateNew:
		w.mu.Lock()
		w.conns[conn] = struct{}{}
		w.mu.Unlock()
	case http.StateClosed, http.StateHijacked:
		w.mu.Lock()
		delete(w.conns, conn)
		w.mu.Unlock()
	case http.StateActive, http.StateIdle:
	}
}

// run looks until ctx ends.
func (w *watch) run(ctx context.Context) {
	tick := time.NewTicker(w.step)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		w.look(w.now.Add(1))
	}
}

// look closes what is over its time. Its server then tells by turn that it is gone.
func (w *watch) look(now int64) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for c := range w.conns {
		since := c.since.Load()
		if time.Duration(now-since/statesRoom)*w.step > w.limits.of(http.ConnState(since%statesRoom)) {
			_ = c.Close()
		}
	}
}

func (l limits) of(state http.ConnState) time.Duration {
	switch state {
	case http.StateNew:
		return l.first
	case http.StateIdle:
		return l.idle
	default:
		return l.active
	}
}

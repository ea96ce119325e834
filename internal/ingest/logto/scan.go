package logto

import (
	"context"
	"errors"
	"fmt"
	"hash/maphash"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/gatehouse-authz/gatehouse/internal/authz"
)

// A pace keeps scans from asking more often than they may.
type pace struct {
	mu   sync.Mutex
	next time.Time // guarded by mu
}

// wait returns when the next request may be made.
func (p *pace) wait(ctx context.Context, pause time.Duration) error {
	if pause <= 0 {
		return ctx.Err()
	}
	p.mu.Lock()
	at := time.Now()
	if at.Before(p.next) {
		at = p.next
	}
	p.next = at.Add(pause)
	p.mu.Unlock()
	return sleep(ctx, time.Until(at))
}

func sleep(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-t.C:
		return nil
	}
}

const (
	pageSize = 100 // Logto's greatest
	// overlap is how many rows a page repeats at least of the pages before, and
	// leastPage how small it may become for that.
	overlap   = 8
	leastPage = 64
	// passes is how often a list is read again that did not hold still.
	passes = 3
	// patience is how often a scan asks again for a page that Logto did not give.
	patience = 6
	// firstPause is how long it waits then at first; each time twice as long.
	firstPause = 250 * time.Millisecond
)

// window is the page of Logto's arithmetic (number from 1, size) that begins at
// least overlap rows before end, and the offset of its first row. Pages begin at
// multiples of their size, so the size is chosen that repeats the fewest rows.
func window(end int) (number, size, from int) {
	if end <= overlap {
		return 1, pageSize, 0
	}
	number, size, from = 1, pageSize, 0
	best := -1
	for s := pageSize; s >= leastPage; s-- {
		back := end % s
		if back < overlap {
			continue
		}
		if fresh := s - back; fresh > best {
			best, size, number, from = fresh, s, end/s+1, end-back
		}
	}
	if best < 0 { // no size repeats enough: read the last whole page again
		number, size = max(1, end/pageSize), pageSize
		from = (number - 1) * pageSize
	}
	return number, size, from
}

// scan reads a whole list and gives each row once, a page at a time. whole reports
// that as many rows were seen as Logto counted: rows that shift from page to page
// because others are deleted are found where the pages overlap, and a list that
// did not hold still is read again. The list must keep its order but for rows that
// come and go; paced scans wait their turn and are patient.
func (c *Client) scan(ctx context.Context, path string, paced bool, yield func([]message) error) (whole bool, err error) {
	seen := sightings{seed: maphash.MakeSeed(), rows: map[uint64]struct{}{}}
	for range passes {
		if whole, err = c.pass(ctx, path, paced, &seen, yield); err != nil || whole {
			return whole, err
		}
	}
	return false, nil
}

// sightings are the rows that a scan has given, by hashes: a list may be long.
type sightings struct {
	seed maphash.Seed
	rows map[uint64]struct{}
}

// first reports whether the row is seen for the first time.
func (s *sightings) first(id string) bool {
	h := maphash.String(s.seed, id)
	_, again := s.rows[h]
	s.rows[h] = struct{}{}
	return !again
}

// has reports whether the row was seen.
func (s *sightings) has(id string) bool {
	_, there := s.rows[maphash.String(s.seed, id)]
	return there
}

// pass reads the list once. What it has met is the list's beginning up to some row,
// so a page that holds a row met before begins within it, and nothing lies between.
func (c *Client) pass(ctx context.Context, path string, paced bool, seen *sightings, yield func([]message) error) (whole bool, err error) {
	met := sightings{seed: seen.seed, rows: map[uint64]struct{}{}}
	for end := 0; ; {
		number, size, from := window(end)
		rows, total, err := c.page(ctx, path, number, size, paced)
		if err != nil {
			return false, err
		}
		meets, ids, fresh := from == 0, make([]string, len(rows)), []message(nil)
		for i, r := range rows {
			if ids[i], err = r.id("id"); err != nil {
				return false, authz.Errorf(authz.Unavailable, "a row of logto's %s has no id", path)
			}
			meets = meets || met.has(ids[i])
			if seen.first(ids[i]) {
				fresh = append(fresh, r)
			}
		}
		if meets { // else a page that meets these rows would prove nothing
			for _, id := range ids {
				met.first(id)
			}
		}
		if len(fresh) > 0 {
			if err := yield(fresh); err != nil {
				return false, err
			}
		}
		switch {
		case !meets: // rows before have gone: go back until the pages meet
			end = max(0, from-pageSize/2)
		case len(rows) < size:
			return len(met.rows) >= total, nil
		default:
			end = from + len(rows)
		}
	}
}

// page asks for one page of a list, and how long the list is.
func (c *Client) page(ctx context.Context, path string, number, size int, paced bool) (rows []message, total int, err error) {
	sign := "?"
	if strings.Contains(path, "?") {
		sign = "&"
	}
	address := fmt.Sprintf("%s%spage=%d&page_size=%d", path, sign, number, size)
	for attempt := 1; ; attempt++ {
		var wait time.Duration
		if rows, total, wait, err = c.askPage(ctx, address, paced); err == nil || !paced || attempt == patience || ctx.Err() != nil {
			return rows, total, err
		}
		if sleepErr := sleep(ctx, max(wait, firstPause<<(attempt-1))); sleepErr != nil {
			return nil, 0, errors.Join(err, sleepErr)
		}
	}
}

// askPage asks once; wait is how long Logto wants not to be asked.
func (c *Client) askPage(ctx context.Context, address string, paced bool) (rows []message, total int, wait time.Duration, err error) {
	if paced {
		if err := c.pace.wait(ctx, c.Pause); err != nil {
			return nil, 0, 0, err
		}
	}
	a, err := c.get(ctx, address)
	if err != nil {
		return nil, 0, 0, err
	}
	if a.status != http.StatusOK {
		if s, err := strconv.Atoi(a.wait); err == nil {
			wait = min(time.Duration(max(s, 0))*time.Second, time.Minute)
		}
		return nil, 0, wait, a.unavailable("asked for a list")
	}
	total, err = strconv.Atoi(a.total)
	rows, listErr := decodeAs[[]message](a.body)
	if err != nil || listErr != nil {
		return nil, 0, 0, a.strange()
	}
	return rows, total, 0, nil
}

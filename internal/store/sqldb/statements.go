package sqldb

import (
	"context"
	"database/sql/driver"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
)

// SQLite reads the text of a statement each time it runs, which costs more than to
// run a small one. A keeper opens connections that keep the statements they have
// read, as pgx does by itself.
type keeper struct {
	driver driver.Driver
	dsn    string
}

// Connect implements [driver.Connector].
func (k keeper) Connect(context.Context) (driver.Conn, error) {
	c, err := k.driver.Open(k.dsn)
	if err != nil {
		return nil, err
	}
	able, ok := c.(connection)
	if !ok {
		return nil, errors.Join(fmt.Errorf("%T is not a connection that runs statements", c), c.Close())
	}
	return &keeping{connection: able, kept: map[string]*statement{}}, nil
}

// Driver implements [driver.Connector].
func (k keeper) Driver() driver.Driver { return k.driver }

// A connection is what the driver of SQLite opens.
type connection interface {
	driver.Conn
	driver.ConnBeginTx
	driver.ConnPrepareContext
	driver.ExecerContext
	driver.Pinger
	driver.QueryerContext
	driver.SessionResetter
	driver.Validator
}

const (
	// keptMost is how many statements a connection keeps: a write runs about twenty.
	keptMost = 128
	// keptLength is how long a kept text may be, in bytes. A longer one lists values,
	// as many as there happen to be, and hardly comes again.
	keptLength = 2048
)

// A keeping connection is used by one goroutine at a time: so database/sql does.
type keeping struct {
	connection
	kept map[string]*statement
	runs int64
}

// A statement has been read, and can be run any number of times.
type statement struct {
	driver.Stmt
	text    string
	order   []int // which argument each parameter is; nil if they stand in order
	lastRun int64
	running bool // its rows are being read
	once    bool // it is closed after it has run
}

// ExecContext implements [driver.ExecerContext].
func (k *keeping) ExecContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Result, error) {
	s, err := k.statement(ctx, query)
	if err != nil {
		return nil, err
	}
	if s == nil {
		return k.connection.ExecContext(ctx, query, args)
	}
	result, err := s.Stmt.(driver.StmtExecContext).ExecContext(ctx, s.arrange(args))
	return result, k.ran(s, err)
}

// QueryContext implements [driver.QueryerContext].
func (k *keeping) QueryContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Rows, error) {
	s, err := k.statement(ctx, query)
	if err != nil {
		return nil, err
	}
	if s == nil {
		return k.connection.QueryContext(ctx, query, args)
	}
	found, err := s.Stmt.(driver.StmtQueryContext).QueryContext(ctx, s.arrange(args))
	if err != nil {
		return nil, k.ran(s, err)
	}
	return &rows{Rows: found, of: k, statement: s}, nil
}

// Close closes the connection and what it keeps.
func (k *keeping) Close() error {
	var errs []error
	for _, s := range k.kept {
		errs = append(errs, s.Close())
	}
	clear(k.kept)
	return errors.Join(append(errs, k.connection.Close())...)
}

// statement is query, read, and marked as running; nil if it must be run as it
// stands.
func (k *keeping) statement(ctx context.Context, query string) (*statement, error) {
	k.runs++
	if s, ok := k.kept[query]; ok && !s.running {
		s.running, s.lastRun = true, k.runs
		return s, nil
	} else if ok { // a query inside the loop over its own rows
		return nil, nil
	}
	text, order, ok := positional(query)
	if !ok {
		return nil, nil
	}
	read, err := k.PrepareContext(ctx, text)
	if err != nil {
		return nil, err
	}
	s := &statement{Stmt: read, text: query, order: order, lastRun: k.runs, running: true, once: len(query) > keptLength}
	if !s.once {
		k.makeRoom()
		k.kept[query] = s
	}
	return s, nil
}

// makeRoom closes the statement that has not run for longest, if there are too many.
func (k *keeping) makeRoom() {
	if len(k.kept) < keptMost {
		return
	}
	var oldest *statement
	for _, s := range k.kept {
		if !s.running && (oldest == nil || s.lastRun < oldest.lastRun) {
			oldest = s
		}
	}
	if oldest != nil {
		delete(k.kept, oldest.text)
		_ = oldest.Close() // says again what its last run said
	}
}

// ran ends a run. A statement that failed is not run again.
func (k *keeping) ran(s *statement, err error) error {
	s.running = false
	if err == nil && !s.once {
		return nil
	}
	if !s.once {
		delete(k.kept, s.text)
	}
	_ = s.Close() // says again what its last run said
	return err
}

// rows end a run when they are closed.
type rows struct {
	driver.Rows
	of        *keeping
	statement *statement
	err       error
}

// Next implements [driver.Rows].
func (r *rows) Next(into []driver.Value) error {
	err := r.Rows.Next(into)
	if err != nil && !errors.Is(err, io.EOF) {
		r.err = err
	}
	return err
}

// Close implements [driver.Rows].
func (r *rows) Close() error {
	err := r.Rows.Close()
	_ = r.of.ran(r.statement, errors.Join(r.err, err))
	return err
}

// arrange puts arguments in the order of the statement's parameters.
func (s *statement) arrange(args []driver.NamedValue) []driver.NamedValue {
	if s.order == nil {
		return args
	}
	out := make([]driver.NamedValue, len(s.order))
	for i, which := range s.order {
		if which < len(args) { // or the driver says that it is missing
			out[i] = driver.NamedValue{Ordinal: i + 1, Value: args[which].Value}
		}
	}
	return out
}

// positional is a statement of house SQL with ? for each $n, and which argument each
// is: the driver finds a ? by its place, and looks for a $n among the names of all. It
// refuses what is not one statement with such parameters.
func positional(query string) (text string, order []int, ok bool) {
	var out strings.Builder
	out.Grow(len(query))
	inOrder := true
	for i := 0; i < len(query); i++ {
		switch c := query[i]; c {
		case '\'':
			end := strings.IndexByte(query[i+1:], '\'')
			if end < 0 {
				return "", nil, false
			}
			out.WriteString(query[i : i+end+2])
			i += end + 1
		case '$':
			n := i + 1
			for n < len(query) && '0' <= query[n] && query[n] <= '9' {
				n++
			}
			which, err := strconv.Atoi(query[i+1 : n])
			if err != nil || which == 0 {
				return "", nil, false
			}
			inOrder = inOrder && which == len(order)+1
			order = append(order, which-1)
			out.WriteByte('?')
			i = n - 1
		case '"', '`', '[', '?', '@', ':', ';':
			return "", nil, false
		default:
			if pair := query[i:min(i+2, len(query))]; pair == "--" || pair == "/*" {
				return "", nil, false
			}
			out.WriteByte(c)
		}
	}
	if inOrder {
		order = nil
	}
	return out.String(), order, true
}

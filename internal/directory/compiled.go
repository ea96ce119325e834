package directory

import (
	"context"
	"maps"
	"reflect"
	"sync"

	"github.com/gatehouse-authz/gatehouse/internal/authz"
	"github.com/gatehouse-authz/gatehouse/internal/mapping"
)

// mappings are the mappings of environments, compiled once for each that there is.
type mappings struct {
	mu     sync.Mutex
	latest map[authz.EnvID]*mapping.Compiled
	failed map[string]int64 // by the failing expression's name
}

// compiled is the mapping of the environment that v reads. One that does not compile,
// which only another version can have kept, gives nothing by what does not.
func (d *Directory) compiled(ctx context.Context, v View, env authz.EnvID) (*mapping.Compiled, error) {
	m, err := v.SourceMapping(ctx)
	if err != nil {
		return nil, err
	}
	d.mappings.mu.Lock()
	defer d.mappings.mu.Unlock()
	if c := d.mappings.latest[env]; c != nil && reflect.DeepEqual(c.Mapping, m) {
		return c, nil
	}
	c, _ := mapping.Compile(m)
	if d.mappings.latest == nil {
		d.mappings.latest = map[authz.EnvID]*mapping.Compiled{}
	}
	d.mappings.latest[env] = c
	return c, nil
}

// note counts expressions that failed for somebody who was written.
func (m *mappings) note(failed []mapping.Failure) {
	if len(failed) == 0 {
		return
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.failed == nil {
		m.failed = map[string]int64{}
	}
	for _, f := range failed {
		m.failed[f.Name]++
	}
}

// FailedExpressions is how often expressions of mappings have failed for somebody
// since the process started, by the name of the expression.
func (d *Directory) FailedExpressions() map[string]int64 {
	d.mappings.mu.Lock()
	defer d.mappings.mu.Unlock()
	return maps.Clone(d.mappings.failed)
}

// Compiled is the mapping of an environment.
func (d *Directory) Compiled(ctx context.Context, env authz.EnvID) (c *mapping.Compiled, err error) {
	err = d.Store.View(ctx, env, func(ctx context.Context, l Listing) error {
		c, err = d.compiled(ctx, l, env)
		return err
	})
	return c, err
}

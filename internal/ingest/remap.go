package ingest

import (
	"context"
	"errors"
	"hash/maphash"
	"reflect"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/gatehouse-authz/gatehouse/internal/authz"
	"github.com/gatehouse-authz/gatehouse/internal/mapping"
)

// A Remapper sees to what follows from a mapping, and says it before. It is safe for
// concurrent use.
type Remapper struct {
	Reconciler *Reconciler
	Sweeping   bool   // the reconciler's sweep runs regularly
	Wake       func() // called after work was marked; must not block

	mu       sync.Mutex // held while a preview is made
	previews []preview
}

// A preview is one that was made, and of what.
type preview struct {
	of  authz.Mapping
	is  *Preview
	rev *mapping.Compiled // what was the mapping then
}

// A Preview says what would become of users if a mapping were the environment's.
type Preview struct {
	At    time.Time
	From  string // what was asked: one of the constants
	Whole bool   // everybody was looked at
	Why   string // not whole

	Users, Changed    int // looked at, and of whom something would become
	Given, Taken      int // memberships and roles
	Attributes        int // users with other attributes
	Failing           int // expressions that fail for somebody
	Made, LetGo       []string
	MadeAll, LetGoAll int
	Roles             mapping.RolesEffect

	List []mapping.Effect // by user, at most maxEffects
}

// What a Preview was made from.
const (
	FromSource   = "source"   // its census
	FromPayloads = "payloads" // those of the users that are here
	FromNothing  = "nothing"  // no source has said anything
)

const (
	// previewLimit is how long a preview may take.
	previewLimit = 20 * time.Second
	// previewAge is how long one is good for the next pages.
	previewAge = time.Minute
	maxEffects = 10_000
	keptPlans  = 4
	maxMade    = 100
)

// Remap has what follows from the mapping looked for, after it has changed: by a
// sweep, or where there is none by looking at everybody who is here.
func (r *Remapper) Remap(ctx context.Context) error {
	if r.Sweeping && r.Reconciler.Sweep.Active() {
		r.Reconciler.Sweep.Ask()
		return nil
	}
	x, source := r.Reconciler, r.Reconciler.Source.Name()
	defer r.Wake()
	for after := authz.TenantKey(""); ; {
		ids, next, err := x.Directory.Origins(ctx, x.Env, source, after, kept)
		if err == nil && len(ids) > 0 {
			err = x.Store.Mark(ctx, keys(x.Env, source, OrganizationSubject, ids))
		}
		if err != nil {
			return err
		}
		if after = next; next == "" {
			break
		}
	}
	return r.here(ctx, func(list []authz.UserKey) error {
		return x.Store.Mark(ctx, keys(x.Env, source, UserSubject, list))
	})
}

// here goes through the users of the source that are here.
func (r *Remapper) here(ctx context.Context, yield func([]authz.UserKey) error) error {
	x := r.Reconciler
	for after := authz.UserKey(""); ; {
		list, err := x.Directory.Mirrored(ctx, x.Env, x.Source.Name(), after, kept)
		if err != nil || len(list) == 0 {
			return err
		}
		users := make([]authz.UserKey, len(list))
		for i, m := range list {
			users[i], after = m.User, m.User
		}
		if err := yield(users); err != nil {
			return err
		}
	}
}

// Preview says what m would do, by what the source says now. It changes nothing, and
// the same mapping asked for again soon is answered from what was found.
func (r *Remapper) Preview(ctx context.Context, m authz.Mapping) (*Preview, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	is, err := r.Reconciler.Directory.Compiled(ctx, r.Reconciler.Env)
	if err != nil {
		return nil, err
	}
	r.previews = slices.DeleteFunc(r.previews, func(p preview) bool { return time.Since(p.is.At) > previewAge || p.rev != is })
	for _, p := range r.previews {
		if reflect.DeepEqual(p.of, m) {
			return p.is, nil
		}
	}
	c, err := mapping.Compile(m)
	if err != nil {
		return nil, err
	}
	p := planning{Remapper: r, m: c, is: &Preview{At: time.Now(), Whole: true}}
	limited, cancel := context.WithTimeout(ctx, previewLimit)
	defer cancel()
	err = p.make(limited)
	if err != nil && errors.Is(limited.Err(), context.DeadlineExceeded) && ctx.Err() == nil {
		p.is.Whole, p.is.Why, err = false, "it would have taken longer than "+previewLimit.String()+"; the counts are of those that were looked at", nil
	}
	if err != nil {
		return nil, err
	}
	slices.SortFunc(p.is.List, func(a, b mapping.Effect) int { return strings.Compare(string(a.User), string(b.User)) })
	r.previews = append(r.previews, preview{m, p.is, is})
	if len(r.previews) > keptPlans {
		r.previews = r.previews[1:]
	}
	return p.is, nil
}

// A planning is a preview in the making.
type planning struct {
	*Remapper
	m      *mapping.Compiled
	is     *Preview
	linked map[string]authz.TenantKey // of organizations, by id
}

func (p *planning) make(ctx context.Context) error {
	x := p.Reconciler
	images, err := x.Directory.Images(ctx, x.Env, x.Source.Name())
	if err != nil {
		return err
	}
	p.linked = map[string]authz.TenantKey{}
	for t, id := range images {
		p.linked[id] = t
	}
	if x.Sweep.Active() {
		p.is.From = FromSource
		return p.census(ctx)
	}
	p.is.From = FromNothing
	return p.here(ctx, func(users []authz.UserKey) error {
		p.is.From = FromPayloads
		var accounts []authz.Account
		for _, u := range users {
			a, known, err := x.observe(ctx, Subject{Kind: UserSubject, ID: string(u)})
			if err != nil {
				return err
			}
			if known && a.Exists {
				accounts = append(accounts, a)
			}
		}
		return p.foresee(ctx, accounts)
	})
}

// census goes through everything that the source has.
func (p *planning) census(ctx context.Context) error {
	census, seed := p.Reconciler.Sweep.Census, maphash.MakeSeed()
	who := newRoster(func(s string) uint64 { return maphash.String(seed, s) })
	roles, still, err := p.Reconciler.Sweep.templates(ctx, p.m)
	if err != nil {
		return err
	}
	if still {
		if p.is.Roles, err = p.Reconciler.Directory.ForeseeRoles(ctx, p.Reconciler.Env, p.m, p.Reconciler.Source.Name(), roles); err != nil {
			return err
		}
	}
	var ids []string
	whole, err := census.Organizations(ctx, func(list []authz.SourceOrganization) error {
		for _, o := range list {
			who.addOrganization(o)
			ids = append(ids, o.ID)
			p.organization(o.ID)
		}
		return nil
	})
	unsure := !whole || !still
	for _, id := range ids {
		if err != nil {
			return err
		}
		whole, err = census.Members(ctx, id, func(list []authz.Member) error {
			who.addMembers(id, list)
			return nil
		})
		unsure = unsure || !whole
	}
	if err != nil {
		return err
	}
	if whole, err = census.Roles(ctx, func(name string, holders []authz.UserKey) error {
		who.addHolders(name, holders)
		return nil
	}); err != nil {
		return err
	}
	unsure = unsure || !whole
	whole, err = census.Users(ctx, func(list []authz.Account) error { return p.users(ctx, who, list) })
	if unsure || !whole {
		p.is.Whole, p.is.Why = false, "a list of the source did not hold still, so somebody may have been missed"
	}
	return err
}

func (p *planning) users(ctx context.Context, who *roster, list []authz.Account) error {
	var accounts []authz.Account
	for _, a := range list {
		if a.Facts == nil { // it cannot be read, and stays as it is
			continue
		}
		a, err := arrived(ctx, p.m, p.Reconciler.Source, who.place(a))
		if err != nil {
			return err
		}
		accounts = append(accounts, a)
	}
	return p.foresee(ctx, accounts)
}

// organization notes whether a tenant would be made of it, or let go.
func (p *planning) organization(id string) {
	key, wanted := p.m.TenantKey(id)
	old, linked := p.linked[id]
	switch {
	case wanted && !linked:
		p.is.Made, p.is.MadeAll = upTo(p.is.Made, string(key)), p.is.MadeAll+1
	case !wanted && linked:
		p.is.LetGo, p.is.LetGoAll = upTo(p.is.LetGo, string(old)), p.is.LetGoAll+1
	}
}

func upTo(list []string, s string) []string {
	if len(list) < maxMade {
		list = append(list, s)
	}
	return list
}

// foresee counts what would become of some users.
func (p *planning) foresee(ctx context.Context, accounts []authz.Account) error {
	effects, err := p.Reconciler.Directory.Foresee(ctx, p.Reconciler.Env, p.m, p.linked, accounts)
	p.is.Users += len(accounts)
	for _, e := range effects {
		p.is.Given, p.is.Taken, p.is.Failing = p.is.Given+len(e.Given), p.is.Taken+len(e.Taken), p.is.Failing+len(e.Failed)
		if len(e.Attributes) > 0 {
			p.is.Attributes++
		}
		if len(e.Given)+len(e.Taken)+len(e.Attributes) > 0 {
			p.is.Changed++
		}
		if len(p.is.List) < maxEffects {
			p.is.List = append(p.is.List, e)
		}
	}
	return err
}

// After are the effects on users after one, at most limit, and where to go on; none
// is the end.
func (p *Preview) After(after authz.UserKey, limit int) (page []mapping.Effect, next authz.UserKey) {
	i, _ := slices.BinarySearchFunc(p.List, after, func(e mapping.Effect, u authz.UserKey) int {
		if e.User > u {
			return 1
		}
		return -1
	})
	page = p.List[i:]
	if len(page) > limit {
		page = page[:limit]
		next = page[limit-1].User
	}
	return page, next
}

package ingest

import (
	"context"
	"maps"
	"reflect"
	"slices"
	"time"

	"github.com/gatehouse-authz/gatehouse/internal/authz"
)

const (
	// proofPause is how long after a proof that was made while subjects waited the
	// next is made at first; each time twice as long, at most maxProofPause.
	proofPause    = 500 * time.Millisecond
	maxProofPause = 30 * time.Second
)

// settle proves again and again until no subject waits to be looked at, until the
// next sweep is due or one is asked for.
func (s *Sweep) settle(ctx context.Context, next time.Time) {
	for pause := proofPause; ; pause = min(2*pause, maxProofPause) {
		p, err := s.Prove(ctx)
		if err != nil && ctx.Err() == nil {
			s.Log.Warn("what the sweep saw cannot be compared", "source", s.Source, "error", err)
		}
		if err != nil || p.Unsettled == 0 || !time.Now().Before(next) {
			return
		}
		t := time.NewTimer(min(pause, time.Until(next)))
		select {
		case <-t.C:
		case <-ctx.Done():
			t.Stop()
			return
		case <-s.asked:
			t.Stop()
			s.Ask()
			return
		}
	}
}

// Proof returns the last proof; without one its verdict is Unsure.
func (s *Sweep) Proof(ctx context.Context) (Proof, error) {
	p, found, err := s.Proofs.Proof(ctx, s.Env, s.Source)
	if err == nil && !found {
		p = Proof{Verdict: Unsure, Why: "no sweep has come to its end"}
	}
	return p, err
}

// Prove compares what the last sweep was told with what the directory holds now,
// asks again about what differs, and keeps the result. A process that has not come
// to the end of a sweep has nothing to compare with, and returns the last proof.
func (s *Sweep) Prove(ctx context.Context) (Proof, error) {
	last, err := s.Proof(ctx)
	s.mu.Lock()
	c := s.told
	progress := s.progress
	s.mu.Unlock()
	if err != nil || c == nil {
		return last, err
	}
	x := comparison{count: c, proof: Proof{SweptAt: progress.StartedAt, LastEqualAt: last.LastEqualAt}}
	if s.Unsettled != nil {
		if x.proof.Unsettled, err = s.Unsettled(ctx); err != nil {
			return last, err
		}
	}
	m, err := s.Directory.Compiled(ctx, s.Env)
	if err != nil {
		return last, err
	}
	if err := x.compare(ctx); err != nil {
		return last, err
	}
	p := x.proof
	p.At = time.Now()
	switch {
	case !reflect.DeepEqual(m.Mapping, c.mapping.Mapping):
		p.Verdict, p.Why = Unsure, "the mapping has changed since the sweep"
	case p.Total > 0:
		p.Verdict = Different
	case !progress.Whole:
		p.Verdict, p.Why = Unsure, "a list of the source did not hold still, so somebody may have been missed"
	default:
		p.Verdict, p.LastEqualAt = Equal, p.At
	}
	return p, s.Proofs.SaveProof(ctx, s.Env, s.Source, p)
}

// Repair has everything looked at again that the last proof lists, and returns how
// many subjects that are.
func (s *Sweep) Repair(ctx context.Context) (int, error) {
	p, err := s.Proof(ctx)
	if err != nil || len(p.Differences) == 0 {
		return 0, err
	}
	work := make([]string, len(p.Differences))
	for i, d := range p.Differences {
		if work[i] = WorkKey(s.Env, s.Source, d.Subject); d.Subject.Kind == RoleSubject {
			work[i] = WorkKey(s.Env, s.Source, allTemplates)
		}
	}
	if err := s.Store.Mark(ctx, work); err != nil {
		return 0, err
	}
	s.Wake()
	return len(work), nil
}

// A comparison is a proof in the making.
type comparison struct {
	*count
	here   side
	images map[authz.TenantKey]string
	proof  Proof
}

// compare fills in the proof.
func (x *comparison) compare(ctx context.Context) (err error) {
	if x.images, err = x.Directory.Images(ctx, x.Env, x.Source); err != nil {
		return err
	}
	x.organizationsHere()
	if err := x.usersHere(ctx); err != nil {
		return err
	}
	x.proof.Failing, x.proof.Failures = x.tally.failing, x.tally.failures
	x.proof.There, x.proof.Here = x.tally.there.result(), x.here.result()
	settled := x.proof.Unsettled == 0
	if settled { // else what differs is about to be looked at
		err = x.again(ctx)
	}
	if err == nil && x.rolesWhole {
		err = x.rolesHere(ctx, settled)
	}
	if err != nil || !settled {
		return err
	}
	if x.proof.Total == 0 { // each was equal when it was asked for
		x.proof.There = x.proof.Here
	}
	return nil
}

// rolesHere compares the roles that are made of the source's, and if they differ asks for
// those again.
func (x *comparison) rolesHere(ctx context.Context, again bool) error {
	e, err := x.Directory.ForeseeRoles(ctx, x.Env, x.mapping, x.Source, x.sourceRoles)
	if err != nil || e.Nothing() {
		return err
	}
	if again {
		list, whole, err := x.templates(ctx, x.mapping)
		if err == nil && whole {
			e, err = x.Directory.ForeseeRoles(ctx, x.Env, x.mapping, x.Source, list)
		}
		if err != nil && (authz.KindOf(err) != authz.Unavailable || ctx.Err() != nil) {
			return err
		}
		if e.Nothing() {
			x.proof.ChangedSince++
		}
	}
	for _, of := range []struct {
		roles []authz.RoleKey
		cause Cause
	}{{e.Made, MissingHere}, {e.Changed, Differs}, {e.Removed, NotThere}} {
		for _, key := range of.roles {
			x.differs(RoleSubject, string(key), of.cause)
		}
	}
	return nil
}

// organizationsHere compares the tenants that are organizations.
func (x *comparison) organizationsHere() {
	there := map[string]bool{}
	for _, id := range slices.Sorted(maps.Values(x.images)) {
		x.here.organization(id)
		there[id] = true
		if _, wanted := x.tally.wanted[id]; !wanted {
			x.differs(OrganizationSubject, id, NotThere)
		}
	}
	for _, id := range slices.Sorted(maps.Keys(x.tally.wanted)) {
		if !there[id] {
			x.differs(OrganizationSubject, id, MissingHere)
		}
	}
}

// usersHere compares the users that are here, and finds those that are not.
func (x *comparison) usersHere(ctx context.Context) error {
	met := map[uint64]struct{}{}
	for after := authz.UserKey(""); ; {
		list, err := x.Directory.Mirrored(ctx, x.Env, x.Source, after, kept)
		if err != nil {
			return err
		}
		for _, m := range list {
			after = m.User
			u := x.hash(string(m.User))
			met[u] = struct{}{}
			d := x.here.user(m.User, suspension(true, m.Suspended), x.factsHere(m))
			if there, seen := x.tally.users[u]; !seen {
				x.differs(UserSubject, string(m.User), NotThere)
			} else if there != d {
				x.differs(UserSubject, string(m.User), Differs)
			}
		}
		if len(list) < kept {
			break
		}
	}
	x.missing(met)
	return nil
}

// missing finds the users that were not met here. The next sweep names those who
// went after this one had passed them.
func (x *comparison) missing(met map[uint64]struct{}) {
	var names []authz.UserKey
	for u := range x.tally.users {
		if _, here := met[u]; here {
			continue
		}
		if name, known := x.tally.names[u]; known {
			names = append(names, name)
		} else {
			x.proof.Total++
		}
	}
	slices.Sort(names)
	for _, name := range names {
		x.differs(UserSubject, string(name), MissingHere)
	}
}

// factsHere sums up what a user holds here, and notes what of it waits.
func (x *comparison) factsHere(m authz.Mirrored) (sum digest) {
	for _, g := range m.Gifts {
		sum = sum.plus(x.here.fact(x.placeOf(x.images, g), g))
	}
	for i, g := range m.Waiting {
		if i > 0 && m.Waiting[i-1].Role == g.Role && m.Waiting[i-1].Tenant == g.Tenant {
			continue // the same assignment, by another giver
		}
		x.proof.Waiting++
		if len(x.proof.Waits) < MaxDifferences {
			x.proof.Waits = append(x.proof.Waits, Wait{User: m.User, Role: g.Role, Tenant: g.Tenant})
		}
	}
	return sum
}

func (x *comparison) differs(kind SubjectKind, id string, cause Cause) {
	x.proof.Total++
	if len(x.proof.Differences) < MaxDifferences {
		x.proof.Differences = append(x.proof.Differences, Difference{Subject: Subject{Kind: kind, ID: id}, Cause: cause})
	}
}

// again asks about each difference that is listed, and leaves those that are.
func (x *comparison) again(ctx context.Context) error {
	var still []Difference
	for _, d := range x.proof.Differences {
		look := x.user
		if d.Subject.Kind == OrganizationSubject {
			look = x.organization
		}
		now, differs, err := look(ctx, d.Subject)
		switch {
		case err == nil && !differs:
			x.proof.Total--
			x.proof.ChangedSince++
			continue
		case err == nil:
			d = now
		case authz.KindOf(err) == authz.Unavailable && ctx.Err() == nil:
			d.Cause, d.Fields = Unreadable, []string{err.Error()}
		default:
			return err
		}
		still = append(still, d)
	}
	x.proof.Differences = still
	return nil
}

func nothing(context.Context) ([]Delivery, error) { return nil, nil }

// user compares a user with what the source says of it now.
func (x *comparison) user(ctx context.Context, s Subject) (d Difference, differs bool, err error) {
	d.Subject = s
	a, known, err := x.Truth.Observe(ctx, s, nothing)
	if err == nil && known {
		a, err = arrived(ctx, x.mapping, x.Truth, a)
	}
	if err != nil || !known {
		return d, false, err
	}
	c, err := x.Directory.Compare(ctx, x.Env, a)
	switch {
	case err != nil:
	case a.Exists && !c.Here:
		d.Cause = MissingHere
	case !a.Exists && c.Here:
		d.Cause = NotThere
	case len(c.Fields) > 0:
		d.Cause, d.Fields = Differs, c.Fields
	}
	return d, d.Cause != "", err
}

// organization compares an organization likewise.
func (x *comparison) organization(ctx context.Context, s Subject) (d Difference, differs bool, err error) {
	d.Subject = s
	o, known, err := x.Truth.ObserveOrganization(ctx, s, nothing)
	if err != nil || !known {
		return d, false, err
	}
	images, err := x.Directory.Images(ctx, x.Env, x.Source)
	here := slices.Contains(slices.Collect(maps.Values(images)), s.ID)
	_, wanted := x.mapping.TenantKey(s.ID)
	switch wanted = wanted && o.Exists; {
	case wanted && !here:
		d.Cause = MissingHere
	case !wanted && here:
		d.Cause = NotThere
	}
	return d, d.Cause != "", err
}

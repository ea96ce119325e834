package logto

import (
	"strings"

	"github.com/gatehouse-authz/gatehouse/internal/authz"
	"github.com/gatehouse-authz/gatehouse/internal/ingest"
)

// fold tells what the payloads say of one user, in whatever order and however
// often they are given. ok is false if none states the whole user or its end.
//
// The bodies are read again and what is kept beside them is not used: the rules
// of this version decide, not those of the version that received them.
func fold(id string, deliveries []ingest.Delivery) (authz.Account, bool) {
	best := map[ingest.Aspect]reading{}
	for _, d := range deliveries {
		r, err := read(d.Body)
		if err != nil || r.Standing != ingest.Live || r.Subject != (ingest.Subject{Kind: ingest.UserSubject, ID: id}) {
			continue
		}
		if kept, ok := best[r.Aspect]; !ok || later(r.Delivery, kept.Delivery) {
			best[r.Aspect] = r
		}
	}
	// Ids are never used again, so the end holds against any version: a payload
	// built before the deletion may arrive after it.
	if _, ok := best[ingest.GoneAspect]; ok {
		return gone(id), true
	}
	whole, ok := best[ingest.WholeAspect]
	if !ok {
		return authz.Account{}, false
	}
	u := whole.whole
	if r, ok := best[ingest.CustomDataAspect]; ok && r.Version > whole.Version {
		u.customData = r.part
	}
	if r, ok := best[ingest.ProfileAspect]; ok && r.Version > whole.Version {
		u.profile, _ = readProfile(r.part)
		u.about = r.part
	}
	return u.account(), true
}

// later orders payloads of one aspect as [ingest.Delivery] promises.
func later(a, b ingest.Delivery) bool {
	if a.Version != b.Version {
		return a.Version > b.Version
	}
	if c := a.SentAt.Compare(b.SentAt); c != 0 {
		return c > 0
	}
	return strings.Compare(a.Digest, b.Digest) > 0
}

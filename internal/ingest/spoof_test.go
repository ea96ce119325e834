package ingest_test

import (
	"bytes"
	"encoding/json"
	"math/rand/v2"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/gatehouse-authz/gatehouse/internal/authz"
	"github.com/gatehouse-authz/gatehouse/internal/demo/logtosim"
	"github.com/gatehouse-authz/gatehouse/internal/ingest/logto"
)

// payloadsAlone makes the bridge work from what webhooks say, without asking Logto.
func (b *bridge) payloadsAlone() {
	source := &logto.Source{SigningKeys: []string{signingKey}}
	b.inbox.Source, b.reconciler.Source, b.reconciler.Sweep = source, source, nil
}

// deliverAll takes in every delivery that nobody has looked at, in order, and does
// the work.
func (b *bridge) deliverAll() {
	b.t.Helper()
	all := b.sim.Deliveries()
	for _, d := range all[b.taken:] {
		_, err := b.inbox.Accept(b.t.Context(), d.Header, d.Body)
		b.ok(err)
	}
	b.taken = len(all)
	b.work(0)
}

// inBothModes runs a test with Logto asked, and with payloads alone.
func inBothModes(t *testing.T, test func(t *testing.T, b *bridge, alone bool)) {
	t.Helper()
	for name, alone := range map[string]bool{"Logto is asked": false, "payloads alone": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := newBridge(t)
			if alone {
				b.payloadsAlone()
			}
			test(t, b, alone)
		})
	}
}

// poses are what people write into their custom data to be somebody else, or more
// than they are.
var poses = []string{
	`{"id":"WHO","isSuspended":false}`,
	`{"id":"WHO","username":"ann","primaryEmail":"ann@example.org","isSuspended":false,"customData":{},"identities":{},"profile":{},"updatedAt":9999999999999,"createdAt":1,"name":"Ann"}`,
	`{"userId":"WHO","user":{"id":"WHO","isSuspended":false}}`,
	`{"params":{"userId":"WHO"},"matchedRoute":"/users/:userId/is-suspended","data":{"id":"WHO","isSuspended":false}}`,
	`{"event":"User.Deleted","data":{"id":"WHO"},"params":{"userId":"WHO"}}`,
	`{"event":"Organization.Membership.Updated","organizationId":"acme","addedUserIds":["WHO"],"organizationRoles":["editor"]}`,
	`{"suspended":false,"roles":["editor"],"role_assignments":[{"role":"editor","tenant":"default"}],"key":"WHO"}`,
	`{"hookId":"x","data":{"result":"success"},"path":"/fake-path/:id"}`,
}

// TestPosingInCustomDataChangesNobodyElse: whatever a suspended user writes, it stays
// suspended, another stays what it is, and nobody comes to hold anything.
func TestPosingInCustomDataChangesNobodyElse(t *testing.T) {
	t.Parallel()
	inBothModes(t, func(t *testing.T, b *bridge, _ bool) {
		ctx := t.Context()
		name := "Ann"
		victim, err := b.sim.Create(ctx, logtosim.Fields{"username": "ann", "name": name})
		b.ok(err)
		mallory, err := b.sim.Create(ctx, logtosim.Fields{"username": "mallory"})
		b.ok(err)
		b.deliverAll() // payloads of one millisecond count in the order in which they come
		for _, id := range []string{victim.ID, mallory.ID} {
			_, err = b.sim.Suspend(ctx, id, true)
			b.ok(err)
		}
		b.deliverAll()
		for _, pose := range poses {
			for _, who := range []string{victim.ID, mallory.ID, "fake-id"} {
				var data map[string]any
				b.ok(json.Unmarshal([]byte(strings.ReplaceAll(pose, "WHO", who)), &data))
				_, err = b.sim.PatchCustomData(ctx, mallory.ID, data)
				b.ok(err)
				b.deliverAll()
				_, err = b.sim.Patch(ctx, mallory.ID, logtosim.Fields{"customData": data})
				b.ok(err)
				b.deliverAll()
				if diff := cmp.Diff(sameRoles.Wanted(b.sim.State()), b.facts()); diff != "" {
					t.Fatalf("%s as %s (-Logto +here)\n%s", pose, who, diff)
				}
			}
		}
	})
}

// TestForgedDeliveriesChangeNothing: without the signing key nothing is taken in that
// a forger makes of real deliveries, and nobody is looked at.
func TestForgedDeliveriesChangeNothing(t *testing.T) {
	t.Parallel()
	inBothModes(t, func(t *testing.T, b *bridge, _ bool) {
		ctx := t.Context()
		ann, err := b.sim.Create(ctx, logtosim.Fields{"username": "ann"})
		b.ok(err)
		_, err = b.sim.Suspend(ctx, ann.ID, true)
		b.ok(err)
		b.deliverAll()
		is, refused := b.facts(), b.inbox.Counts().Refused
		for _, d := range b.sim.Deliveries() {
			right := d.Header.Get(logtosim.SignatureHeader)
			free := bytes.Replace(d.Body, []byte(`"isSuspended":true`), []byte(`"isSuspended":false`), 1)
			spaced := append(slices.Clone(d.Body), ' ')
			for name, forged := range map[string]struct {
				signatures []string
				body       []byte
			}{
				"unsigned":                   {nil, d.Body},
				"an empty signature":         {[]string{""}, d.Body},
				"an empty key":               {signed("", string(d.Body))["Logto-Signature-Sha-256"], d.Body},
				"another key":                {signed("another", string(d.Body))["Logto-Signature-Sha-256"], d.Body},
				"another body":               {[]string{right}, append([]byte(`{"event":"User.Deleted"}`), free...)},
				"a space more":               {[]string{right}, spaced},
				"a byte less":                {[]string{right}, d.Body[:len(d.Body)-1]},
				"upper case":                 {[]string{strings.ToUpper(right)}, d.Body},
				"two signatures":             {[]string{"spoof", right}, d.Body},
				"two signatures in one line": {[]string{"spoof, " + right}, d.Body},
				"half a signature":           {[]string{right[:32]}, d.Body},
			} {
				if _, err := b.inbox.Accept(ctx, http.Header{"Logto-Signature-Sha-256": forged.signatures}, forged.body); authz.KindOf(err) != authz.Unauthorized {
					t.Errorf("%s: got %v, want it refused", name, err)
				}
				refused++
			}
		}
		if kept := work(t, b.store); len(kept) > 0 || b.inbox.Counts().Refused != refused {
			t.Errorf("they caused the work %q; %d are counted, want %d", kept, b.inbox.Counts().Refused, refused)
		}
		if diff := cmp.Diff(is, b.facts()); diff != "" {
			t.Errorf("(-before +after)\n%s", diff)
		}
	})
}

// TestReplayedDeliveriesChangeNothing: real deliveries again, in any order and any
// number, the sign-ups of the deleted and the suspensions that were lifted among
// them. Where Logto is asked, this holds even for a directory that has forgotten
// them all.
func TestReplayedDeliveriesChangeNothing(t *testing.T) {
	t.Parallel()
	inBothModes(t, func(t *testing.T, b *bridge, alone bool) {
		seed := rand.Uint64()
		rng := rand.New(rand.NewPCG(seed, 0))
		for range 300 {
			b.sim.RandomOperation(rng)
			b.deliverAll()
		}
		if !alone {
			b.ok(b.sweep.Once(t.Context()))
			b.work(0)
		}
		is := b.facts()
		replay := func(b *bridge) {
			all := b.sim.Deliveries()
			for range 3 {
				rng.Shuffle(len(all), func(i, j int) { all[i], all[j] = all[j], all[i] })
				for _, d := range all {
					_, err := b.inbox.Accept(t.Context(), d.Header, d.Body)
					b.ok(err)
					if rng.IntN(8) == 0 {
						b.work(rng.IntN(4))
					}
				}
				b.work(0)
			}
		}
		replay(b)
		if diff := cmp.Diff(is, b.facts()); diff != "" || len(is) < 5 {
			t.Errorf("seed %d: (-before +after the replay)\n%s", seed, diff)
		}
		if alone {
			return
		}
		client := b.reconciler.Source.(*logto.Source).Client
		forgetful := bridgeFrom(t, b.sim, client.Endpoint)
		replay(forgetful)
		b.ok(forgetful.sweep.Once(t.Context()))
		forgetful.work(0)
		if diff := cmp.Diff(is, forgetful.facts()); diff != "" {
			t.Errorf("seed %d: one that has forgotten them (-before +after the replay)\n%s", seed, diff)
		}
	})
}

package server

import (
	"cmp"
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/gatehouse-authz/gatehouse/internal/authz"
	"github.com/gatehouse-authz/gatehouse/internal/httpapi/console"
	"github.com/gatehouse-authz/gatehouse/internal/httpapi/permitpdp"
	"github.com/gatehouse-authz/gatehouse/internal/mirror"
	"github.com/gatehouse-authz/gatehouse/internal/mirror/permitapi"
	"github.com/gatehouse-authz/gatehouse/internal/shadow"
)

// shadowed is what a comparison is kept as, among the connections.
const shadowed = "shadow"

// A sealedShadow is what is kept of a [shadow.Setting], encrypted.
type sealedShadow struct {
	Share   float64 `json:"share"`
	Address string  `json:"pdp_url"`
	Key     string  `json:"key"`
	Account string  `json:"account"`
}

// overshadow makes the comparison with accounts.
func (s *Server) overshadow() {
	s.shadow = &shadow.Shadow{
		Settings: &shadowSettings{Server: s, told: map[authz.EnvID]string{}}, Ledger: s.store.Shadows(), Snapshots: s.follower, Log: s.config.Log,
		Explain: permitpdp.DebugBlock,
		Dial: func(set shadow.Setting) shadow.PDP {
			pdp, err := permitapi.NewPDP(set.Address, set.Key)
			if err != nil {
				return deaf{err} // what is kept was valid when it was set
			}
			return pdp
		},
		Mirror: func(ctx context.Context, env authz.EnvID) (mirror.Summary, bool, error) {
			if s.mirror == nil || s.mirror.Env != env {
				return mirror.Summary{}, false, nil
			}
			is, err := s.store.Mirrors().Summary(ctx, env)
			return is, true, err
		},
	}
	s.decisions.Witness = s.shadow
}

// deaf is a decision point that cannot be asked.
type deaf struct{ err error }

func (d deaf) Allowed(context.Context, authz.Query, bool) (bool, []byte, error) {
	return false, nil, d.err
}

// shadowSettings are the settings that the store keeps.
type shadowSettings struct {
	*Server
	mu   sync.Mutex
	told map[authz.EnvID]string // what was said of settings that cannot be read
}

// Compared implements [shadow.Settings].
func (s *shadowSettings) Compared(ctx context.Context) (map[authz.EnvID]shadow.Setting, error) {
	kept, err := s.store.Connections(ctx, shadowed)
	if err != nil {
		return nil, err
	}
	all := map[authz.EnvID]shadow.Setting{}
	for env, sealed := range kept {
		set, err := s.unseal(env, sealed)
		if err == nil {
			all[env] = set
			continue
		}
		s.mu.Lock()
		if s.told[env] != sealed {
			s.told[env] = sealed
			s.config.Log.Error("the stored comparison with an account is not used; set it again", "environment", env, "error", err)
		}
		s.mu.Unlock()
	}
	return all, nil
}

// shadowPlace is where the comparison of an environment is sealed.
func shadowPlace(env authz.EnvID) string { return shadowed + "/" + string(env) }

func (s *Server) unseal(env authz.EnvID, sealed string) (shadow.Setting, error) {
	var kept sealedShadow
	text, err := s.master.Open(shadowPlace(env), sealed)
	if err == nil {
		err = json.Unmarshal(text, &kept)
	}
	return shadow.Setting(kept), err
}

// askOnce bounds the question that shows whether a decision point can be asked.
const askOnce = 15 * time.Second

// merged is the setting that w makes of another. A key that is kept goes to no other
// address.
func merged(was shadow.Setting, w console.ShadowWish) (shadow.Setting, error) {
	share, err := w.Share.Float64()
	if err != nil {
		return was, authz.InvalidField("share", "share is not a number")
	}
	is := shadow.Setting{Share: share, Address: cmp.Or(w.Address, was.Address), Key: w.Key, Account: was.Account}
	if w.Key == "" && is.Address == was.Address {
		is.Key = was.Key
	}
	if share == 0 && is.Key == "" {
		was.Share = 0
		return was, nil
	}
	if is.Address != was.Address || is.Key != was.Key {
		is.Account = rand.Text()
	}
	return is, nil
}

// setShadow makes the comparison of an environment what w says. An error means that
// nothing has changed: Invalid if the decision point cannot be asked so.
func (s *Server) setShadow(ctx context.Context, env authz.EnvID, w console.ShadowWish) error {
	var was shadow.Setting
	sealed, ok, err := s.store.Connection(ctx, env, shadowed)
	if err == nil && ok {
		was, err = s.unseal(env, sealed)
		if _, lost := errors.AsType[*authz.Error](err); lost {
			err = nil // it is replaced
		}
	}
	if err != nil {
		return err
	}
	is, err := merged(was, w)
	if err != nil {
		return err
	}
	if is.Share > 0 {
		pdp, err := permitapi.NewPDP(is.Address, is.Key)
		if err != nil {
			return err
		}
		ctx, cancel := context.WithTimeout(ctx, askOnce)
		defer cancel()
		if _, _, err := pdp.Allowed(ctx, authz.Query{User: "gatehouse-shadow", Action: "read", Resource: "gatehouse-shadow", Tenant: "default"}, false); err != nil {
			return authz.Errorf(authz.Invalid, "nothing was changed, since the decision point cannot be asked: %v", err)
		}
	}
	text, err := json.Marshal(sealedShadow(is))
	if err != nil {
		return fmt.Errorf("keep a comparison: %w", err)
	}
	if sealed, err = s.master.Seal(shadowPlace(env), text); err != nil {
		return err
	}
	if err := s.store.KeepConnection(ctx, env, shadowed, sealed); err != nil {
		return err
	}
	s.shadow.Reload()
	return nil
}

var shadowChecks = prometheus.NewDesc("gatehouse_shadow_checks_total", "Checks since the start that were to be asked of an account's decision point too, by what came of it.", []string{"outcome"}, nil)

// compared tells what comparing came to.
func (c *collector) compared(to chan<- prometheus.Metric) {
	totals := c.server.shadow.Totals()
	for _, outcome := range []shadow.Count{shadow.Agreed, shadow.Late, shadow.Disagreed, shadow.Unsettled, shadow.Failed, shadow.Dropped} {
		to <- prometheus.MustNewConstMetric(shadowChecks, prometheus.CounterValue, float64(totals[outcome]), string(outcome))
	}
}

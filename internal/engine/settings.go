package engine

import "github.com/gatehouse-authz/gatehouse/internal/authz"

// elsewhere reports whether the instance that q names is stored in another tenant
// than the one q names, and the environment permits nothing then.
func (s *Snapshot) elsewhere(q *authz.Query) bool {
	if !s.policy.settings.InstancesInTenant || q.Instance == "" {
		return false
	}
	home, stored := s.home(q)
	return stored && home != q.Tenant
}

// home is the tenant in which the instance that q names is stored.
func (s *Snapshot) home(q *authz.Query) (authz.TenantKey, bool) {
	n, ok := s.nodeOf(q.Resource, q.Instance)
	if !ok {
		return "", false
	}
	in := s.objects.get(n).tenant
	return authz.TenantKey(s.name(in)), in != 0
}

// member reports whether the user of x holds a role in the tenant of its question.
func (x *scope) isMember() bool {
	return x.user != nil && x.tenant != 0 && x.s.anyLive(x.user.in(x.tenant))
}

// deciding are the settings that must be off for the answer to be what Permit's
// would be; none if that is the same. Of several ways it names the one that leaves
// the first settings on.
func deciding(on authz.Settings, answer func(authz.Settings) bool) (names []authz.Setting) {
	if on == (authz.Settings{}) {
		return nil
	}
	permits := answer(authz.Settings{})
	if answer(on) == permits {
		return nil
	}
	var kept authz.Settings
	for _, name := range authz.EverySetting() {
		switch {
		case !on.On(name):
		case answer(kept.With(name)) == permits:
			kept = kept.With(name)
		default:
			names = append(names, name)
		}
	}
	return names
}

// ruleHoldsUnder reports whether rules would permit want under other settings.
func (s *Snapshot) ruleHoldsUnder(settings authz.Settings, q *authz.Query, u *subject, known bool, want int) bool {
	p := s.policy.under(settings, &s.schema, want)
	as := *s
	as.policy = p
	return !q.NoAttributes && !as.elsewhere(q) && as.ruleHolds(*q, *u, known, want)
}

// under is p under other settings, for decisions about want alone.
func (p *policy) under(settings authz.Settings, from *schema, want int) *policy {
	as := *p
	as.settings = settings
	as.sets = append([]compiledSet(nil), p.sets...)
	c := compiler{policy: &as, schema: from}
	for _, r := range p.rules[want] {
		for _, place := range []int{r.users, r.resources} {
			set := &as.sets[place]
			set.condition, _ = c.condition(set.setPlace)
		}
	}
	return &as
}

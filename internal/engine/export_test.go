package engine

import "github.com/gatehouse-authz/gatehouse/internal/authz"

// Visits is how many roles on instances are looked at to find the one that q
// needs.
func Visits(s *Snapshot, q authz.Query) int {
	want := s.policy.permissions[authz.Permission{Resource: q.Resource, Action: q.Action}]
	u, _ := s.users.get(string(q.User))
	n, _ := s.nodeOf(q.Resource, q.Instance)
	w := walk{s: s, u: &u}
	for _, role := range s.policy.granting[want] {
		w.has(n, role)
	}
	return max(w.n, len(w.many))
}

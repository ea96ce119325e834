package mapping_test

import (
	"fmt"
	"testing"

	"github.com/gatehouse-authz/gatehouse/internal/authz"
	"github.com/gatehouse-authz/gatehouse/internal/mapping"
)

// BenchmarkGifts is what twenty rules cost for one user in two organizations, half of
// them asked for each organization.
func BenchmarkGifts(b *testing.B) {
	a, tenants := ann(b)
	var m authz.Mapping
	for i := range 20 {
		r := authz.MappingRule{Name: fmt.Sprint("r", i), Condition: "user.primaryEmail.endsWith('@acme.com')", Roles: []authz.RoleKey{"x"}, Tenants: []authz.TenantKey{"t"}}
		if i%2 == 0 {
			r.Condition, r.EachOrganization = "'admin' in organization.roles && organization.name.startsWith('A')", true
		}
		m.Rules = append(m.Rules, r)
	}
	c, err := mapping.Compile(m)
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		c.Gifts(a, tenants)
	}
}

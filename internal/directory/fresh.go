package directory

import (
	"time"

	"github.com/gatehouse-authz/gatehouse/internal/authz"
)

// Fresh is the first commit of an environment: what a new environment of Permit
// holds. It has the tenant "default", the built-in resources, and nothing else.
func Fresh(now time.Time) []authz.Change {
	return []authz.Change{
		authz.PutTenant{Tenant: authz.Tenant{Key: "default", ID: NewID(), Name: "Default Tenant", CreatedAt: now, UpdatedAt: now}},
		authz.PutResource{Resource: builtIn("__user", "User", now, "email", "first_name", "key", "last_name")},
		authz.PutResource{Resource: builtIn("__tenant", "Tenant", now, "key")},
	}
}

// builtIn is a resource with string attributes, given in order.
func builtIn(key authz.ResourceKey, name string, now time.Time, attributes ...string) authz.Resource {
	r := authz.Resource{Key: key, ID: NewID(), Name: name, BuiltIn: true, CreatedAt: now, UpdatedAt: now}
	for _, a := range attributes {
		r.Attributes = append(r.Attributes, authz.ResourceAttribute{Key: a, ID: NewID(), Type: "string"})
	}
	return r
}

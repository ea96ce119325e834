package permit

import (
	"github.com/gatehouse-authz/gatehouse/internal/authz"
	"github.com/gatehouse-authz/gatehouse/internal/directory"
)

func (a *API) mountDetailed(in func(pattern string, h handler)) {
	in("GET"+facts+"/role_assignments/detailed", a.listDetailedAssignments)
	in("GET"+facts+"/resource_instances/detailed", a.listDetailedInstances)
	in("GET"+facts+"/relationship_tuples/detailed", a.listDetailedTuples)
}

// assignmentDetailed is an assignment with its parties as objects.
type assignmentDetailed struct {
	ID               authz.ID          `json:"id"`
	Role             roleInDetail      `json:"role"`
	User             userInDetail      `json:"user"`
	Tenant           tenantInDetail    `json:"tenant"`
	ResourceInstance *instanceInDetail `json:"resource_instance"`
	belonging
	CreatedAt timestamp `json:"created_at"`
}

type roleInDetail struct {
	ID          authz.ID      `json:"id"`
	Key         authz.RoleKey `json:"key"`
	Name        string        `json:"name"`
	Permissions []string      `json:"permissions"`
}

type userInDetail struct {
	ID         authz.ID         `json:"id"`
	Key        authz.UserKey    `json:"key"`
	Email      *string          `json:"email"`
	FirstName  *string          `json:"first_name"`
	LastName   *string          `json:"last_name"`
	Attributes authz.Attributes `json:"attributes"`
}

type tenantInDetail struct {
	ID         authz.ID         `json:"id"`
	Key        authz.TenantKey  `json:"key"`
	Name       string           `json:"name"`
	Attributes authz.Attributes `json:"attributes"`
}

type instanceInDetail struct {
	ID         authz.ID          `json:"id"`
	Key        string            `json:"key"`
	Resource   authz.ResourceKey `json:"resource"`
	Attributes authz.Attributes  `json:"attributes"`
}

// The blocks are parts of a tuple in detail, and a tuple in the detail of an
// instance.
type (
	instanceBlock struct {
		Key        string            `json:"key"`
		Tenant     authz.TenantKey   `json:"tenant"`
		Resource   authz.ResourceKey `json:"resource"`
		Attributes authz.Attributes  `json:"attributes"`
	}
	relationBlock struct {
		Key         authz.RelationKey `json:"key"`
		Name        string            `json:"name"`
		Description *string           `json:"description"`
	}
	tenantBlock struct {
		Key         authz.TenantKey  `json:"key"`
		Name        string           `json:"name"`
		Description *string          `json:"description"`
		Attributes  authz.Attributes `json:"attributes"`
	}
	tupleBlock struct {
		Subject  string            `json:"subject"`
		Relation authz.RelationKey `json:"relation"`
		Object   string            `json:"object"`
	}
)

func readAssignmentDetailed(e authz.Environment, n directory.NamedAssignment) assignmentDetailed {
	u, t := n.Holder, n.In
	out := assignmentDetailed{
		ID:   n.ID,
		Role: roleInDetail{ID: n.Of.ID, Key: n.Of.Key, Name: n.Of.Name, Permissions: permissionTexts(n.Of.Permissions)},
		User: userInDetail{
			ID: u.ID, Key: u.Key, Email: orNull(u.Email), FirstName: orNull(u.FirstName), LastName: orNull(u.LastName), Attributes: orNone(u.Attributes),
		},
		Tenant:    tenantInDetail{ID: t.ID, Key: t.Key, Name: t.Name, Attributes: orNone(t.Attributes)},
		belonging: belongs(e), CreatedAt: timestamp(n.CreatedAt),
	}
	if n.Instance != (authz.Node{}) {
		out.ResourceInstance = &instanceInDetail{ID: n.On.ID, Key: n.Instance.Key, Resource: n.Instance.Type, Attributes: orNone(n.On.Attributes)}
	}
	return out
}

func readTupleDetailed(e authz.Environment, t directory.NamedTuple) tupleRead {
	block := func(i authz.Instance) *instanceBlock {
		return &instanceBlock{Key: i.Node.Key, Tenant: i.Tenant, Resource: i.Node.Type, Attributes: orNone(i.Attributes)}
	}
	out := readTuple(e, t)
	out.SubjectDetails, out.ObjectDetails = block(t.From), block(t.To)
	out.RelationDetails = &relationBlock{Key: t.By.Key, Name: t.By.Name, Description: orNull(t.By.Description)}
	out.TenantDetails = &tenantBlock{Key: t.In.Key, Name: t.In.Name, Description: orNull(t.In.Description), Attributes: orNone(t.In.Attributes)}
	return out
}

func permissionTexts(list []authz.Permission) []string {
	return each(list, func(p authz.Permission) string { return string(p.Resource) + ":" + string(p.Action) })
}

// orNone shows no attributes as an empty object.
func orNone(a authz.Attributes) authz.Attributes {
	if a == nil {
		return authz.Attributes{}
	}
	return a
}

package authz

// Settings say where an environment decides more strictly than Permit. The zero
// Settings decide as Permit does.
type Settings struct {
	// InstancesInTenant: nothing is permitted on an instance that is stored in
	// another tenant than the question names, nor in a question that names none,
	// and conditions do not read its stored attributes.
	InstancesInTenant bool
	// RulesForMembers: rules of condition sets permit only in a tenant in which
	// the user holds a role.
	RulesForMembers bool
	// FixedBuiltIns: the attributes that come with users (roles, tenants, key,
	// email, first_name, last_name) and resources (type) are what the environment
	// says, whatever is passed or stored under their names.
	FixedBuiltIns bool
	// TypedComparisons: an operator that is given types it is not made for holds
	// neither by itself nor under not.
	TypedComparisons bool
	// MissingDenies: what is asked of an attribute that is missing, or with a
	// reference to one, holds neither by itself nor under not.
	MissingDenies bool
}

// A Setting names one of [Settings], in a stable code.
type Setting string

// The settings.
const (
	InstancesInTenant Setting = "instances_in_tenant"
	RulesForMembers   Setting = "rules_for_members"
	FixedBuiltIns     Setting = "fixed_built_ins"
	TypedComparisons  Setting = "typed_comparisons"
	MissingDenies     Setting = "missing_denies"
)

// EverySetting lists the settings.
func EverySetting() []Setting {
	return []Setting{InstancesInTenant, RulesForMembers, FixedBuiltIns, TypedComparisons, MissingDenies}
}

// place is where s keeps a setting.
func (s *Settings) place(name Setting) *bool {
	switch name {
	case InstancesInTenant:
		return &s.InstancesInTenant
	case RulesForMembers:
		return &s.RulesForMembers
	case FixedBuiltIns:
		return &s.FixedBuiltIns
	case TypedComparisons:
		return &s.TypedComparisons
	case MissingDenies:
		return &s.MissingDenies
	}
	return new(bool)
}

// On reports whether a setting is on; one that is not known is off.
func (s Settings) On(name Setting) bool { return *s.place(name) }

// With is s with one setting turned on.
func (s Settings) With(name Setting) Settings {
	*s.place(name) = true
	return s
}

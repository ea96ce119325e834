package logto

import (
	"slices"
	"testing"
)

// TestTheAttributesOfEveryAccountAreTold: they are those of docs/mapping.md.
func TestTheAttributesOfEveryAccountAreTold(t *testing.T) {
	t.Parallel()
	if got, want := UserAttributes(), []string{"custom_data", "phone", "suspended", "username"}; !slices.Equal(got, want) {
		t.Errorf("got %v of users, want %v", got, want)
	}
	if got, want := OrganizationAttributes(), []string{"custom_data"}; !slices.Equal(got, want) {
		t.Errorf("got %v of organizations, want %v", got, want)
	}
}

package authz_test

import (
	"reflect"
	"testing"

	"github.com/gatehouse-authz/gatehouse/internal/authz"
)

// TestEverySettingIsOneField: each name turns on a field of its own, and no field
// is without a name.
func TestEverySettingIsOneField(t *testing.T) {
	t.Parallel()
	var all authz.Settings
	for _, name := range authz.EverySetting() {
		one := authz.Settings{}.With(name)
		on := 0
		for i := range reflect.TypeFor[authz.Settings]().NumField() {
			if reflect.ValueOf(one).Field(i).Bool() {
				on++
			}
		}
		if on != 1 || !one.On(name) || all.On(name) {
			t.Errorf("%s turns on %d fields, want one of its own", name, on)
		}
		all = all.With(name)
	}
	for i := range reflect.TypeFor[authz.Settings]().NumField() {
		if !reflect.ValueOf(all).Field(i).Bool() {
			t.Errorf("no name turns on %s", reflect.TypeFor[authz.Settings]().Field(i).Name)
		}
	}
	if (authz.Settings{}).With("no_such_setting") != (authz.Settings{}) || all.On("no_such_setting") {
		t.Error("a setting that is not known is on")
	}
}

package ingest

import "reflect"

// Kept names the maps that the last sweep's count still has, for tests of what it forgets.
func (s *Sweep) Kept() (names []string) {
	for _, v := range []reflect.Value{reflect.ValueOf(s.told).Elem(), reflect.ValueOf(s.told.tally).Elem()} {
		for i := range v.NumField() {
			if f := v.Field(i); f.Kind() == reflect.Map && !f.IsNil() {
				names = append(names, v.Type().Field(i).Name)
			}
		}
	}
	if s.told.roster != nil {
		names = append(names, "roster")
	}
	return names
}

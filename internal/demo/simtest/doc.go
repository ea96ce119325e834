// Package simtest holds a Gatehouse against a stand-in Logto, for tests. It knows
// Gatehouse by Permit's REST API only, so what it finds equal is found by none of
// the code with which Gatehouse compares itself. [EveryRoute] takes each route of
// Logto that changes something.
package simtest

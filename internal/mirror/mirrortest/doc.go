// Package mirrortest holds what tests of an account of Permit.io stand on: an
// environment over a real store, and another Gatehouse that is asked as Permit.io is.
package mirrortest

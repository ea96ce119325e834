// Package permit is the door that speaks Permit.io's REST API v2: the control
// plane that its SDKs, its Terraform provider and its command line write users,
// tenants, roles, resources and role assignments through.
//
// Nothing of that API is known outside this package. routes.go is the whole
// surface and is read first; then the file named after the thing: users.go,
// tenants.go, roles.go, resources.go, assignments.go. workspace.go is the surface of
// projects, environments, members and API keys, and what each call asks of a key.
// wire.go holds what the
// bodies have in common and error.go turns errors into Permit's. What we do
// differently from Permit is in README.md.
package permit

package demo

import (
	"io"
	"text/template"
)

// The story is what the visitor reads. Lines stay within 100 columns, but for
// those that are made to be copied.
var story = template.Must(template.New("story").Parse(`
Gatehouse demo. All of it runs on this machine, and is forgotten when it stops.

  Reports Inc.    {{printf "%-24s" .App}} sample application: asks who may see its reports
  Logto           {{printf "%-24s" .Logto}} a stand-in for it: people sign up and sign in here
  Gatehouse       {{printf "%-24s" .Gatehouse}} hears of people by webhook and answers

  Dashboard: see and manage all of it. This link signs you in, once:
  {{.Link}}
  Later it takes {{.Admin}} and {{.Password}}, or
  "Sign in with Logto" as Mira Okafor, who is an editor there.
{{range .Moved}}
  Note: {{.}}{{end}}{{if .Moved}}
{{end}}
Try this

  1. Open {{.App}} and sign up. Logto leads you back, and you see the
     reports: whoever signs up gets the role viewer.
  2. Open the dashboard, find yourself under Users, take the role or give another, and reload
     {{.App}}/reports.
  3. Suspend yourself at {{.Logto}} and reload {{.App}}/reports.
     The reports are gone, and the page says why. Unsuspend, reload: they are back.
  4. Sign out there and sign in as somebody else:
     {{range $i, $p := .Known}}{{if $i}}, {{end}}{{$p.Name}} is {{or $p.Role $.Default}}{{end}}.

Webhooks are not all there is: Logto tells nobody of roles that are given or taken, and a delivery may
be lost. So Gatehouse goes through everything at the sign-in page every {{.Sweep}} s, looks again at what
differs, and says whether it is equal.

Ask it yourself, in another terminal

  export PERMIT_API_URL={{.Gatehouse}}
  export PERMIT_PDP_URL={{.Gatehouse}}
  export PERMIT_API_KEY={{.APIKey}}

{{- range .Asks}}

  # {{.About}}
  curl -s {{.Path}} \
    -H "Authorization: Bearer $PERMIT_API_KEY" -H "Content-Type: application/json"{{with .Header}} -H "{{.}}"{{end}}{{with .Body}} \
    -d '{{.}}'{{end}}{{end}}

The code of Logto's guide works with these settings, too:

  new Permit({
    apiUrl: process.env.PERMIT_API_URL,
    pdp: process.env.PERMIT_PDP_URL,
    token: process.env.PERMIT_API_KEY,
  })

Ctrl-C stops everything and removes {{.Dir}}.

What happens
`))

// An ask is a command the visitor can copy.
type ask struct{ About, Path, Header, Body string }

// tell writes the story of a running demo.
func (r *Running) tell(w io.Writer) error {
	one := r.known[len(r.known)-1]
	return story.Execute(w, struct {
		*Running
		Admin, Password string
		Moved           []string
		Known           []newcomer
		Default         string
		Sweep           int // seconds
		Asks            []ask
	}{r, r.admin, r.password, r.moved, r.known, defaultRole, int(sweepEvery.Seconds()), []ask{
		{
			"May " + one.Name + " view the reports, and why?", `"$PERMIT_PDP_URL/allowed"`, "X-Gatehouse-Explain: 1",
			`{"user":{"key":"` + one.ID + `"},"action":"view","resource":{"type":"reports","tenant":"default"}}`,
		},
		{
			"Make " + one.Name + " an editor", `"$PERMIT_API_URL/v2/facts/default/dev/role_assignments"`, "",
			`{"user":"` + one.ID + `","role":"editor","tenant":"default"}`,
		},
		{
			"Is everybody here what they are at the sign-in page?", `"$PERMIT_API_URL/console/v1/projects/default/envs/dev/logto/proof"`, "", "",
		},
	}})
}

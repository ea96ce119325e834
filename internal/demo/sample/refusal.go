package sample

// A refusal is what somebody is told who may not see the reports.
type refusal struct {
	Why    string // in plain words
	Change string // what would make it a yes
}

// refusals are by the code of the reason in Gatehouse's explanation.
var refusals = map[string]refusal{
	"user_suspended": {
		"This account is suspended. It keeps its roles, but while the suspension lasts it may do nothing.",
		"Lift the suspension on the sign-in page, then reload this page.",
	},
	"user_not_synced": {
		"Gatehouse does not know this account. It was made a moment ago, or it has been deleted.",
		"Whoever signs up becomes known a moment later, by a webhook. Reload this page, or sign up again.",
	},
	"no_user_roles": {
		"Gatehouse knows this person, but has given no role to them.",
		"Give them a role that may view reports, such as viewer, in Gatehouse’s dashboard, or by its API.",
	},
	"no_role_in_tenant": {
		"This person has roles, but none in the tenant these reports belong to.",
		"Give them a role in the tenant “default” in Gatehouse’s dashboard, or by its API.",
	},
	"no_permission": {
		"None of this person’s roles may view reports.",
		"Give them a role that may, such as viewer, or let a role they have view reports.",
	},
	"no_such_resource": {
		"The policy does not know what reports are, so nobody may see them.",
		"Define the resource “reports” in Gatehouse’s dashboard, or by its API.",
	},
	"no_such_action": {
		"The policy does not say that reports can be viewed, so nobody may view them.",
		"Add the action “view” to the resource “reports” in Gatehouse’s dashboard, or by its API.",
	},
	"no_such_tenant": {
		"The tenant these reports belong to does not exist.",
		"Create the tenant “default” in Gatehouse’s dashboard, or by its API.",
	},
	codeNoAnswer: {
		"Gatehouse gives no answer. Nobody sees a report without a clear yes, so this page stays closed.",
		"Once Gatehouse answers again, reload this page.",
	},
}

// refusalFor is what to tell for a reason. An unknown reason is a no like any other.
func refusalFor(a answer) refusal {
	if r, ok := refusals[a.Code]; ok {
		return r
	}
	return refusal{"Gatehouse says no: " + a.Reason, "Ask whoever looks after the policy."}
}

package manual

// A chapter is some pages under one heading.
type chapter struct {
	Title string
	Pages []entry
}

// An entry is a page: the name of its file, without .md.
type entry struct{ Name, Title string }

// contents is the order in which the pages are read. What is in no chapter is reached
// by links.
var contents = []chapter{
	{"Begin", []entry{
		{"quick-start", "Quick start"},
		{"concepts", "Concepts"},
	}},
	{"Use", []entry{
		{"connect-logto", "Connect Logto"},
		{"model", "Model your policy"},
		{"mapping", "Map what Logto has"},
		{"logto-claims", "Roles in tokens"},
		{"sdks", "SDKs"},
		{"gateways", "Gateways and middleware"},
	}},
	{"Run", []entry{
		{"operations", "Operate"},
		{"security", "Security"},
		{"benchmarks", "Benchmarks"},
	}},
	{"Permit.io", []entry{
		{"migrate", "Migrate from and to"},
		{"permit-account", "Mirror an account"},
		{"compatibility", "Compatibility"},
	}},
	{"Inside", []entry{
		{"ARCHITECTURE", "Architecture"},
		{"logto-coverage", "Every change in Logto"},
	}},
}

package main

import (
	"fmt"
	"net/http"
	"os"
	"regexp"
	"strconv"
	"syscall"
	"testing"
	"time"

	"github.com/gatehouse-authz/gatehouse/internal/demo/logtosim"
	"github.com/gatehouse-authz/gatehouse/internal/demo/simtest"
)

// BenchmarkBackfill: from the start of a server that knows nobody to the first proof
// that it is equal to a Logto with 100,000 users, or GATEHOUSE_BENCH_USERS, in 100
// organizations, each with a role in one. The server is a process of its own: its
// processor time, and the most memory that was resident; the stand-in is in this one. A
// second server, which is told of no Logto and finds the users there, is what keeping
// them takes; what is beyond that is the backfill's.
func BenchmarkBackfill(b *testing.B) {
	n := 100_000
	if s := os.Getenv("GATEHOUSE_BENCH_USERS"); s != "" {
		n, _ = strconv.Atoi(s)
	}
	sim := logtosim.New(logtosim.Config{AppID: "app", AppSecret: "secret"})
	organizations := make([]logtosim.Organization, 100)
	for i := range organizations {
		organizations[i] = logtosim.Organization{ID: fmt.Sprintf("o%011d", i), Name: fmt.Sprint("Organization ", i)}
	}
	sim.ImportOrganizations(organizations...)
	users := make([]logtosim.User, n)
	for i := range users {
		name := fmt.Sprint("user_", i)
		users[i] = logtosim.User{ID: fmt.Sprintf("u%011d", i), Username: &name, CreatedAt: int64(n - i)}
	}
	sim.Import(users...)
	for i, u := range users {
		sim.ImportMember(organizations[i%len(organizations)].ID, u.ID, logtosim.OrganizationRole{ID: "r", Name: "viewer"})
	}
	web := &simtest.Site{Handler: sim}
	if err := web.Start(); err != nil {
		b.Fatal(err)
	}
	b.Cleanup(web.Kill)
	for b.Loop() {
		backfill(b, web.URL(), n)
	}
}

func backfill(b *testing.B, logto string, n int) {
	began, key, dir := time.Now(), "permit_key_of_the_backfill_benchmark", b.TempDir()
	p := launch(b, dir, "GATEHOUSE_API_KEY="+key, "GATEHOUSE_DEFAULT_ROLE=", "GATEHOUSE_LOGTO_ENDPOINT="+logto,
		"GATEHOUSE_LOGTO_APP_ID=app", "GATEHOUSE_LOGTO_APP_SECRET=secret", "GATEHOUSE_LOGTO_SWEEP_EVERY=1h")
	if got := p.call(b, key, "POST", "/v2/schema/default/dev/roles", `{"key":"viewer","name":"Viewer"}`); got.status/100 != 2 {
		b.Fatalf("got %d %s", got.status, got.body)
	}
	proof, err := simtest.Gatehouse{URL: "http://" + p.address, Key: key}.AwaitEqual(b.Context(), time.Time{}, time.Hour)
	if err != nil || proof.Verdict != "equal" || proof.Here.Users != n {
		b.Fatalf("got %+v (%v), want %d users equal", proof, err, n)
	}
	took, memory := time.Since(began), resident(b, p.cmd.Process.Pid)
	p.stop(b, syscall.SIGTERM)
	b.ReportMetric(float64(n)/took.Seconds(), "users/s")
	b.ReportMetric(float64(memory)/1024, "peak-MB")
	keeps := keeping(b, dir, key)
	b.ReportMetric(float64(keeps)/1024, "keeping-MB")
	b.ReportMetric(float64(memory-keeps)/1024, "backfill-MB")
	cpu := p.cmd.ProcessState.UserTime() + p.cmd.ProcessState.SystemTime()
	b.ReportMetric(float64(cpu.Microseconds())/float64(n), "cpu-µs/user")
}

// keeping is the most memory, in kB, of a server that finds its users in dir, lists
// some of them and decides about one.
func keeping(b *testing.B, dir, key string) int {
	p := launch(b, dir, "GATEHOUSE_API_KEY="+key, "GATEHOUSE_DEFAULT_ROLE=")
	for _, ask := range []struct{ method, path, body string }{
		{"GET", "/v2/facts/default/dev/users?per_page=100", ""},
		{"POST", "/allowed", `{"user":{"key":"u00000000000"},"action":"read","resource":{"type":"doc"}}`},
	} {
		if got := p.call(b, key, ask.method, ask.path, ask.body); got.status != http.StatusOK {
			b.Fatalf("%s %s: got %d %s", ask.method, ask.path, got.status, got.body)
		}
	}
	memory := resident(b, p.cmd.Process.Pid)
	p.stop(b, syscall.SIGTERM)
	return memory
}

// resident is the most memory that the process has had, in kB.
func resident(b *testing.B, pid int) int {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		b.Skip("what a process has had resident is known on Linux only")
	}
	m := regexp.MustCompile(`VmHWM:\s+(\d+) kB`).FindSubmatch(text)
	if m == nil {
		b.Fatal("no VmHWM")
	}
	kB, err := strconv.Atoi(string(m[1]))
	if err != nil {
		b.Fatal(err)
	}
	return kB
}

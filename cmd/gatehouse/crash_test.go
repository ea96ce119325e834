package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/gatehouse-authz/gatehouse/internal/demo/logtosim"
	"github.com/gatehouse-authz/gatehouse/internal/demo/simtest"
)

// kills is how often the crash test kills the server; GATEHOUSE_TEST_KILLS sets
// another number for long runs.
const kills = 200

const crashKey = "permit_key_of_the_crash_test"

// TestKilledAtAnyMomentNothingIsLost kills the server with SIGKILL in a loop
// while people sign up, change, are suspended and deleted in Logto. Whatever the
// webhook door answered with 2xx must be in the directory in the end, and so
// must every write that the API answered with 2xx. Nothing is swept, which would
// hide what the webhook door has lost.
func TestKilledAtAnyMomentNothingIsLost(t *testing.T) {
	n := kills
	if s := os.Getenv("GATEHOUSE_TEST_KILLS"); s != "" {
		n, _ = strconv.Atoi(s)
	}
	seed := rand.Uint64()
	t.Logf("seed %d, %d kills", seed, n)
	c := newCrash(t, seed)

	ctx, stop := context.WithCancel(t.Context())
	var writers sync.WaitGroup
	for i := range 6 {
		writers.Go(func() { c.live(ctx, i) })
	}
	writers.Go(func() { c.writeByAPI(ctx) })
	for range n {
		c.startAndKill()
	}
	stop()
	writers.Wait()
	c.compare()
}

// A crash is one run of the test.
type crash struct {
	t       *testing.T
	binary  string
	address string
	env     []string
	sim     *logtosim.Sim
	logto   *simtest.Site // where the sim is served
	client  *http.Client
	rng     *rand.Rand // used by the killer only

	mu       sync.Mutex
	told     map[string]bool // by user: the last change was answered with 2xx
	accepted int
	byAPI    []string // users that the API answered 2xx for
}

// newCrash builds the server. Its settings may be changed by more of them.
func newCrash(t *testing.T, seed uint64, more ...string) *crash {
	dir := t.TempDir()
	binary := filepath.Join(dir, "gatehouse")
	build := exec.CommandContext(t.Context(), "go", "build", "-o", binary, ".")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("build: %v\n%s", err, out)
	}
	sim := logtosim.New(logtosim.Config{AppID: "app", AppSecret: "secret", SigningKey: "signing"})
	web := &simtest.Site{Handler: sim}
	if err := web.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(web.Kill)
	address := freeAddress(t)
	return &crash{
		t: t, binary: binary, address: address, sim: sim, logto: web,
		client: &http.Client{Timeout: 5 * time.Second},
		rng:    rand.New(rand.NewPCG(seed, 0)),
		told:   map[string]bool{},
		env: append(append(os.Environ(),
			"GATEHOUSE_LISTEN="+address, "GATEHOUSE_DATA_DIR="+filepath.Join(dir, "data"), "GATEHOUSE_API_KEY="+crashKey,
			"GATEHOUSE_LOGTO_SIGNING_KEY=signing", "GATEHOUSE_LOGTO_ENDPOINT="+web.URL(),
			"GATEHOUSE_LOGTO_SWEEP_EVERY=0", "GATEHOUSE_LOGTO_APP_ID=app", "GATEHOUSE_LOGTO_APP_SECRET=secret", "GATEHOUSE_LOG_LEVEL=error"), more...),
	}
}

func freeAddress(t *testing.T) string {
	l, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = l.Close() }()
	return l.Addr().String()
}

// start starts the server and waits until it takes webhooks.
func (c *crash) start() *exec.Cmd {
	c.t.Helper()
	cmd := exec.Command(c.binary, "serve")
	var stderr bytes.Buffer
	cmd.Env, cmd.Stderr = c.env, &stderr
	if err := cmd.Start(); err != nil {
		c.t.Fatal(err)
	}
	deadline := time.After(30 * time.Second)
	tick := time.NewTicker(time.Millisecond)
	defer tick.Stop()
	for {
		res, err := c.client.Get("http://" + c.address + "/healthz")
		if err == nil {
			_ = res.Body.Close()
			return cmd
		}
		select {
		case <-deadline:
			_ = cmd.Process.Kill()
			c.t.Fatalf("the server did not start: %s", &stderr)
		case <-tick.C:
		}
	}
}

// startAndKill lets the server live for up to 60 ms after it takes webhooks.
func (c *crash) startAndKill() {
	cmd := c.start()
	<-time.After(time.Duration(c.rng.Int64N(int64(60 * time.Millisecond))))
	if err := cmd.Process.Kill(); err != nil {
		c.t.Fatal(err)
	}
	_ = cmd.Wait() // it was killed
}

// live plays the lives of people in Logto, one after the other.
func (c *crash) live(ctx context.Context, writer int) {
	rng := rand.New(rand.NewPCG(uint64(writer), 7))
	for n := 0; ctx.Err() == nil; n++ {
		u, err := c.sim.Create(ctx, logtosim.Fields{"username": fmt.Sprintf("w%d_%d", writer, n), "name": "One Two"})
		if err != nil {
			return
		}
		c.tell(ctx, "User.Created", u)
		for range rng.IntN(3) {
			if u, err = c.sim.Patch(ctx, u.ID, logtosim.Fields{"name": fmt.Sprint("Name ", rng.IntN(99))}); err == nil {
				c.tell(ctx, "User.Data.Updated", u)
			}
		}
		switch rng.IntN(5) {
		case 0:
			if u, err = c.sim.Suspend(ctx, u.ID, true); err == nil {
				c.tell(ctx, "User.SuspensionStatus.Updated", u)
			}
		case 1:
			if err := c.sim.Delete(ctx, u.ID); err == nil {
				c.tell(ctx, "User.Deleted", u)
			}
		}
	}
}

// tell delivers the webhook of a change, once, as Logto does.
func (c *crash) tell(ctx context.Context, event string, u logtosim.User) {
	w, err := c.sim.Compose(event, u)
	if err != nil {
		c.t.Error(err)
		return
	}
	status := 0
	if req, err := w.Request(context.WithoutCancel(ctx), "http://"+c.address+"/hooks/logto"); err == nil {
		if res, err := c.client.Do(req); err == nil {
			status = res.StatusCode
			_ = res.Body.Close()
		}
	}
	if status == 0 { // nobody listens: give the next start a moment
		select {
		case <-ctx.Done():
		case <-time.After(2 * time.Millisecond):
		}
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.told[u.ID] = status/100 == 2
	if status/100 == 2 {
		c.accepted++
	}
}

// writeByAPI makes users through the API and remembers those it got a 2xx for.
func (c *crash) writeByAPI(ctx context.Context) {
	for n := 0; ctx.Err() == nil; n++ {
		key := fmt.Sprint("api-", n)
		status, _ := c.call("PUT", "/v2/facts/default/dev/users/"+key, `{"key":"`+key+`"}`)
		if status/100 == 2 {
			c.byAPI = append(c.byAPI, key)
			continue
		}
		select {
		case <-ctx.Done():
		case <-time.After(2 * time.Millisecond):
		}
	}
}

func (c *crash) call(method, path, body string) (int, []byte) {
	req, err := http.NewRequest(method, "http://"+c.address+path, bytes.NewReader([]byte(body)))
	if err != nil {
		c.t.Error(err)
		return 0, nil
	}
	req.Header.Set("Authorization", "Bearer "+crashKey)
	req.Header.Set("Content-Type", "application/json")
	res, err := c.client.Do(req)
	if err != nil {
		return 0, nil
	}
	defer func() { _ = res.Body.Close() }()
	out, err := io.ReadAll(res.Body)
	if err != nil {
		return 0, nil
	}
	return res.StatusCode, out
}

type crashUser struct {
	Key        string         `json:"key"`
	FirstName  *string        `json:"first_name"`
	LastName   *string        `json:"last_name"`
	Attributes map[string]any `json:"attributes"`
}

// compare starts the server once more, lets it finish, and holds the directory
// to Logto for everybody whose last change was answered with 2xx.
func (c *crash) compare() {
	cmd := c.start()
	defer func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	}()
	c.settle()
	got := c.users()
	checked := 0
	for id, told := range c.told {
		if !told {
			continue // Logto told once and nobody heard: not this test's promise
		}
		checked++
		u, exists := c.sim.User(id)
		p, known := got[id]
		switch {
		case exists != known:
			c.t.Errorf("user %s: in Logto %v, here %v", id, exists, known)
		case exists && (*u.Name != *p.FirstName+" "+*p.LastName || u.IsSuspended != p.Attributes["suspended"]):
			c.t.Errorf("user %s: %q suspended %v in Logto, %q %q %v here", id, *u.Name, u.IsSuspended, *p.FirstName, *p.LastName, p.Attributes["suspended"])
		}
	}
	for _, key := range c.byAPI {
		if _, ok := got[key]; !ok {
			c.t.Errorf("user %s was written by API with a 2xx and is gone", key)
		}
	}
	c.t.Logf("%d deliveries accepted, %d users compared, %d API writes compared", c.accepted, checked, len(c.byAPI))
	if checked < 100 || len(c.byAPI) < 20 {
		c.t.Errorf("only %d users and %d API writes were compared; the test proves little", checked, len(c.byAPI))
	}
}

// settle waits until no subject waits.
func (c *crash) settle() {
	deadline := time.After(2 * time.Minute)
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for {
		status, b := c.call("GET", "/console/v1/status", "")
		var s struct{ Work struct{ Waiting int } }
		if status == http.StatusOK && json.Unmarshal(b, &s) == nil && s.Work.Waiting == 0 {
			return
		}
		select {
		case <-deadline:
			c.t.Fatalf("work is still waiting: %d %s", status, b)
		case <-tick.C:
		}
	}
}

// users lists the whole directory.
func (c *crash) users() map[string]crashUser {
	all := map[string]crashUser{}
	for page := 1; ; page++ {
		status, b := c.call("GET", fmt.Sprintf("/v2/facts/default/dev/users?per_page=100&page=%d", page), "")
		var list struct{ Data []crashUser }
		if err := json.Unmarshal(b, &list); err != nil || status != http.StatusOK {
			c.t.Fatalf("list users: %d %s", status, b)
		}
		if len(list.Data) == 0 {
			return all
		}
		for _, u := range list.Data {
			all[u.Key] = u
		}
	}
}

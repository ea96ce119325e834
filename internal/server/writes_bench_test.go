package server_test

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// processor is the time that the two cores have worked for this process.
func processor(b *testing.B) time.Duration {
	b.Helper()
	var used syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &used); err != nil {
		b.Fatal(err)
	}
	return time.Duration(used.Utime.Nano() + used.Stime.Nano())
}

// BenchmarkWrites: PUT of a fresh user with one role, from one connection and from 32,
// with the processor time of client and server.
func BenchmarkWrites(b *testing.B) {
	for _, callers := range []int{1, 32} {
		b.Run(fmt.Sprint(callers), func(b *testing.B) {
			h := start(b, b.TempDir(), nil)
			h.schema()
			left := make(chan int, b.N)
			for i := range b.N {
				left <- i
			}
			close(left)
			var took latencies
			before := processor(b)
			b.ResetTimer()
			var all sync.WaitGroup
			for range callers {
				all.Go(func() {
					for i := range left {
						start := time.Now()
						put(b, fmt.Sprintf("%s/v2/facts/default/dev/users/user-%d", h.url, i),
							fmt.Sprintf(`{"key":"user-%d","email":"user-%d@example.org","role_assignments":[{"role":"viewer","tenant":"default"}]}`, i, i))
						took.add(time.Since(start))
					}
				})
			}
			all.Wait()
			b.StopTimer()
			b.ReportMetric(float64((processor(b)-before).Microseconds())/float64(b.N), "cpu-µs/op")
			took.report(b)
		})
	}
}

// BenchmarkBulkLoad: 100,000 users and a role for each, over HTTP, in calls as large
// as Permit takes, one after the other.
func BenchmarkBulkLoad(b *testing.B) {
	const all, perCall, roles = 100_000, 3000, 2000
	var users, grants time.Duration
	for b.Loop() {
		h := start(b, b.TempDir(), nil)
		h.schema()
		header := http.Header{"Authorization": {"Bearer " + apiKey}, "Content-Type": {"application/json"}}
		call := func(path string, from, n int, each func(i int) string, before, after string) {
			list := make([]string, min(n, all-from))
			for i := range list {
				list[i] = each(from + i)
			}
			post(b, h.url+"/v2/facts/default/dev"+path, header, []byte(before+strings.Join(list, ",")+after))
		}
		before := processor(b)
		for at := 0; at < all; at += perCall {
			call("/bulk/users", at, perCall, func(i int) string {
				return fmt.Sprintf(`{"key":"user-%d","email":"user-%d@example.org","attributes":{"n":%d}}`, i, i, i)
			}, `{"operations":[`, `]}`)
		}
		between := processor(b)
		for at := 0; at < all; at += roles {
			call("/role_assignments/bulk", at, roles, func(i int) string {
				return fmt.Sprintf(`{"user":"user-%d","role":"viewer","tenant":"default"}`, i)
			}, `[`, `]`)
		}
		users, grants = users+between-before, grants+processor(b)-between
	}
	b.ReportMetric(float64(users.Microseconds())/float64(b.N)/all, "cpu-µs/user")
	b.ReportMetric(float64(grants.Microseconds())/float64(b.N)/all, "cpu-µs/role")
}

func put(b *testing.B, url, body string) {
	req, err := http.NewRequestWithContext(b.Context(), http.MethodPut, url, bytes.NewReader([]byte(body)))
	if err != nil {
		b.Error(err)
		return
	}
	req.Header.Set("Authorization", "Bearer "+apiKey)
	req.Header.Set("Content-Type", "application/json")
	res, err := client.Do(req)
	if err != nil {
		b.Error(err)
		return
	}
	defer func() { _ = res.Body.Close() }()
	if out, err := io.ReadAll(res.Body); err != nil || res.StatusCode/100 != 2 {
		b.Errorf("%d %s (%v)", res.StatusCode, out, err)
	}
}

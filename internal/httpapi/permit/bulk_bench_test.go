package permit_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
)

// BenchmarkBulkLoad: 30,000 users and a role for each, in calls as large as Permit
// takes, one after the other.
func BenchmarkBulkLoad(b *testing.B) {
	const all, perCall, roles = 30_000, 3000, 2000
	for b.Loop() {
		h := open(b)
		call := func(path, body string) {
			if res, data := h.do(b, http.MethodPost, path, http.Header{}, body); res.StatusCode != http.StatusOK {
				b.Fatalf("got %d %.200s", res.StatusCode, data)
			}
		}
		call("/v2/schema/acme/dev/roles", `{"key":"viewer","name":"Viewer"}`)
		for at := 0; at < all; at += perCall {
			list := make([]string, perCall)
			for i := range list {
				list[i] = fmt.Sprintf(`{"key":"user-%d","email":"user-%d@example.org","attributes":{"n":%d}}`, at+i, at+i, i)
			}
			call(facts+"/bulk/users", `{"operations":[`+strings.Join(list, ",")+`]}`)
		}
		for at := 0; at < all; at += roles {
			list := make([]string, roles)
			for i := range list {
				list[i] = fmt.Sprintf(`{"user":"user-%d","role":"viewer","tenant":"default"}`, at+i)
			}
			call(facts+"/role_assignments/bulk", `[`+strings.Join(list, ",")+`]`)
		}
	}
}

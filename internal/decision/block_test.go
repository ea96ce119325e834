package decision

import (
	"bytes"
	"compress/flate"
	"fmt"
	"log/slog"
	"testing"
	"time"

	"github.com/gatehouse-authz/gatehouse/internal/authz"
	"github.com/gatehouse-authz/gatehouse/internal/engine"
)

func someAnswers(n int) []answer {
	all := make([]answer, n)
	for i := range all {
		all[i] = answer{
			at: 1764000000000000 + int64(i)*30, sequence: uint32(i + 1), snapshot: new(engine.Snapshot), kind: Check,
			by: Asker{Env: "e", Key: "0123456789abcdef0123456789abcdef", Door: "/allowed"},
			query: authz.Query{
				User: authz.UserKey(fmt.Sprintf("user-%d", i*7919%10000)), Action: "read", Resource: authz.ResourceKey(fmt.Sprint("type-", i*31%20)),
				Tenant: authz.TenantKey(fmt.Sprint("tenant-", i*7919%1000)),
			},
			decision: authz.Decision{Allow: i%5 > 0, Revision: 12, By: authz.RBAC, Role: "viewer"},
		}
	}
	return all
}

// FuzzOpenBlock: a block that is damaged is refused, whatever it holds.
func FuzzOpenBlock(f *testing.F) {
	inflate := func(data []byte) []byte {
		var raw bytes.Buffer
		_, _ = raw.ReadFrom(flate.NewReader(bytes.NewReader(data)))
		return raw.Bytes()
	}
	f.Add(inflate(encodeBlock("e", 1, someAnswers(3)).Data))
	f.Add([]byte{layout, 0, 0, 0, 0, 255, 255, 3})
	f.Fuzz(func(t *testing.T, raw []byte) {
		var data bytes.Buffer
		w, _ := flate.NewWriter(&data, flate.BestSpeed)
		_, _ = w.Write(raw)
		_ = w.Close()
		o, err := openBlock("e", data.Bytes())
		if err != nil {
			return
		}
		_ = o.rows(func(r *row) {
			_, _ = o.record(r)
			_ = (&Filter{Resources: []string{"doc:1"}}).compile(o)(r)
		})
	})
}

func TestASieveMissesNothing(t *testing.T) {
	t.Parallel()
	texts := map[string]uint64{}
	for i := range 4000 {
		texts[fmt.Sprint("key-", i)] = 1
	}
	s := newSieve(texts)
	wrong := 0
	for i := range 8000 {
		text := fmt.Sprint("key-", i)
		if may := s.may(text); may != (i < 4000) {
			wrong++
			if !may {
				t.Errorf("%s is there, and the sieve says no", text)
			}
		}
	}
	if wrong > 120 {
		t.Errorf("%d of 4000 that are not there may be, want about 40", wrong)
	}
}

// BenchmarkRecord is what a decision costs the one who asks.
func BenchmarkRecord(b *testing.B) {
	l := &Log{Log: slog.New(slog.DiscardHandler), Now: time.Now}
	all := someAnswers(1000)
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		l.record(all[i%1000])
		if len(l.full) > 0 { // what the writer does
			full := l.full
			l.full = nil
			l.written(full)
		}
	}
}

// BenchmarkEncode is what a decision costs the writer, and the disk.
func BenchmarkEncode(b *testing.B) {
	all := someAnswers(blockRecords)
	size := 0
	b.ReportAllocs()
	for b.Loop() {
		block := encodeBlock("e", 1, all)
		size = len(block.Data) + len(block.Keys)
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/blockRecords, "ns/decision")
	b.ReportMetric(float64(size)*4/3/blockRecords, "bytes/decision")
}

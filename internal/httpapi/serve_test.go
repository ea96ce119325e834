package httpapi

import (
	"context"
	"net"
	"net/http"
	"testing"
	"time"
)

// TestServingEndsWithWhatIsInFlight: a request that has begun is answered, one that
// does not end is cut off after the time it has.
func TestServingEndsWithWhatIsInFlight(t *testing.T) {
	t.Parallel()
	for name, drain := range map[string]time.Duration{"answered": time.Minute, "cut off": time.Millisecond} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			l, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
			if err != nil {
				t.Fatal(err)
			}
			began, goOn := make(chan struct{}), make(chan struct{})
			web := &http.Server{ReadHeaderTimeout: time.Minute, Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				close(began)
				select {
				case <-goOn:
				case <-r.Context().Done():
				}
				w.WriteHeader(http.StatusNoContent)
			})}
			ctx, cancel := context.WithCancel(t.Context())
			served, status := make(chan error, 1), make(chan int, 1)
			go func() { served <- Serve(ctx, l, web, drain) }()
			go func() {
				defer close(status)
				if resp, err := http.Get("http://" + l.Addr().String()); err == nil {
					_ = resp.Body.Close()
					status <- resp.StatusCode
				}
			}()
			<-began
			cancel()
			want := 0
			if name == "answered" {
				close(goOn)
				want = http.StatusNoContent
			}
			if got := <-status; got != want {
				t.Errorf("got %d, want %d", got, want)
			}
			if err := <-served; err != nil {
				t.Error(err)
			}
		})
	}
}

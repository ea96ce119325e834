package simtest

import (
	"context"
	"net"
	"net/http"
	"time"
)

// A Site is a web server that can be killed and comes back at its address.
type Site struct {
	Handler http.Handler

	address string
	web     *http.Server
}

// reclaim is how long Start tries to have the address again.
const reclaim = 10 * time.Second

// Start serves: at a free port of this machine, and later at the same one.
func (s *Site) Start() error {
	if s.address == "" {
		s.address = "127.0.0.1:0"
	}
	for deadline := time.Now().Add(reclaim); ; {
		l, err := new(net.ListenConfig).Listen(context.Background(), "tcp", s.address)
		if err != nil && time.Now().Before(deadline) {
			continue
		}
		if err != nil {
			return err
		}
		s.address = l.Addr().String()
		web := &http.Server{Handler: s.Handler, ReadHeaderTimeout: time.Minute}
		s.web = web
		go web.Serve(l) //nolint:errcheck // it ends when it is killed
		return nil
	}
}

// URL is the address, without a slash at the end.
func (s *Site) URL() string { return "http://" + s.address }

// Kill ends every connection in the middle of whatever it carries. Handlers go on
// until they notice.
func (s *Site) Kill() { _ = s.web.Close() }

package httpapi

import (
	"context"
	"errors"
	"net"
	"net/http"
	"time"
)

// Serve serves until ctx ends; then what is in flight has until drain to finish, and
// connections that are only kept in reserve, by browsers and gateways, are closed.
func Serve(ctx context.Context, l net.Listener, web *http.Server, drain time.Duration) error {
	stopped := make(chan struct{})
	stop := context.AfterFunc(ctx, func() {
		defer close(stopped)
		drained, cancel := context.WithTimeout(context.WithoutCancel(ctx), drain)
		defer cancel()
		if web.Shutdown(drained) != nil {
			_ = web.Close()
		}
	})
	if err := web.Serve(l); !errors.Is(err, http.ErrServerClosed) {
		stop()
		return err
	}
	<-stopped
	return nil
}

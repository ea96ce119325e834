package main

import (
	"context"
	"log/slog"
	"net"
	"net/http"
	"testing"

	authv3 "github.com/envoyproxy/go-control-plane/envoy/service/auth/v3"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"

	"github.com/gatehouse-authz/gatehouse/gatehousehttp"
)

// TestForwardAuthAnswersByHTTPAndByGRPC, until it is stopped.
func TestForwardAuthAnswersByHTTPAndByGRPC(t *testing.T) {
	t.Parallel()
	door, err := gatehousehttp.NewForwardAuth(gatehousehttp.Config{Logto: "http://127.0.0.1:1", Gatehouse: "http://127.0.0.1:1", APIKey: "key"}, "https://api.example.com")
	if err != nil {
		t.Fatal(err)
	}
	web, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	envoy, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	ended := make(chan error, 1)
	go func() {
		ended <- serveGateways(&environment{ctx: ctx, log: slog.New(slog.DiscardHandler)}, door, web, envoy)
	}()

	resp, err := http.Get("http://" + web.Addr().String() + "/forward")
	if err != nil {
		t.Fatal(err)
	}
	_ = resp.Body.Close()
	if resp.StatusCode != http.StatusForbidden {
		t.Errorf("by HTTP: got %s, want 403 for a gateway that says nothing", resp.Status)
	}
	conn, err := grpc.NewClient(envoy.Addr().String(), grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	asked := &authv3.CheckRequest{Attributes: &authv3.AttributeContext{Request: &authv3.AttributeContext_Request{
		Http: &authv3.AttributeContext_HttpRequest{Method: "GET", Path: "/reports"},
	}}}
	answer, err := authv3.NewAuthorizationClient(conn).Check(t.Context(), asked)
	if status := answer.GetDeniedResponse().GetStatus().GetCode(); err != nil || status != http.StatusUnauthorized {
		t.Errorf("by gRPC: got %v and %v, want 401", answer, err)
	}
	stop()
	if err := <-ended; err != nil {
		t.Errorf("stopped: got %v, want no error", err)
	}
}

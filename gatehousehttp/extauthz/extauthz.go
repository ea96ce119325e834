// Package extauthz answers Envoy, and what else speaks its external authorization
// (envoy.service.auth.v3, by gRPC), whether a request may pass. What it answers is
// what [gatehousehttp.ForwardAuth] decides.
package extauthz

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"

	corev3 "github.com/envoyproxy/go-control-plane/envoy/config/core/v3"
	authv3 "github.com/envoyproxy/go-control-plane/envoy/service/auth/v3"
	typev3 "github.com/envoyproxy/go-control-plane/envoy/type/v3"
	"google.golang.org/genproto/googleapis/rpc/status"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"

	"github.com/gatehouse-authz/gatehouse/gatehousehttp"
)

// maxRequest is how long what Envoy sends may be, in bytes: the headers of a request.
const maxRequest = 1 << 20

// NewServer returns a server that answers Envoy. Only Envoy should reach it.
func NewServer(f *gatehousehttp.ForwardAuth) *grpc.Server {
	s := grpc.NewServer(grpc.MaxRecvMsgSize(maxRequest))
	Register(s, f)
	return s
}

// Register lets a server answer Envoy.
func Register(s grpc.ServiceRegistrar, f *gatehousehttp.ForwardAuth) {
	authv3.RegisterAuthorizationServer(s, &service{forward: f})
}

type service struct {
	authv3.UnimplementedAuthorizationServer
	forward *gatehousehttp.ForwardAuth
}

// Check answers about one request. It returns no error: Envoy may be told to let
// requests through on one.
func (s *service) Check(ctx context.Context, in *authv3.CheckRequest) (out *authv3.CheckResponse, _ error) {
	defer func() {
		if failed := recover(); failed != nil { // gRPC would end the process
			out = denied(fmt.Errorf("panic: %v", failed))
		}
	}()
	asked := in.GetAttributes().GetRequest().GetHttp()
	if asked == nil {
		return denied(errors.New("envoy asks about no HTTP request")), nil
	}
	t, err := s.forward.Decide(ctx, gatehousehttp.Forwarded{Method: asked.GetMethod(), URI: asked.GetPath(), Header: headers(asked)})
	if err != nil {
		return denied(err), nil
	}
	return allowed(t), nil
}

// headers are those of the client, whichever way Envoy is told to send them. What it
// adds of its own, such as :path, begins with a colon.
func headers(asked *authv3.AttributeContext_HttpRequest) http.Header {
	h := http.Header{}
	add := func(name, value string) {
		if !strings.HasPrefix(name, ":") {
			h.Add(name, value)
		}
	}
	for name, value := range asked.GetHeaders() {
		add(name, value)
	}
	for _, one := range asked.GetHeaderMap().GetHeaders() {
		value := one.GetValue()
		if raw := one.GetRawValue(); len(raw) > 0 {
			value = string(raw)
		}
		add(one.GetKey(), value)
	}
	return h
}

// allowed lets a request through, with who asks in the place of what the client sent.
func allowed(t gatehousehttp.Token) *authv3.CheckResponse {
	ok := &authv3.OkHttpResponse{}
	for name, value := range map[string]string{gatehousehttp.UserHeader: t.User, gatehousehttp.OrganizationHeader: t.Organization} {
		if value == "" {
			ok.HeadersToRemove = append(ok.HeadersToRemove, name)
		} else {
			ok.Headers = append(ok.Headers, set(name, value))
		}
	}
	return &authv3.CheckResponse{
		Status:       &status.Status{Code: int32(codes.OK)},
		HttpResponse: &authv3.CheckResponse_OkResponse{OkResponse: ok},
	}
}

// denied answers the client itself.
func denied(err error) *authv3.CheckResponse {
	code, header, body := gatehousehttp.Refused(err)
	no := &authv3.DeniedHttpResponse{Status: &typev3.HttpStatus{Code: typev3.StatusCode(code)}, Body: string(body)}
	for name := range header {
		no.Headers = append(no.Headers, set(name, header.Get(name)))
	}
	of := codes.Unavailable
	switch code {
	case http.StatusUnauthorized:
		of = codes.Unauthenticated
	case http.StatusForbidden:
		of = codes.PermissionDenied
	}
	return &authv3.CheckResponse{
		Status:       &status.Status{Code: int32(of)},
		HttpResponse: &authv3.CheckResponse_DeniedResponse{DeniedResponse: no},
	}
}

func set(name, value string) *corev3.HeaderValueOption {
	return &corev3.HeaderValueOption{
		Header:       &corev3.HeaderValue{Key: name, Value: value},
		AppendAction: corev3.HeaderValueOption_OVERWRITE_IF_EXISTS_OR_ADD,
	}
}

package extauthz_test

import (
	"encoding/json"
	"os"
	"testing"

	bootstrapv3 "github.com/envoyproxy/go-control-plane/envoy/config/bootstrap/v3"
	authzv3 "github.com/envoyproxy/go-control-plane/envoy/extensions/filters/http/ext_authz/v3"
	_ "github.com/envoyproxy/go-control-plane/envoy/extensions/filters/http/router/v3"
	connectionv3 "github.com/envoyproxy/go-control-plane/envoy/extensions/filters/network/http_connection_manager/v3"
	_ "github.com/envoyproxy/go-control-plane/envoy/extensions/upstreams/http/v3"
	"go.yaml.in/yaml/v3"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"
)

// TestTheExampleIsAConfigurationOfEnvoy, by Envoy's own types and their rules, and
// lets nobody through without an answer.
func TestTheExampleIsAConfigurationOfEnvoy(t *testing.T) {
	t.Parallel()
	raw, err := os.ReadFile("../../examples/gateways/envoy/envoy.yaml")
	if err != nil {
		t.Fatal(err)
	}
	var tree any
	if err := yaml.Unmarshal(raw, &tree); err != nil {
		t.Fatal(err)
	}
	text, err := json.Marshal(tree)
	if err != nil {
		t.Fatal(err)
	}
	var bootstrap bootstrapv3.Bootstrap
	if err := protojson.Unmarshal(text, &bootstrap); err != nil {
		t.Fatal(err)
	}
	listener := bootstrap.GetStaticResources().GetListeners()[0]
	var connection connectionv3.HttpConnectionManager
	unpack(t, listener.GetFilterChains()[0].GetFilters()[0].GetTypedConfig().UnmarshalTo, &connection)
	var authz authzv3.ExtAuthz
	unpack(t, connection.GetHttpFilters()[0].GetTypedConfig().UnmarshalTo, &authz)
	for _, m := range []interface{ ValidateAll() error }{&bootstrap, &connection, &authz} {
		if err := m.ValidateAll(); err != nil {
			t.Error(err)
		}
	}
	if authz.GetFailureModeAllow() || authz.GetAllowedHeaders() != nil || authz.GetTransportApiVersion().String() != "V3" {
		t.Errorf("got %v, want that it fails closed and says every header", &authz)
	}
	clusters := map[string]bool{}
	for _, c := range bootstrap.GetStaticResources().GetClusters() {
		clusters[c.GetName()] = true
	}
	if asked := authz.GetGrpcService().GetEnvoyGrpc().GetClusterName(); !clusters[asked] {
		t.Errorf("it asks %q, which is not among %v", asked, clusters)
	}
}

func unpack(t *testing.T, unmarshal func(proto.Message) error, m proto.Message) {
	t.Helper()
	if err := unmarshal(m); err != nil {
		t.Fatal(err)
	}
}

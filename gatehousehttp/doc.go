// Package gatehousehttp protects the handlers of a net/http service: who asks, an
// access token of Logto says; whether they may, Gatehouse says.
//
//	gate, err := gatehousehttp.New(gatehousehttp.Config{
//		Logto:     "https://auth.example.com",
//		Audience:  "https://reports.example.com/api", // the API resource in Logto
//		Gatehouse: "https://gatehouse.example.com",
//		APIKey:    os.Getenv("PERMIT_API_KEY"),
//	})
//	mux.Handle("GET /reports", gate.Require("view", "reports")(list))
//	mux.Handle("DELETE /reports/{id}", gate.Require("delete", "reports", gatehousehttp.Key("id"))(remove))
//
// A request without a good token is answered 401, one that Gatehouse denies 403,
// and one about which Gatehouse gives no clear answer 503; each as JSON with a
// reason. The handler sees none of them, and finds who asks by [TokenOf].
//
// A token is good if Logto has signed it with a key of its key set and one of the
// algorithms of Logto (ES384, RS256), if it is an access token, of this issuer, for
// this audience, and if it has not expired. Nothing else of the request says who
// asks: no other header is read.
//
// The tenant is the organization of the token, under its id in Logto, and
// "default" for a token without one. Read gate.go first, then token.go.
package gatehousehttp

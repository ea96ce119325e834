// Command reports is an API of reports that net/http serves: people bring an
// access token of Logto, and Gatehouse says what they may. For people with a browser
// it has pages, to which they sign in with Logto. README.md says how to run it.
package main

import (
	"cmp"
	"encoding/json"
	"log"
	"net/http"
	"os"
	"time"

	"github.com/gatehouse-authz/gatehouse/gatehousehttp"
)

func main() {
	service, err := newService(gatehousehttp.Config{
		Logto:     os.Getenv("LOGTO_ENDPOINT"),
		Audience:  os.Getenv("LOGTO_RESOURCE"),
		Gatehouse: os.Getenv("PERMIT_PDP_URL"),
		APIKey:    os.Getenv("PERMIT_API_KEY"),
	}, siteConfig{
		Address:   cmp.Or(os.Getenv("BASE_URL"), "http://localhost:8080"),
		AppID:     os.Getenv("LOGTO_APP_ID"),
		AppSecret: os.Getenv("LOGTO_APP_SECRET"),
	})
	if err != nil {
		log.Fatal(err)
	}
	listen := cmp.Or(os.Getenv("LISTEN"), "127.0.0.1:8080")
	log.Printf("reports at http://%s/reports", listen)
	server := &http.Server{Addr: listen, Handler: service, ReadHeaderTimeout: 5 * time.Second}
	log.Fatal(server.ListenAndServe())
}

// newService returns the API and, for an application that people sign in to, its pages.
func newService(c gatehousehttp.Config, sc siteConfig) (http.Handler, error) {
	gate, err := gatehousehttp.New(c)
	if err != nil {
		return nil, err
	}
	mux := http.NewServeMux()
	mux.Handle("GET /reports", gate.Require("view", "reports")(http.HandlerFunc(list)))
	mux.Handle("DELETE /reports/{id}", gate.Require("delete", "reports")(http.HandlerFunc(remove)))
	if sc.AppID != "" {
		err = newSite(mux, gate, c, sc)
	}
	return mux, err
}

// list shows the reports to who may view them.
func list(w http.ResponseWriter, r *http.Request) {
	token, _ := gatehousehttp.TokenOf(r.Context())
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(map[string]any{"for": token.User, "reports": []string{"Revenue", "Renewals", "Support load"}})
}

// remove would remove a report.
func remove(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNoContent) }

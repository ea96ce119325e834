package gatehousehttp

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"sync"
	"time"

	"github.com/go-jose/go-jose/v4"
)

const (
	// fresh is how long a key set is used without asking again, so that a key that
	// is deleted in Logto is not trusted for longer.
	fresh = 10 * time.Minute

	// usable is how long a key set is used while Logto does not answer.
	usable = time.Hour

	// pause is how long a key that is not in the set is not asked for again: who
	// makes up ids of keys makes no load.
	pause = 10 * time.Second

	// patience bounds one fetch, which is for everybody who waits for it.
	patience = 5 * time.Second

	maxAnswer = 256 << 10 // bytes
)

// A keySet is the key set of Logto, fetched when it is needed.
type keySet struct {
	address string
	client  *http.Client
	now     func() time.Time

	fetching sync.Mutex // held by who fetches

	mu      sync.RWMutex // guards the fields below
	keys    map[string]jose.JSONWebKey
	fetched time.Time // when the keys came
	tried   time.Time // when they were last asked for
}

// find is the key of that id. It is asked for if it is not known, which is how a
// key is met that Logto has signed with for the first time.
func (s *keySet) find(ctx context.Context, id string) (jose.JSONWebKey, error) {
	key, known, age := s.known(id)
	if known && age < fresh {
		return key, nil
	}
	err := s.fetch(ctx, id)
	if key, known, age = s.known(id); known && age < usable {
		return key, nil
	}
	if err != nil {
		return key, &Refusal{
			Status: http.StatusServiceUnavailable, Code: "no_keys",
			Reason: "Logto's keys cannot be had, and without them no token is good.", cause: err,
		}
	}
	return key, badToken("The token is signed with a key that Logto does not have.", nil)
}

func (s *keySet) known(id string) (key jose.JSONWebKey, known bool, age time.Duration) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	key, known = s.keys[id]
	return key, known, s.now().Sub(s.fetched)
}

// fetch asks for the keys, unless that was tried a moment ago or somebody else has
// just had them.
func (s *keySet) fetch(ctx context.Context, id string) error {
	s.fetching.Lock()
	defer s.fetching.Unlock()
	if _, known, age := s.known(id); known && age < fresh {
		return nil
	}
	s.mu.Lock()
	now := s.now()
	again := s.tried.IsZero() || now.Sub(s.tried) >= pause
	if again {
		s.tried = now
	}
	none := s.keys == nil
	s.mu.Unlock()
	if !again {
		if none {
			return fmt.Errorf("%s did not answer a moment ago", s.address)
		}
		return nil
	}
	keys, err := s.ask(context.WithoutCancel(ctx)) // who asked first may go; the others wait for it
	if err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.keys, s.fetched = keys, now
	return nil
}

// ask fetches the keys that verify signatures.
func (s *keySet) ask(ctx context.Context) (map[string]jose.JSONWebKey, error) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, s.address, http.NoBody)
	if err != nil {
		return nil, err
	}
	var set struct{ Keys []json.RawMessage }
	if err := fetch(s.client, req, &set); err != nil {
		return nil, fmt.Errorf("logto's keys: %w", err)
	}
	keys := map[string]jose.JSONWebKey{}
	for _, raw := range set.Keys {
		var k jose.JSONWebKey
		if k.UnmarshalJSON(raw) != nil {
			continue // of a kind that signs nothing here
		}
		if k.Valid() && k.IsPublic() && (k.Use == "" || k.Use == "sig") && k.KeyID != "" {
			keys[k.KeyID] = k
		}
	}
	return keys, nil
}

// fetch sends a request and reads the JSON of a 200 into out.
func fetch(client *http.Client, req *http.Request, out any) error {
	resp, err := client.Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close() //nolint:errcheck // it is read to its end below
	body, err := io.ReadAll(io.LimitReader(resp.Body, maxAnswer))
	if err != nil {
		return err
	}
	if resp.StatusCode != http.StatusOK {
		return fmt.Errorf("the answer is %s", resp.Status)
	}
	return json.Unmarshal(body, out)
}

package permitpdp

import (
	"reflect"
	"testing"
)

// FuzzScanAllowed: whatever the fast reader accepts, the exact one reads alike.
func FuzzScanAllowed(f *testing.F) {
	for _, seed := range []string{
		`{"user":{"key":"ann"},"action":"read","resource":{"type":"doc","tenant":"acme"}}`,
		`{"user":{"key":"ann","attributes":{}},"action":"read","resource":{"type":"doc","key":"1","tenant":"t","attributes":{},"context":{}},"context":{},"sdk":"go"}`,
		`{"user":{"key":"a"},"user":{"key":"b"},"action":"r","resource":{"type":"d"}}`,
		`{"user":{"key":"\u0061"},"action":"r","resource":{"type":"d"}}`,
		"{\"user\":{\"key\":\"\xff\"},\"action\":\"a\",\"resource\":{\"type\":\"t\"}}",
		`{"user":{"key":"ann"},"action":"read","resource":{"type":"doc"}} x`,
		`{"User":{"key":"root"},"user":{"key":"ann"},"action":"read","resource":{"type":"doc",}}`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		fast, ok := scanAllowed(body)
		if !ok {
			return
		}
		exact, err := parse(body, (*reader).question)
		if err != nil {
			t.Fatalf("accepted what is refused: %v", err)
		}
		// An empty object states no attributes, as does none.
		exact.UserAttributes, exact.ResourceAttributes, exact.Context = nil, nil, nil
		if exact.explain || !reflect.DeepEqual(fast, exact.Query) {
			t.Errorf("fast %+v, exact %+v", fast, exact)
		}
	})
}

// TestTheQuestionsOfSDKsAreReadFast: what the published clients send does not
// take the slow way.
func TestTheQuestionsOfSDKsAreReadFast(t *testing.T) {
	t.Parallel()
	for name, body := range map[string]string{
		"node":   `{"user":{"key":"ann"},"action":"view","resource":{"type":"reports","tenant":"default"},"context":{},"sdk":"node"}`,
		"go":     `{"user":{"key":"ann","firstName":"","attributes":{}},"action":"view","resource":{"id":"","type":"reports","key":"","tenant":"default","attributes":{},"context":{}},"context":{}}`,
		"python": `{"user": {"key": "ann"}, "action": "view", "resource": {"type": "reports", "tenant": "default", "context": {}}, "context": {}}`,
	} {
		if _, ok := scanAllowed([]byte(body)); !ok {
			t.Errorf("%s: read slowly", name)
		}
	}
}

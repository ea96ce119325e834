package golang

import (
	"strings"
	"testing"

	"github.com/permitio/permit-golang/pkg/enforcement"
	"github.com/permitio/permit-golang/pkg/models"
)

func TestAWrongKeyIsRefused(t *testing.T) {
	t.Parallel()
	stranger := connectWith(t, "permit_key_"+strings.Repeat("x", 86))
	_, err := stranger.Api.Users.Get(t.Context(), "anyone")
	// The client asks for the scope of its key first, and says of a 401 only this.
	if err == nil || !strings.Contains(err.Error(), "not authorized using the provided API key") {
		t.Errorf("got %v, want that the key is not authorized", err)
	}
	allowed, err := stranger.Check(enforcement.UserBuilder("anyone").Build(), "view", enforcement.ResourceBuilder("reports").Build())
	fails(t, 403, err) // as Permit's PDP does
	if allowed {
		t.Error("a wrong key is allowed")
	}
}

func TestWhatIsNotOfferedYetSaysSo(t *testing.T) {
	t.Parallel()
	c := connect(t)
	_, err := c.Elements.LoginAs(t.Context(), models.UserLoginRequestInput{UserId: "anyone", TenantId: "default"})
	if body := fails(t, 501, err); !strings.Contains(body, "Gatehouse does not offer ") {
		t.Errorf("got %s, want that it is not offered", body)
	}
}

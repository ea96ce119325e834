package logtosim

import (
	"net/http"
	"slices"
)

// A personalToken is a personal access token as Logto shows it.
type personalToken struct {
	TenantID  string `json:"tenantId"`
	UserID    string `json:"userId"`
	Name      string `json:"name"`
	Value     string `json:"value"`
	CreatedAt int64  `json:"createdAt"` // milliseconds since 1970
	ExpiresAt *int64 `json:"expiresAt"` // milliseconds since 1970; null is never
}

// A factor is a second factor of a person, as Logto shows it.
type factor struct {
	ID        string `json:"id"`
	CreatedAt string `json:"createdAt"` // ISO 8601
	Type      string `json:"type"`
}

// patchPassword keeps no password, only that there is one.
func (s *Sim) patchPassword(r *http.Request) (int, any, error) {
	f, err := readBody(r)
	if err != nil {
		return 0, nil, err
	}
	if _, err := f.text("password"); err != nil {
		return 0, nil, err
	}
	u, err := s.change(r.Context(), r.PathValue("userId"), "User.Data.Updated", "/users/:userId/password", func(u *User) (any, error) {
		u.HasPassword = true
		return nil, nil
	})
	return http.StatusOK, u.answer(), err
}

// personOf returns the person of the request's path. The caller holds mu.
func (s *Sim) personOf(r *http.Request) (*person, error) {
	if p := s.person(r.PathValue("userId")); p != nil {
		return p, nil
	}
	return nil, errNotFound()
}

// patchExpiration cannot expire a password: the policy that allows it is off.
func (s *Sim) patchExpiration(r *http.Request, f Fields) (int, any, error) {
	expire, err := f.truth("isExpired")
	if err != nil {
		return 0, nil, err
	}
	p, err := s.personOf(r)
	if err != nil {
		return 0, nil, err
	}
	if expire {
		return 0, nil, &Error{
			Status: http.StatusBadRequest, Code: "sign_in_experiences.password_expiration_not_enabled",
			Message: "Password expiration is not enabled.",
		}
	}
	p.user.UpdatedAt = s.now()
	return http.StatusOK, p.user.answer(), nil
}

func (s *Sim) hasPassword(r *http.Request, _ Fields) (int, any, error) {
	p, err := s.personOf(r)
	if err != nil {
		return 0, nil, err
	}
	return http.StatusOK, object{{"hasPassword", p.user.HasPassword}}, nil
}

// verifyPassword finds every password wrong, as none is kept.
func (s *Sim) verifyPassword(r *http.Request, f Fields) (int, any, error) {
	if _, err := f.text("password"); err != nil {
		return 0, nil, err
	}
	if _, err := s.personOf(r); err != nil {
		return 0, nil, err
	}
	return 0, nil, errUnprocessable("", "session.invalid_credentials", "Incorrect account or password. Please check your input.")
}

func (s *Sim) getConfigs(r *http.Request, _ Fields) (int, any, error) {
	p, err := s.personOf(r)
	if err != nil {
		return 0, nil, err
	}
	return http.StatusOK, p.configs(), nil
}

// configs is what Logto keeps of a person's choices about second factors.
func (p *person) configs() object {
	return object{{"mfa", object{{"skipped", p.skipsMFA}}}}
}

// patchConfigs tells of the user without saying which route changed it.
func (s *Sim) patchConfigs(r *http.Request, f Fields) (int, any, error) {
	p, err := s.personOf(r)
	if err != nil {
		return 0, nil, err
	}
	if mfa, ok := f["mfa"].(map[string]any); ok {
		if skipped, ok := mfa["skipped"].(bool); ok {
			p.skipsMFA = skipped
		}
	}
	p.user.UpdatedAt = s.now()
	c := callerOf(r.Context())
	s.send("User.Data.Updated", p.user.ID, object{
		{"event", "User.Data.Updated"}, {"createdAt", s.timestamp()}, {"userAgent", c.userAgent}, {"ip", c.ip}, {"data", p.user},
	})
	return http.StatusOK, p.configs(), nil
}

func (s *Sim) listFactors(r *http.Request, _ Fields) (int, any, error) {
	p, err := s.personOf(r)
	if err != nil {
		return 0, nil, err
	}
	return http.StatusOK, orEmpty(p.factors), nil
}

func (s *Sim) postFactor(r *http.Request, f Fields) (int, any, error) {
	if _, err := f.text("type"); err != nil {
		return 0, nil, err
	}
	kind, err := f.choice("type", "Totp", "BackupCode")
	if err != nil {
		return 0, nil, err
	}
	p, err := s.personOf(r)
	if err != nil {
		return 0, nil, err
	}
	if slices.ContainsFunc(p.factors, func(other factor) bool { return other.Type == kind }) {
		return 0, nil, errUnprocessable("", "user.totp_already_in_use", "TOTP is already in use.")
	}
	p.factors = append(p.factors, factor{s.id(21), s.timestamp(), kind})
	p.user.UpdatedAt = s.now()
	if kind == "Totp" {
		return http.StatusOK, object{{"type", kind}, {"secret", s.id(16)}, {"secretQrCode", "data:image/png;base64,"}}, nil
	}
	return http.StatusOK, object{{"type", kind}, {"codes", []string{s.id(10), s.id(10)}}}, nil
}

func (s *Sim) deleteFactor(r *http.Request, _ Fields) (int, any, error) {
	p, err := s.personOf(r)
	if err != nil {
		return 0, nil, err
	}
	id := r.PathValue("verificationId")
	p.factors = slices.DeleteFunc(p.factors, func(f factor) bool { return f.ID == id })
	p.user.UpdatedAt = s.now()
	return http.StatusNoContent, nil, nil
}

func (s *Sim) listTokens(r *http.Request, _ Fields) (int, any, error) {
	p, err := s.personOf(r)
	if err != nil {
		return 0, nil, err
	}
	return http.StatusOK, orEmpty(p.tokens), nil
}

func (s *Sim) postToken(r *http.Request, f Fields) (int, any, error) {
	name, err := f.text("name")
	if err != nil {
		return 0, nil, err
	}
	p, err := s.personOf(r)
	if err != nil {
		return 0, nil, err
	}
	if p.token(name) >= 0 {
		return 0, nil, errUnprocessable("name", "user.personal_access_token_name_exists", "Personal access token name already exists.")
	}
	t := personalToken{TenantID: tenantID, UserID: p.user.ID, Name: name, Value: "pat_" + s.id(32), CreatedAt: s.now()}
	if at, ok := f["expiresAt"].(float64); ok {
		t.ExpiresAt = new(int64(at))
	}
	p.tokens = append(p.tokens, t)
	return http.StatusCreated, t, nil
}

// token returns where the token of that name is, or -1.
func (p *person) token(name string) int {
	return slices.IndexFunc(p.tokens, func(t personalToken) bool { return t.Name == name })
}

// changeToken makes the handler of a rename or a removal. The name is in the path,
// or else in the body under the field.
func (s *Sim) changeToken(field string, remove bool) func(*http.Request) (int, any, error) {
	return s.acts(func(r *http.Request, f Fields) (int, any, error) {
		name := r.PathValue("name")
		if field != "" {
			var err error
			if name, err = f.text(field); err != nil {
				return 0, nil, err
			}
		}
		p, err := s.personOf(r)
		if err != nil {
			return 0, nil, err
		}
		i := p.token(name)
		if i < 0 {
			return 0, nil, errNotFound()
		}
		if remove {
			p.tokens = slices.Delete(p.tokens, i, i+1)
			return http.StatusNoContent, nil, nil
		}
		renamed, err := f.text("name")
		if err != nil {
			return 0, nil, err
		}
		p.tokens[i].Name = renamed
		return http.StatusOK, p.tokens[i], nil
	})
}

// absent answers routes about sessions and grants: there are none here.
func (s *Sim) absent(*http.Request, Fields) (int, any, error) { return 0, nil, errNotFound() }

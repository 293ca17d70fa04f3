package api

import (
	"context"
	"errors"
	"strings"

	"jornada/dsl/diag"
	"jornada/engine"
	"jornada/engine/auth"
)

// userView is a person; Link is there once, in the answer that makes it.
type userView struct {
	engine.User
	// HasPassword says whether they have chosen one: until then, they cannot sign in.
	HasPassword bool   `json:"has_password"`
	Link        string `json:"link,omitempty"`
}

func userOf(u *engine.User) userView {
	return userView{User: *u, HasPassword: u.PasswordHash != ""}
}

func (s *server) listUsers(ctx context.Context, q *request) (*answer, error) {
	list, err := s.People.Users(ctx)
	if err != nil {
		return nil, err
	}
	return ok(pageOf(each(list, userOf), "")), nil
}

func (s *server) createUser(ctx context.Context, q *request) (*answer, error) {
	var in struct {
		Name  string      `json:"name"`
		Email string      `json:"email"`
		Role  engine.Role `json:"role"`
	}
	if err := q.decode(&in); err != nil {
		return nil, err
	}
	u, link, err := s.People.Add(ctx, in.Name, in.Email, in.Role)
	if err != nil {
		return nil, personProblem(err)
	}
	if err := s.audit(ctx, q, "user.created", string(u.ID), map[string]any{"role": u.Role}); err != nil {
		return nil, err
	}
	view := userOf(u)
	a := created(s.withLink(view, link))
	a.saved = view // a repeated call learns who was made, never the link
	return a, nil
}

func (s *server) patchUser(ctx context.Context, q *request) (*answer, error) {
	var in struct {
		Name     *string      `json:"name"`
		Role     *engine.Role `json:"role"`
		Disabled *bool        `json:"disabled"`
	}
	if err := q.decode(&in); err != nil {
		return nil, err
	}
	u, err := s.People.Change(ctx, engine.UserID(q.params["id"]), auth.Changed{Name: in.Name, Role: in.Role, Disabled: in.Disabled})
	if err != nil {
		return nil, unknownUser(q, err)
	}
	if err := s.audit(ctx, q, "user.changed", string(u.ID), map[string]any{"role": u.Role, "disabled": u.DisabledAt != nil}); err != nil {
		return nil, err
	}
	return ok(userOf(u)), nil
}

// createUserLink makes a new link for somebody who lost theirs, or their password.
func (s *server) createUserLink(ctx context.Context, q *request) (*answer, error) {
	if err := q.decodeOptional(&struct{}{}); err != nil {
		return nil, err
	}
	id := engine.UserID(q.params["id"])
	link, err := s.People.LinkOf(ctx, id)
	if err != nil {
		return nil, unknownUser(q, err)
	}
	if err := s.audit(ctx, q, "user.link_made", string(id), nil); err != nil {
		return nil, err
	}
	a := created(linkView{SignInAddress(s.PublicURL, link)})
	a.saved = linkView{}
	return a, nil
}

type linkView struct {
	Link string `json:"link"`
}

func (s *server) withLink(v userView, link string) userView {
	v.Link = SignInAddress(s.PublicURL, link)
	return v
}

// SignInAddress is where a link leads. Its secret stands behind the #, which
// browsers send to nobody and servers cannot log.
func SignInAddress(publicURL, secret string) string {
	return strings.TrimRight(publicURL, "/") + "/welcome#" + secret
}

func unknownUser(q *request, err error) error {
	if isCode(err, engine.NotFound) {
		return notFound(diag.T("there is no user %q", "não existe o usuário %q", q.params["id"]))
	}
	return personProblem(err)
}

// personProblem says what is wrong with a person in both languages.
func personProblem(err error) error {
	var refused *engine.Error
	if !errors.As(err, &refused) {
		return err
	}
	pt := map[string]string{
		"name":     "a pessoa precisa de um nome de 1 a 100 caracteres",
		"email":    "informe um endereço de e-mail como ana@clinic.example",
		"role":     "não existe esse papel: use administrator, author, operator ou viewer",
		"password": "a senha precisa de 12 a 200 caracteres e não pode ser o seu nome ou e-mail: quatro palavras sem relação entre si são uma boa senha",
	}[refused.Field]
	if refused.Code == engine.Conflict {
		switch refused.Field {
		case "email":
			pt = "outra pessoa já usa este e-mail"
		default:
			pt = "não sobraria quem administre, ou a pessoa está desativada: torne outra pessoa administradora primeiro, ou reative esta"
		}
	}
	if pt == "" {
		return err
	}
	return &problem{Status: statusOf(refused.Code), Code: string(refused.Code), Field: refused.Field, Details: refused.Details,
		Text: diag.Text{En: refused.Message, Pt: pt}, Err: refused.Err}
}

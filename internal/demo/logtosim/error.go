package logtosim

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
)

// An Error is an answer of Logto that is not a success. The Management API sends
// it as `{code,data,details,message}`.
type Error struct {
	Status  int    // of the HTTP answer
	Code    string // such as user.username_already_in_use
	Message string // English text, as Logto words it
	Field   string // the field at fault, if one is; not sent

	data    any
	details string
}

// Error returns the code and the message.
func (e *Error) Error() string { return e.Code + ": " + e.Message }

// body is the error as Logto sends it.
func (e *Error) body() object {
	var o object
	if e.Code != "" {
		o = append(o, member{"code", e.Code})
	}
	if e.data != nil {
		o = append(o, member{"data", e.data})
	}
	if e.details != "" {
		o = append(o, member{"details", e.details})
	}
	return append(o, member{"message", e.Message})
}

// wire returns err as an Error; one from elsewhere is a 500 that says nothing.
func wire(err error) *Error {
	if e, ok := errors.AsType[*Error](err); ok {
		return e
	}
	return &Error{Status: http.StatusInternalServerError, Message: "Internal server error"}
}

func errNotFound() *Error {
	return &Error{Status: http.StatusNotFound, Code: "entity.not_found", Message: "The resource does not exist."}
}

// errNoSuchID is the 404 of organizations; users have errNotFound.
func errNoSuchID(what, id string) *Error {
	return &Error{
		Status: http.StatusNotFound, Code: "entity.not_exists_with_id",
		Message: fmt.Sprintf("The %s with ID `%s` does not exist.", what, id),
	}
}

// errNotExists is the 404 of a change of an entity, by its table's singular.
func errNotExists(what string) *Error {
	return &Error{Status: http.StatusNotFound, Code: "entity.not_exists", Message: "The " + what + " does not exist."}
}

// errTaken is the 422 of a second entity with the same name.
func errTaken() *Error {
	return errUnprocessable("", "entity.unique_integrity_violation", "The entity already exists. Please check the input and try again.")
}

// errInput is an input that fits its schema and is refused all the same.
func errInput(status int, details string) *Error {
	return &Error{Status: status, Code: "request.invalid_input", Message: "Input is invalid. " + details}
}

func errUnprocessable(field, code, message string) *Error {
	return &Error{Status: http.StatusUnprocessableEntity, Code: code, Message: message, Field: field}
}

func errUsernameTaken() *Error {
	return errUnprocessable("username", "user.username_already_in_use", "This username is already in use.")
}

func errEmailTaken() *Error {
	return errUnprocessable("primaryEmail", "user.email_already_in_use", "This email is associated with an existing account.")
}

func errPhoneTaken() *Error {
	return errUnprocessable("primaryPhone", "user.phone_already_in_use", "This phone number is associated with an existing account.")
}

// errForeignKey is the answer to naming a user or organization that is not there.
func errForeignKey() *Error {
	return errUnprocessable("", "entity.relation_foreign_key_not_found",
		"Cannot find one or more foreign keys. Please check the input and ensure that all referenced entities exist.")
}

// errEmptyPatch is the answer to a change of nothing.
func errEmptyPatch() *Error {
	return errUnprocessable("", "entity.invalid_input", "Invalid input. Value list must not be empty.")
}

// An issue is one complaint of the schema about a body, in the form of zod, the
// schema library of Logto.
type issue struct {
	members object // what zod says besides the path and the message
	path    []string
	message string
	detail  string // the sentence for details, after the path
}

// invalid is the answer to a body that does not fit its schema.
func invalid(i issue) *Error {
	path := strings.Join(i.path, ".")
	at := make([]any, len(i.path))
	for n, part := range i.path {
		if at[n] = part; index(part) < none {
			at[n] = index(part) // of a list
		}
	}
	members := i.members
	if i.members[0].key == "validation" {
		members = append(members, member{"message", i.message}, member{"path", at})
	} else {
		members = append(members, member{"path", at}, member{"message", i.message})
	}
	return &Error{
		Status: http.StatusBadRequest, Code: "guard.invalid_input", Message: "The request body is invalid.", Field: path,
		data:    object{{"issues", []object{members}}, {"name", "ZodError"}},
		details: fmt.Sprintf("Error in key path %q: %s", path, i.detail),
	}
}

// invalidType is the complaint about a value of the wrong JSON type.
func invalidType(expected, received string, path ...string) *Error {
	message := fmt.Sprintf("Expected %s, received %s", expected, received)
	if received == "undefined" {
		message = "Required"
	}
	return invalid(issue{
		members: object{{"code", "invalid_type"}, {"expected", expected}, {"received", received}},
		path:    path, message: message,
		detail: fmt.Sprintf("(invalid_type) Expected %s but received %s.", expected, received),
	})
}

// invalidString is the complaint about a string that is not of the right form;
// validation is "regex" or "url".
func invalidString(validation, message string, path ...string) *Error {
	return invalid(issue{
		members: object{{"validation", validation}, {"code", "invalid_string"}},
		path:    path, message: message, detail: "(invalid_string) " + message,
	})
}

package store

import (
	"fmt"
	"strings"
)

// A where gathers the conditions of a query: each is written with ? and numbered
// when it is added, all must hold.
type where struct {
	conditions []string
	args       []any
}

func (w *where) add(condition string, args ...any) {
	for _, a := range args {
		w.args = append(w.args, a)
		condition = strings.Replace(condition, "?", fmt.Sprintf("$%d", len(w.args)), 1)
	}
	w.conditions = append(w.conditions, condition)
}

// in adds that column is one of values; no values add nothing.
func in[T any](w *where, column string, values []T) {
	if len(values) == 0 {
		return
	}
	marks := make([]string, len(values))
	for i, v := range values {
		w.args = append(w.args, v)
		marks[i] = fmt.Sprintf("$%d", len(w.args))
	}
	w.conditions = append(w.conditions, column+" IN ("+strings.Join(marks, ", ")+")")
}

// like adds that one of columns matches pattern, ignoring case.
func (w *where) like(pattern string, columns ...string) {
	w.args = append(w.args, strings.ToLower(pattern))
	parts := make([]string, len(columns))
	for i, c := range columns {
		parts[i] = fmt.Sprintf(`LOWER(%s) LIKE $%d ESCAPE '\'`, c, len(w.args))
	}
	w.conditions = append(w.conditions, "("+strings.Join(parts, " OR ")+")")
}

func (w *where) any() string { return strings.Join(w.conditions, " OR ") }

func (w *where) text() string { return strings.Join(w.conditions, " AND ") }

// literal is s as a LIKE pattern that matches s alone.
func literal(s string) string {
	return strings.NewReplacer(`\`, `\\`, `%`, `\%`, `_`, `\_`).Replace(s)
}

package sample

import (
	"fmt"
	"strings"
)

// A view is what a page shows.
type view struct {
	Title                       string
	Logto, Gatehouse, Dashboard string  // addresses
	Person                      *Person // who is there; nil is nobody

	Door   bool   // the page for those who have not signed in
	Failed string // why a sign-in came to nothing

	Answers []answer
	Decided answer // whether the reports are shown
	Reports []report
	Refusal refusal
	Waiting bool // the page looks again by itself
}

// Milliseconds is how long the answer took.
func (a answer) Milliseconds() string {
	return fmt.Sprintf("%.1f ms", float64(a.Took.Microseconds())/1000)
}

// By names the roles that allow it.
func (a answer) By() string { return strings.Join(a.Roles, " and ") }

// Initial is the first letter of the name.
func (p Person) Initial() string {
	for _, r := range p.Name {
		return strings.ToUpper(string(r))
	}
	return ""
}

// A report is a card with a small chart.
type report struct {
	Title, Figure, Trend, Note string
	Bars                       []bar
}

// A bar is one column of a chart, in its units.
type bar struct{ X, Y, Height int }

// chart makes columns of a chart that is 46 high.
func chart(heights ...int) []bar {
	bars := make([]bar, len(heights))
	for i, h := range heights {
		bars[i] = bar{X: i * 15, Y: 46 - h, Height: h}
	}
	return bars
}

// shelf is what Reports Inc. has to show. The figures are made up.
var shelf = []report{
	{"Revenue", "€ 4.2 M", "+8 % on last quarter", "Third quarter, all regions", chart(18, 22, 20, 27, 31, 30, 38, 44)},
	{"Renewals", "94 %", "+2 points on last year", "Customers whose year ended", chart(34, 36, 35, 37, 38, 40, 41, 42)},
	{"Support load", "312 cases", "−11 % on last month", "Opened in the last four weeks", chart(44, 40, 42, 36, 33, 34, 29, 26)},
}

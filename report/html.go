package report

import (
	"bufio"
	"crypto/sha256"
	"embed"
	"encoding/base64"
	"html/template"
	"io"

	"pinwatch/policy"
	"pinwatch/show"
)

//go:embed page*.html
var pages embed.FS

//go:embed page.css
var pageCSS string

// WriteHTML writes a report as one HTML file that needs no network and no script, and whose policy (a meta element)
// forbids both.
func WriteHTML(w io.Writer, r *Report) error {
	p, err := newPage(r)
	if err != nil {
		return err
	}
	t, err := template.New("page.html").Funcs(htmlFuncs()).ParseFS(pages, "page*.html")
	if err != nil {
		return err
	}
	buffered := bufio.NewWriter(w)
	if err := t.Execute(buffered, p); err != nil {
		return err
	}
	return buffered.Flush()
}

// htmlFuncs are what the template works with. html/template escapes what they return for the place where it stands;
// text that comes from others goes through esc, name, or what calls them, so that it also shows itself.
func htmlFuncs() template.FuncMap {
	hash := sha256.Sum256([]byte(pageCSS))
	return template.FuncMap{
		"css":        func() template.CSS { return template.CSS(pageCSS) }, //nolint:gosec // our own
		"cssHash":    func() string { return base64.StdEncoding.EncodeToString(hash[:]) },
		"esc":        show.Escape,
		"name":       show.Name,
		"day":        day,
		"instant":    instant,
		"when":       when,
		"count":      count[int],
		"count64":    count[uint64],
		"span":       span,
		"plural":     plural,
		"keyPin":     keyPin,
		"pinned":     pinned,
		"short":      func(digits string) string { return show.Escape(shortHash(digits)) },
		"base64":     inBase64,
		"orNone":     orNone,
		"promise":    promiseText,
		"words":      words,
		"places":     func(f *Finding, name string) string { return f.places(name) },
		"names":      func(all []string) part[string] { return cut(all, shownNames) },
		"seen":       func(all []show.Sighting) part[show.Sighting] { return cut(all, shownSightings) },
		"events":     func(all []show.Event) part[show.Event] { return cut(all, shownHistory) },
		"stretch":    func(all []Stretch) part[Stretch] { return cut(all, shownStretches) },
		"back":       func(all []CoveredLog) part[loggedBack] { return cut(allBack(all), shownRows) },
		"lookedFor":  func(b Lookback) string { return b.names() },
		"issuers":    func(all []Issuer) part[Issuer] { return cut(all, shownRows) },
		"gaps":       func(all []Gap) part[Gap] { return cut(oldGaps(all), shownRows) },
		"fresh":      freshGaps,
		"missing":    func(all []Uncovered) part[Uncovered] { return cut(all, shownRows) },
		"pins":       func(all []Pin) part[Pin] { return cut(all, shownRows) },
		"alarms":     func(all []Alarm) part[Alarm] { return cut(all, shownRows) },
		"unread":     func(all []UndeterminedEntry) part[UndeterminedEntry] { return cut(all, shownRows) },
		"policies":   func(all []Policy) part[Policy] { return cut(all, shownRows) },
		"promises":   func(all []PromiseCount) part[PromiseCount] { return cut(all, shownRows) },
		"prunings":   func(all []Pruning) part[Pruning] { return cut(all, shownHistory) },
		"spans":      func(all []policy.Span) part[policy.Span] { return cut(all, shownHistory) },
		"watches":    func(all []Watch) part[Watch] { return cut(all, shownRows) },
		"authorised": func(all []Authorisation) part[Authorisation] { return cut(all, shownRows) },
		"height":     func() int { return barHeight },
	}
}

package report

import (
	"strings"

	"pinwatch/show"
)

// mdCode shows text that somebody else wrote as a span of code: nothing in it is a link, a mention or a reference. What
// would end the span, or a cell of a table, is written as a number.
func mdCode(s string) string { return codeSpan(show.Escape(s)) }

// mdName is mdCode of a name.
func mdName(s string) string { return codeSpan(show.Name(s)) }

func codeSpan(shown string) string {
	if strings.TrimSpace(shown) == "" {
		return "-"
	}
	return "`" + strings.NewReplacer("`", `\u{60}`, "|", `\u{7c}`).Replace(shown) + "`"
}

// mdText shows a sentence of ours, which may quote others. A word that Markdown, or what is built around it, might take
// for a link, a mention of a person or a reference becomes a span of code, other signs that mean something are escaped.
func mdText(s string) string {
	words := strings.Split(show.Escape(s), " ")
	for i, word := range words {
		words[i] = mdWord(word)
	}
	return strings.Join(words, " ")
}

func mdWord(word string) string {
	lower := strings.ToLower(word)
	if strings.ContainsAny(word, "@#!~%&$") || strings.Contains(lower, "://") || strings.Contains(lower, "www.") ||
		strings.Contains(lower, "mailto:") {
		return codeSpan(word)
	}
	var b strings.Builder
	for i := range len(word) {
		if strings.IndexByte("\\`*_{}[]<>()|+-=", word[i]) >= 0 && !between(word, i) {
			b.WriteByte('\\')
		}
		b.WriteByte(word[i])
	}
	return b.String()
}

// between says whether a hyphen or a low line stands in a word, where it means nothing and a backslash would only be in
// the way of those who read the source.
func between(word string, i int) bool {
	return word[i] == '-' && i > 0 && i < len(word)-1
}

package config

import (
	"fmt"
	"slices"
	"strings"
)

// maxWord bounds the words that are quoted, in bytes. No word of the configuration comes near.
const maxWord = 64

// unknown says that word is none of known, with the nearest of them if one is near enough to be meant.
func unknown(word string, known []string) error {
	if best := Nearest(word, known); best != "" {
		return didYouMean(word, best)
	}
	return hinted("known here: "+strings.Join(known, ", "), "unknown word %s", quote(word))
}

func didYouMean(word, best string) error {
	return hinted(fmt.Sprintf("did you mean %q?", best), "unknown word %s", quote(word))
}

// maxTyped bounds the words that are compared, in bytes. No host name is longer.
const maxTyped = 255

// Nearest finds the known word with the fewest typing errors, at most one in three letters. It is empty when there is
// none. Capital letters in word are none, nor is a dash for an underscore.
func Nearest(word string, known []string) string {
	if len(word) > maxTyped {
		return ""
	}
	word = strings.ToLower(strings.ReplaceAll(word, "-", "_"))
	best, distance := "", len(word)/3+1
	for _, k := range known {
		if max(len(k)-len(word), len(word)-len(k)) >= distance {
			continue
		}
		if d := typos(word, strings.ReplaceAll(k, "-", "_")); d < distance {
			best, distance = k, d
		}
	}
	return best
}

// typos is the number of insertions, deletions, replacements and swaps of neighbours that make a into b.
func typos(a, b string) int {
	var before, last []int
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		before, last = last, slices.Clone(row)
		row[0] = i + 1
		for j := range len(b) {
			cost := 1
			if a[i] == b[j] {
				cost = 0
			}
			row[j+1] = min(last[j+1]+1, row[j]+1, last[j]+cost)
			if i > 0 && j > 0 && a[i] == b[j-1] && a[i-1] == b[j] {
				row[j+1] = min(row[j+1], before[j-1]+1)
			}
		}
	}
	return row[len(b)]
}

// quote shows a value of the file, bounded and with control characters escaped.
func quote(s string) string {
	const most = 2 * maxWord
	if len(s) > most {
		return fmt.Sprintf("%q...", strings.ToValidUTF8(s[:most], ""))
	}
	return fmt.Sprintf("%q", s)
}

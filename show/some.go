package show

import "fmt"

// Some is at most so many of the items as text, and how many there are besides.
func Some[T any](items []T, most int, text func(T) string) []string {
	var out []string
	for _, item := range items[:min(len(items), most)] {
		out = append(out, text(item))
	}
	if more := len(items) - most; more > 0 {
		out = append(out, fmt.Sprintf("and %d more", more))
	}
	return out
}

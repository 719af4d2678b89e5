package cli

import (
	"context"
	"fmt"

	"pinwatch/show"
	"pinwatch/store"
)

// keptPins are a line for each file of pins that cannot be read, whose last good pins stay in force. The same is said by
// every scan and watch.
func keptPins(ctx context.Context, r *store.Reader) ([]string, error) {
	files, err := r.PinFiles(ctx)
	var out []string
	for i := range files {
		if f := &files[i]; f.Failed != nil {
			out = append(out, fmt.Sprintf("pins of %s: since %s: %s; what it gave at %s stays in force (%s)", show.Name(f.Watch),
				timestamp(*f.Failed), show.Escape(f.Failure), timestamp(f.ReadAt), count(f.Live(), "pin")))
		}
	}
	return show.Some(out, shownNames, func(line string) string { return line }), err
}

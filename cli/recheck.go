package cli

import (
	"fmt"

	"github.com/urfave/cli/v2"

	"pinwatch/monitor"
)

const recheckName = "recheck-undetermined"

func recheckFlag() cli.Flag {
	return &cli.BoolFlag{Name: recheckName, Usage: "first read every entry again that could not be read in full when it was " +
		"met, as this version reads certificates and with what is watched now"}
}

// recheckText says what came of reading kept entries again.
func recheckText(r *monitor.Rechecked) string {
	return fmt.Sprintf("Kept entries read again: %d, in full for the first time: %d.", r.Entries, r.Resolved)
}

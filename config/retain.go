package config

import (
	"fmt"
	"regexp"
	"strconv"
	"time"

	"go.yaml.in/yaml/v3"
)

const day = 24 * time.Hour

// maxRetain bounds retention, in days: a hundred years, which a time.Duration holds.
const maxRetain = 36_500

// ParseRetain reads for how long what was expected is kept: a whole number of days, as in 400d.
func ParseRetain(s string) (time.Duration, error) {
	m := retention.FindStringSubmatch(s)
	if m == nil {
		return 0, hinted("write a number of days, such as 400d; leave the word out to keep all", "%s is no time to keep things for", quote(s))
	}
	n, err := strconv.Atoi(m[1])
	switch unit := m[2]; {
	case err != nil || n > maxRetain:
		return 0, hinted("leave the word out to keep all", "%s is more than %d days", quote(s), maxRetain)
	case unit != "d":
		return 0, hinted(inDays(n, unit), "%s is not in days", quote(s))
	case n == 0:
		return 0, hinted("write at least 1d", "%s would keep nothing", quote(s))
	}
	return time.Duration(n) * day, nil
}

// retention is a number with a unit that somebody may mean.
var retention = regexp.MustCompile(`^([0-9]{1,9}) ?([a-zA-Z]{0,6})$`)

// inDays suggests what n of a unit are in days.
func inDays(n int, unit string) string {
	days := n
	switch unit {
	case "w", "week", "weeks":
		days = 7 * n
	case "m", "mo", "month", "months":
		days = 31 * n
	case "y", "year", "years":
		days = 366 * n
	case "h", "hour", "hours":
		days = (n + 23) / 24
	case "", "D", "day", "days":
	default:
		return "write a number of days, such as 400d"
	}
	return fmt.Sprintf("did you mean %dd?", days)
}

func (p *parser) retain(n *yaml.Node, where string) time.Duration {
	s, ok := p.text(n, where)
	if !ok {
		return 0
	}
	d, err := ParseRetain(s)
	p.fail(n, where, err)
	return d
}

package program

import (
	"fmt"
	"maps"
	"os"
	"regexp"
	"slices"
	"strings"
	"time"

	"pinwatch/notify"
)

// passed are the variables of our environment that a program sees.
var passed = []string{"PATH", "HOME", "USER", "LANG", "LC_ALL", "TZ", "TMPDIR"}

// prefix is that of our variables.
const prefix = "PINWATCH_"

// maxVariable bounds the value of one of our variables, in bytes.
const maxVariable = 256

var variableName = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]*$`)

// newEnv is what a program sees besides the variables of a message.
func newEnv(configured map[string]string) ([]string, error) {
	var env []string
	for _, name := range passed {
		if value, ok := os.LookupEnv(name); ok {
			env = append(env, name+"="+value)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(configured)) {
		switch {
		case !variableName.MatchString(name):
			return nil, fmt.Errorf("%q is not the name of a variable", name)
		case strings.HasPrefix(name, prefix):
			return nil, fmt.Errorf("variable %s: names that begin with %s are those of the message", name, prefix)
		case strings.ContainsRune(configured[name], 0):
			return nil, fmt.Errorf("variable %s: its value has a NUL", name)
		}
		env = append(env, name+"="+configured[name]) // the last of a name counts
	}
	return env, nil
}

// variables are those of a message, as told at the package.
func variables(m *notify.Message) []string {
	flag := func(b bool) string {
		if b {
			return "1"
		}
		return ""
	}
	var env []string
	for _, v := range []struct{ name, value string }{
		{"ID", m.ID},
		{"KIND", string(m.Kind)},
		{"EVENT", m.Event},
		{"SEVERITY", m.Severity},
		{"TIME", m.Time.UTC().Format(time.RFC3339)},
		{"THREAD", m.Thread},
		{"TITLE", m.Title},
		{"WATCH", m.Watch},
		{"VERDICT", m.Verdict},
		{"RESOLVED", flag(m.Resolved)},
		{"TEST", flag(m.Test)},
	} {
		env = append(env, prefix+v.name+"="+tame(v.value))
	}
	return env
}

// tame makes a value that means nothing to any shell or program that it comes to.
func tame(s string) string {
	s = strings.Map(func(r rune) rune {
		switch {
		case r >= 'a' && r <= 'z', r >= 'A' && r <= 'Z', r >= '0' && r <= '9', strings.ContainsRune(" .,:=@/_+-", r):
			return r
		}
		return '_'
	}, s)
	if strings.HasPrefix(s, "-") {
		s = "_" + s[1:]
	}
	return s[:min(len(s), maxVariable)]
}

package cli

import (
	"slices"
	"strings"

	"github.com/urfave/cli/v2"
)

// intersperse puts flags before arguments, so that "findings ack ID --by ann" means what it says: the flag package
// ends flags at the first argument, and takes what follows for arguments. Behind "--" everything is an argument.
func intersperse(args []string, app *cli.App) []string {
	if len(args) == 0 {
		return []string{app.Name}
	}
	out := []string{args[0]}
	var rest []string
	commands, flags := app.Commands, app.Flags
	for i := 1; i < len(args); i++ {
		arg := args[i]
		switch {
		case arg == "--":
			rest = append(append([]string{"--"}, rest...), args[i+1:]...)
			return append(out, rest...)
		case strings.HasPrefix(arg, "-") && arg != "-":
			out = append(out, arg)
			if takesValue(arg, flags) && i+1 < len(args) {
				i++
				out = append(out, args[i])
			}
		default:
			at := slices.IndexFunc(commands, func(c *cli.Command) bool { return c.HasName(arg) })
			if at < 0 || len(rest) > 0 {
				rest = append(rest, arg)
				continue
			}
			out = append(out, arg)
			commands, flags = commands[at].Subcommands, commands[at].Flags
		}
	}
	return append(out, rest...)
}

// takesValue says whether the next argument belongs to the flag.
func takesValue(arg string, flags []cli.Flag) bool {
	name := strings.TrimLeft(arg, "-")
	if strings.Contains(name, "=") {
		return false
	}
	for _, f := range flags {
		if doc, ok := f.(cli.DocGenerationFlag); ok && slices.Contains(f.Names(), name) {
			return doc.TakesValue()
		}
	}
	return false
}

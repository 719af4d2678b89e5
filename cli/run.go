package cli

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/urfave/cli/v2"
)

// program is one run of the command line.
type program struct {
	stdin  io.Reader
	stdout *bufio.Writer // data
	stderr io.Writer     // talk
	timed  bool          // talk carries the time
	now    func() time.Time

	unknown error // help was asked for a command that there is not
}

// Run runs the command line args (the program's name first) and returns its exit code; see Exit codes in exit.go.
// stdout gets data and nothing else, stderr everything that is said about it.
func Run(args []string, stdin io.Reader, stdout, stderr io.Writer) int {
	p := &program{stdin: stdin, stdout: bufio.NewWriter(stdout), stderr: stderr, now: time.Now}
	app := p.app()
	err := app.RunContext(context.Background(), intersperse(args, app))
	if err == nil {
		err = p.unknown
	}
	if flushErr := p.stdout.Flush(); flushErr != nil && err == nil {
		err = fmt.Errorf("write the output: %w", flushErr)
	}
	p.complain(err)
	return exitCode(err)
}

func (p *program) app() *cli.App {
	app := &cli.App{
		Name:                      "pinwatch",
		Usage:                     "watch Certificate Transparency logs for certificates that you did not expect",
		Description:               "Exit codes:\n" + exitSummary(),
		Reader:                    p.stdin,
		Writer:                    p.stdout,
		ErrWriter:                 p.stderr,
		HideVersion:               true,
		DisableSliceFlagSeparator: true, // a name or pin is one value, commas or not
		ExitErrHandler:            func(*cli.Context, error) {},
		OnUsageError:              onUsageError,
		CommandNotFound:           func(c *cli.Context, name string) { p.unknown = unknownCommand(c, name) },
		Flags:                     commonFlags(),
		Action:                    noCommand,
		Commands: []*cli.Command{
			p.scanCommand(), p.watchCommand(), p.findingsCommand(), p.reportCommand(), p.statusCommand(), p.logsCommand(), p.pinsCommand(),
			p.inspectCommand(), p.notifyCommand(), p.storeCommand(), p.configCommand(), p.versionCommand(),
		},
	}
	for _, c := range app.Commands {
		prepare(c)
	}
	return app
}

// prepare makes a command and those below it refuse what they do not understand.
func prepare(c *cli.Command) {
	c.OnUsageError = onUsageError
	c.HideHelpCommand = true
	for _, sub := range c.Subcommands {
		prepare(sub)
	}
	if c.Action == nil {
		c.Action = noCommand
	}
}

// noCommand is the action where a command is missing or unknown.
func noCommand(c *cli.Context) error { return unknownCommand(c, c.Args().First()) }

// unknownCommand says that there is no command name at c, and what may have been meant.
func unknownCommand(c *cli.Context, name string) error {
	known := c.App.Commands
	path := c.App.Name
	if len(c.Command.Subcommands) > 0 {
		known, path = c.Command.Subcommands, c.Command.HelpName
	}
	if name == "" {
		return usage(fmt.Sprintf("%q lists them", path+" --help"), "a command is missing")
	}
	hint := fmt.Sprintf("%q lists the commands", path+" --help")
	if near := cli.SuggestCommand(known, name); near != "" && !strings.Contains(near, `""`) {
		hint = strings.ToLower(near) // "Did you mean ...?"
	}
	return usage(hint, "unknown command %q", name)
}

// arguments refuses more or fewer arguments than the command takes.
func arguments(c *cli.Context, least, most int) error {
	switch n := c.NArg(); {
	case n < least:
		return usage(fmt.Sprintf("write %s %s", c.Command.HelpName, c.Command.ArgsUsage), "an argument is missing")
	case n > most:
		return usage(fmt.Sprintf("%q shows what it takes", c.Command.HelpName+" --help"),
			"%q is one argument too many", c.Args().Get(most))
	}
	return nil
}

// onUsageError says what is wrong with flags.
func onUsageError(c *cli.Context, err error, _ bool) error {
	const undefined = "flag provided but not defined: "
	help := fmt.Sprintf("%q shows what it takes", strings.TrimSpace(c.Command.HelpName)+" --help")
	name, found := strings.CutPrefix(err.Error(), undefined)
	if !found {
		return usage(help, "%s", err.Error())
	}
	name = strings.TrimLeft(name, "-")
	if near := cli.SuggestFlag(c.Command.Flags, name, false); near != "" && near != "--help" {
		help = fmt.Sprintf("did you mean %q?", near)
	}
	return usage(help, "unknown flag %q", "--"+name)
}

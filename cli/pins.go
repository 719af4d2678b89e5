package cli

import (
	"github.com/urfave/cli/v2"
)

func (p *program) pinsCommand() *cli.Command {
	return &cli.Command{
		Name:  "pins",
		Usage: "hash | import | export",
		Subcommands: []*cli.Command{
			p.hashCommand(), p.importCommand(), p.exportCommand(),
		},
	}
}

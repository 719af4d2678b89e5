package cli

import (
	"github.com/urfave/cli/v2"
)

func (p *program) pinsCommand() *cli.Command {
	return &cli.Command{
		Name:  "pins",
		Usage: "hash FILE|HOST:PORT",
		Subcommands: []*cli.Command{
			p.hashCommand(),
		},
	}
}

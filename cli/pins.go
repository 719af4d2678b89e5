package cli

import (
	"github.com/urfave/cli/v2"
)

func (p *program) pinsCommand() *cli.Command {
	return &cli.Command{
		Name:  "pins",
		Usage: "hash | import | export | check | list | authorised | approve | end | forget",
		Subcommands: []*cli.Command{
			p.hashCommand(), p.importCommand(), p.exportCommand(), p.checkPinsCommand(), p.listPinsCommand(),
			p.authorisedCommand(), p.approveCommand(), p.endCommand(), p.forgetCommand(),
		},
	}
}

package cli

import (
	"slices"

	"github.com/urfave/cli/v2"
)

const (
	defaultConfig = "pinwatch.yaml"
	configEnv     = "PINWATCH_CONFIG"
)

// commonFlags may stand before the command or behind it.
func commonFlags() []cli.Flag {
	return []cli.Flag{
		&cli.StringFlag{
			Name: "config", Aliases: []string{"c"},
			Usage: "read the configuration from `FILE`; without it from $" + configEnv + ", or " + defaultConfig,
		},
		&cli.StringFlag{Name: "store", Usage: "the database, sqlite:`FILE`"},
		&cli.StringFlag{Name: "log-level", Usage: "also tell on stderr what is done; `LEVEL` is debug, info, warn or error"},
		jsonFlag(),
	}
}

func jsonFlag() cli.Flag {
	return &cli.BoolFlag{Name: "json", Usage: "print JSON lines", DisableDefaultText: true}
}

// flagsWith is commonFlags and those of one command.
func flagsWith(own ...cli.Flag) []cli.Flag { return append(commonFlags(), own...) }

// where finds the place where a flag was given, the nearest to the command first; nil where it was not.
func where(c *cli.Context, flag string) *cli.Context {
	for _, at := range c.Lineage() {
		if at.App == nil {
			return nil // the root, which is only there for its context
		}
		if slices.Contains(at.LocalFlagNames(), flag) {
			return at
		}
	}
	return nil
}

// flagText is the value of a flag, and whether it was given.
func flagText(c *cli.Context, flag string) (string, bool) {
	if at := where(c, flag); at != nil {
		return at.String(flag), true
	}
	return "", false
}

// wantsJSON says whether --json was given.
func wantsJSON(c *cli.Context) bool {
	at := where(c, "json")
	return at != nil && at.Bool("json")
}

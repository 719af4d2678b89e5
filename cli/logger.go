package cli

import (
	"log/slog"

	"github.com/urfave/cli/v2"
)

// logger tells on stderr what is done, if --log-level asks for it. What a user must know is printed without it. The
// text handler quotes what a terminal would act on.
func (p *program) logger(c *cli.Context) (*slog.Logger, error) {
	word, given := flagText(c, "log-level")
	if !given {
		return slog.New(slog.DiscardHandler), nil
	}
	var level slog.Level
	switch word {
	case "debug", "info", "warn", "error":
		if err := level.UnmarshalText([]byte(word)); err != nil {
			return nil, err
		}
	default:
		return nil, usage("write debug, info, warn or error", "--log-level: unknown level %q", word)
	}
	return slog.New(slog.NewTextHandler(p.stderr, &slog.HandlerOptions{Level: level})), nil
}

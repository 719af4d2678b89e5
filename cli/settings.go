package cli

import (
	"errors"
	"io/fs"
	"os"
	"slices"

	"github.com/urfave/cli/v2"

	"pinwatch/config"
	"pinwatch/matcher"
)

// watchFlags say what is watched, without a file or in addition to one.
func watchFlags() []cli.Flag {
	return []cli.Flag{
		&cli.StringSliceFlag{Name: "d", Usage: "watch `NAME` and all below it, or an address or range; repeatable"},
		&cli.StringSliceFlag{Name: "names-from", Usage: "watch the names in `FILE`, one in each line; repeatable"},
		&cli.StringSliceFlag{Name: "pin", Usage: "the key that certificates for the names of -d have; `PIN` is sha256/...; repeatable"},
	}
}

// followFlags are all of scan and watch alike.
func followFlags() []cli.Flag {
	return slices.Concat(watchFlags(), listFlags(), []cli.Flag{
		&cli.StringFlag{Name: "start", Usage: "`WHERE` to begin logs that were never looked at: now, beginning, a date or an index"},
	})
}

// listFlags say which logs there are, and who asks.
func listFlags() []cli.Flag {
	return []cli.Flag{
		&cli.StringSliceFlag{Name: "log-list", Usage: "follow the logs of this list, a `FILE|URL`, instead of the configured ones; repeatable"},
		&cli.StringFlag{Name: "contact", Usage: "an `ADDRESS` or URL where operators of logs reach you"},
	}
}

// settings is the configuration with the flags over it, not checked as a whole yet. Where flags say what to watch, no
// file is needed.
func (p *program) settings(c *cli.Context) (*config.Config, error) {
	named, err := watchesOf(c)
	if err != nil {
		return nil, err
	}
	cfg, err := load(c, !named.empty())
	if err != nil {
		return nil, err
	}
	named.add(cfg)
	if s, given := flagText(c, "start"); given {
		if cfg.Logs.Start, err = config.ParseStart(s); err != nil {
			return nil, usage(hintFor(err), "--start: %w", err)
		}
		for i := range cfg.Logs.Extra {
			cfg.Logs.Extra[i].Start = nil
		}
	}
	return cfg, logFlags(c, cfg)
}

// logFlags puts the flags over the configuration that say where the store and the logs are, and who asks.
func logFlags(c *cli.Context, cfg *config.Config) error {
	if err := storeFlag(c, cfg); err != nil {
		return err
	}
	if where(c, "log-list") != nil {
		cfg.Logs.Lists = nil
		for _, s := range c.StringSlice("log-list") {
			if s == "" {
				continue // none
			}
			place, err := config.ParseList(s, "")
			if err != nil {
				return usage(hintFor(err), "--log-list: %w", err)
			}
			cfg.Logs.Lists = append(cfg.Logs.Lists, place)
		}
	}
	if s, given := flagText(c, "contact"); given {
		if err := config.CheckContact(s); err != nil {
			return usage(hintFor(err), "--contact: %w", err)
		}
		cfg.Contact = s
	}
	return nil
}

// load reads the file that --config or the environment names, or the default one. Only the last may be missing, and
// only where optional is true.
func load(c *cli.Context, optional bool) (*config.Config, error) {
	path, named := flagText(c, "config")
	if !named {
		path, named = os.LookupEnv(configEnv)
		named = named && path != ""
	}
	if !named {
		path = defaultConfig
	}
	cfg, err := config.Load(path)
	switch {
	case err == nil:
		return cfg, nil
	case !errors.Is(err, fs.ErrNotExist):
		if is[config.Problems](err) {
			return nil, err
		}
		return nil, usage("let this user read it", "read the configuration: %w", err)
	case !named && optional:
		return config.Default(), nil
	case named:
		return nil, usage("--config names another file", "there is no configuration file %s", path)
	}
	return nil, usage("write one, name one with --config, or do without: pinwatch scan -d example.com",
		"there is no %s here", path)
}

func storeFlag(c *cli.Context, cfg *config.Config) error {
	s, given := flagText(c, "store")
	if !given {
		return nil
	}
	dsn, err := config.ParseStore(s, "")
	if err != nil {
		return usage(hintFor(err), "--store: %w", err)
	}
	cfg.Store = dsn
	return nil
}

// storeName is the database that a command which needs nothing else of the configuration works on.
func storeName(c *cli.Context) (string, error) {
	cfg := config.Default()
	if _, given := flagText(c, "store"); !given {
		var err error
		if cfg, err = load(c, true); err != nil {
			return "", err
		}
	}
	return cfg.Store, storeFlag(c, cfg)
}

// flagWatches is what flags say is to be watched.
type flagWatches struct {
	watches []matcher.Watch
	files   []config.Names
	keys    []matcher.Pin
}

// watchesOf makes watches of -d and --names-from, all with the keys of --pin.
func watchesOf(c *cli.Context) (*flagWatches, error) {
	out := &flagWatches{}
	for _, s := range c.StringSlice("pin") {
		spki, err := matcher.ParsePin(s)
		if err != nil {
			return nil, usage(hintFor(err), "--pin: %w", err)
		}
		out.keys = append(out.keys, matcher.Pin{SPKI: spki, Source: "--pin"})
	}
	for _, name := range c.StringSlice("d") {
		w := matcher.Watch{Name: name, Keys: out.keys}
		if prefix, err := config.ParsePrefix(name); err == nil {
			w.Name, w.Prefix = "", prefix
		}
		out.watches = append(out.watches, w)
	}
	for _, file := range c.StringSlice("names-from") {
		names, err := config.ParseNames(file, "")
		if err != nil {
			return nil, usage(hintFor(err), "--names-from: %w", err)
		}
		names.Keys = out.keys
		out.files = append(out.files, names)
	}
	if len(out.keys) > 0 && out.empty() {
		return nil, usage("name the domain it is for with -d", "--pin needs -d or --names-from")
	}
	return out, nil
}

func (f *flagWatches) empty() bool { return len(f.watches)+len(f.files) == 0 }

func (f *flagWatches) add(cfg *config.Config) {
	cfg.AddWatches(f.watches...)
	cfg.AddNames(f.files...)
}

// warnings prints what is odd about a configuration.
func (p *program) warnings(problems config.Problems) {
	for _, problem := range problems {
		p.warn(problem.Error())
	}
}

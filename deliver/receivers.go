package deliver

import (
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"time"

	"pinwatch/config"
	"pinwatch/notify"
	"pinwatch/notify/discord"
	"pinwatch/notify/email"
	"pinwatch/notify/jsonl"
	"pinwatch/notify/pagerduty"
	"pinwatch/notify/ping"
	"pinwatch/notify/program"
	"pinwatch/notify/shout"
	"pinwatch/notify/slack"
	"pinwatch/notify/syslog"
	"pinwatch/notify/teams"
	"pinwatch/notify/webhook"
)

// Surroundings are what receivers need besides their configuration. All must be set.
type Surroundings struct {
	Env       func(name string) (value string, found bool)
	Now       func() time.Time
	Zone      *time.Location // of times of day
	Stdout    io.Writer
	Version   string
	UserAgent string
}

// Receivers makes the receivers of a configuration. Nothing is contacted. Secrets are looked up, and stand in no error. The
// error is a config.Problems with all that is wrong.
func Receivers(cfg *config.Config, with *Surroundings) ([]notify.Receiver, error) {
	var out []notify.Receiver
	var problems config.Problems
	for i := range cfg.Notify {
		r, err := receiver(&cfg.Notify[i], with)
		if err != nil {
			for _, err := range each(err) {
				problems = append(problems, cfg.ReceiverProblem(&cfg.Notify[i], err))
			}
			continue
		}
		out = append(out, r)
	}
	if problems != nil {
		return nil, problems
	}
	return out, nil
}

// each are the errors that err joins.
func each(err error) []error {
	if joined, ok := err.(interface{ Unwrap() []error }); ok {
		return joined.Unwrap()
	}
	return []error{err}
}

// receiver makes one receiver.
func receiver(r *config.Receiver, with *Surroundings) (notify.Receiver, error) {
	w := &words{Receiver: r, with: with}
	out := notify.Receiver{
		Name: r.Name, Only: only(r), Digest: notify.Digest{Every: r.Digest.Every, Daily: r.Digest.Daily, At: r.Digest.At, Zone: with.Zone},
		Limit: notify.Limit(r.Limit),
	}
	if r.Type == "heartbeat" && !slices.Equal(out.Only.Kinds, []notify.Kind{notify.Heartbeat}) {
		return out, errors.New("a heartbeat tells of nothing else: leave kinds out")
	}
	n, err := w.notifier()
	if w.errs != nil {
		return out, errors.Join(w.errs...)
	}
	out.Notifier = n
	return out, err
}

func only(r *config.Receiver) notify.Only {
	o := notify.Only{Watches: r.Only.Watches, Labels: r.Only.Labels, Verdicts: r.Only.Verdicts, Severity: r.Only.Severity}
	for _, k := range r.Only.Kinds {
		o.Kinds = append(o.Kinds, notify.Kind(k))
	}
	if r.Type == "heartbeat" && o.Kinds == nil {
		o.Kinds = []notify.Kind{notify.Heartbeat}
	}
	return o
}

// notifier makes the notifier of a receiver's type. Errors in words stand in w.errs, and count first.
func (w *words) notifier() (notify.Notifier, error) {
	switch w.Type {
	case "webhook":
		return webhook.New(w.webhook())
	case "email":
		return email.New(w.email())
	case "exec":
		return program.New(w.program())
	case "slack":
		return slack.New(slack.Config{URL: w.text("url"), HTTP: w.http(), Form: w.form()})
	case "teams":
		return teams.New(teams.Config{URL: w.text("url"), HTTP: w.http(), Form: w.form()})
	case "discord":
		return discord.New(discord.Config{URL: w.text("url"), HTTP: w.http(), Form: w.form()})
	case "pagerduty":
		return pagerduty.New(pagerduty.Config{
			RoutingKey: w.text("routing_key"), URL: w.text("url"), Source: w.text("source"), HTTP: w.http(), Form: w.form(),
		})
	case "syslog":
		return syslog.New(w.syslog())
	case "file":
		return jsonl.New(jsonl.Config{Path: w.text("path"), Format: w.text("format"), Version: w.with.Version})
	case "stdout":
		return w.stdout()
	case "url":
		return shout.New(shout.Config{URL: w.text("url"), Timeout: w.timeout(), Size: w.count("size"), Form: w.form()})
	case "heartbeat":
		return ping.New(ping.Config{URL: w.text("url"), FailURL: w.text("fail_url"), Method: w.text("method"), HTTP: w.http()})
	}
	return nil, fmt.Errorf("this version has no receiver of type %q", w.Type)
}

func (w *words) webhook() webhook.Config {
	header := maps.Clone(w.Words["headers"].Pairs)
	for name, value := range w.environment("headers_env", w.Words["headers_env"].Pairs) {
		if header == nil {
			header = map[string]string{}
		}
		header[name] = value
	}
	return webhook.Config{
		URL: w.text("url"), Format: w.text("format"), Secrets: w.list("secret"), Header: header, Source: w.text("source"),
		HTTP: w.http(), Now: w.with.Now,
	}
}

func (w *words) email() email.Config {
	return email.Config{
		From: w.text("from"), To: w.list("to"), Server: w.text("server"), Security: email.Security(w.text("security")),
		Username: w.text("username"), Password: w.text("password"), Auth: w.text("auth"), Helo: w.text("helo"),
		CA: w.file("ca_file"), ClientCert: w.file("client_cert_file"), ClientKey: w.file("client_key_file"),
		Sendmail: w.text("sendmail"), Timeout: w.timeout(), Form: w.form(),
	}
}

func (w *words) program() program.Config {
	env := maps.Clone(w.Words["env"].Pairs)
	passed := map[string]string{}
	for _, name := range w.list("pass_env") {
		passed[name] = name
	}
	for name, value := range w.environment("pass_env", passed) {
		if env == nil {
			env = map[string]string{}
		}
		env[name] = value
	}
	return program.Config{Argv: w.list("command"), Env: env, Timeout: w.timeout()}
}

func (w *words) syslog() syslog.Config {
	return syslog.Config{
		Network: w.text("network"), Address: w.text("address"), Format: w.text("format"), Facility: w.text("facility"),
		Hostname: w.text("hostname"), Product: w.with.Version, MaxSize: w.count("max_size"), Confirm: w.text("confirm"),
		CA: w.file("ca_file"), ClientCert: w.file("client_cert_file"), ClientKey: w.file("client_key_file"),
		Timeout: w.timeout(), Form: w.form(),
	}
}

// stdout writes for people, or for programs.
func (w *words) stdout() (notify.Notifier, error) {
	if format := w.text("format"); format != "" && format != "text" {
		return jsonl.New(jsonl.Config{Writer: w.with.Stdout, Format: format, Version: w.with.Version})
	}
	return &plainText{to: w.with.Stdout, form: w.form()}, nil
}

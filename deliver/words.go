package deliver

import (
	"fmt"
	"strconv"
	"time"

	"pinwatch/config"
	"pinwatch/notify"
	"pinwatch/notify/post"
)

// words are what the configuration says of a receiver, resolved. What cannot be is collected in errs.
type words struct {
	*config.Receiver
	with *Surroundings
	errs []error
}

func (w *words) fail(word string, err error) {
	if err != nil {
		w.errs = append(w.errs, fmt.Errorf("%s: %w", word, err))
	}
}

// text is one value, wherever it is kept; empty where the word is not given.
func (w *words) text(word string) string {
	if all := w.list(word); len(all) > 0 {
		return all[0]
	}
	return ""
}

func (w *words) list(word string) []string {
	v := w.Words[word]
	if v.Secrets == nil {
		return v.Texts
	}
	var out []string
	for _, s := range v.Secrets {
		value, err := w.secret(s)
		w.fail(word+"_"+string(s.Place), err)
		out = append(out, value)
	}
	return out
}

// file is the content of the file that a word names; nil where it is not given.
func (w *words) file(word string) []byte {
	path := w.text(word)
	if path == "" {
		return nil
	}
	content, err := readFile(path)
	w.fail(word, err)
	return content
}

// timeout is 0 where it is not given. The configuration has seen that it is a time span.
func (w *words) timeout() time.Duration {
	d, _ := time.ParseDuration(w.text("timeout"))
	return d
}

func (w *words) count(word string) int {
	n, _ := strconv.Atoi(w.text(word))
	return n
}

// environment are variables of this process by the names that they are to have elsewhere.
func (w *words) environment(word string, names map[string]string) map[string]string {
	out := map[string]string{}
	for to, name := range names {
		value, found := w.with.Env(name)
		if !found {
			w.fail(word, fmt.Errorf("the environment has no variable %s", name))
		}
		out[to] = value
	}
	return out
}

func (w *words) http() post.Config {
	return post.Config{
		Timeout: w.timeout(), Proxy: w.text("proxy"), ClientCert: w.file("client_cert_file"), ClientKey: w.file("client_key_file"),
		CA: w.file("ca_file"), UserAgent: w.with.UserAgent, Now: w.with.Now,
	}
}

// form makes the words for people.
func (w *words) form() *notify.Form {
	t := w.Template
	for _, part := range []struct {
		path string
		text *string
	}{{t.SubjectFile, &t.Subject}, {t.BodyFile, &t.Body}} {
		if part.path == "" {
			continue
		}
		content, err := readFile(part.path)
		w.fail("template", err)
		*part.text = string(content)
	}
	form, err := notify.NewForm(t.Subject, t.Body)
	if err != nil {
		w.errs = append(w.errs, err) // it says that it is about a template
	}
	return form
}

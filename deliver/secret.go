package deliver

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"pinwatch/config"
)

// maxSecret bounds a file that a configuration names for a receiver: a secret, a certificate, a template. In bytes.
const maxSecret = 1 << 20

// credentialsEnv is where systemd says in which directory the credentials of a service are (systemd.exec(5)).
const credentialsEnv = "CREDENTIALS_DIRECTORY"

// secret finds a secret. Errors name the place, never the value.
func (w *words) secret(s config.Secret) (string, error) {
	value := ""
	switch s.Place {
	case config.SecretEnv:
		v, found := w.with.Env(s.Name)
		if !found {
			return "", fmt.Errorf("the environment has no variable %s", s.Name)
		}
		value = v
	case config.SecretFile:
		content, err := readFile(s.Name)
		if err != nil {
			return "", err
		}
		value = string(content)
	case config.SecretCredential:
		dir, found := w.with.Env(credentialsEnv)
		if !found {
			return "", fmt.Errorf("credential %s: this process was given none by systemd ($%s is not set)", s.Name, credentialsEnv)
		}
		content, err := readFile(filepath.Join(dir, s.Name))
		if err != nil {
			return "", fmt.Errorf("credential %s: %w", s.Name, err)
		}
		value = string(content)
	}
	value = strings.TrimSuffix(strings.TrimSuffix(value, "\n"), "\r")
	if value == "" {
		return "", fmt.Errorf("%s is empty", s.Name)
	}
	return value, nil
}

func readFile(path string) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	content, err := io.ReadAll(io.LimitReader(f, maxSecret+1))
	if pe, ok := errors.AsType[*fs.PathError](err); ok {
		err = pe.Err
	}
	switch {
	case err != nil:
		return nil, fmt.Errorf("read %s: %w", path, err)
	case len(content) > maxSecret:
		return nil, fmt.Errorf("%s has more than %d bytes", path, maxSecret)
	}
	return content, nil
}

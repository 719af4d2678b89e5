package deliver_test

import (
	"testing"

	"pinwatch/config"
	"pinwatch/deliver"
)

func TestOdd(t *testing.T) {
	for part, want := range map[string]int{
		"{type: stdout}": 0,
		"[{type: file, path: a}, {type: exec, command: b}, {type: file, name: c, path: c}]":                        0,
		"[{type: file, path: a}, {type: file, path: b}, {type: heartbeat, url: 'http://p/'}]":                      1,
		"{type: stdout, only: {watches: ['*.example.com'], labels: [prod, dev]}}":                                  1,
		"{type: stdout, only: {watches: ['=exact.example.org']}}":                                                  1,
		"[{type: stdout, only: {watches: ['=exact.example.org']}}, {type: file, path: f, only: {labels: [prod]}}]": 0,
		"[{type: stdout, only: {watches: ['=exact.example.org']}}, {type: file, path: f, only: {kinds: canary}}]":  1,
		"[{type: stdout, only: {watches: ['=exact.example.org']}}, {type: file, path: f, only: {severity: high}}]": 0,
		"{type: stdout, only: {labels: [produ]}}":                                                                  3,
		"{type: stdout, only: {watches: ['*.example.net']}}":                                                       3,
		"{type: stdout, only: {watches: ['*.example.org'], labels: [prod]}}":                                       3,
		"{type: stdout, only: {severity: high}}":                                                                   0,
	} {
		cfg, err := config.Parse([]byte("watch:\n  - {name: Shop.Example.COM., labels: [prod]}\n  - {name: exact.example.org, scope: exact}\nnotify: "+part+"\n"), "p.yaml")
		check(t, err)
		if odd := deliver.Odd(cfg); len(odd) != want || want > 0 && odd[0].Line == 0 {
			t.Errorf("%s: %v, want %d warnings", part, odd, want)
		}
	}
}

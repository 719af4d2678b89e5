package config

import (
	"strings"
	"testing"
	"time"
)

func TestParseRetain(t *testing.T) {
	for s, want := range map[string]time.Duration{"1d": 24 * time.Hour, "400d": 9600 * time.Hour, "36500d": 876_000 * time.Hour} {
		if got, err := ParseRetain(s); err != nil || got != want {
			t.Errorf("%s: %v, %v, want %v", s, got, err, want)
		}
	}
	for s, want := range map[string][2]string{
		"":             {"is no time", "400d"},
		"ever":         {"is no time", "leave the word out"},
		"-5d":          {"is no time", "400d"},
		"1.5d":         {"is no time", "400d"},
		"1d12h":        {"is no time", "400d"},
		"0d":           {"keep nothing", "1d"},
		"400":          {"not in days", "400d?"},
		"400 days":     {"not in days", "400d?"},
		"13months":     {"not in days", "403d?"},
		"2y":           {"not in days", "732d?"},
		"57w":          {"not in days", "399d?"},
		"720h":         {"not in days", "30d?"},
		"3 fort":       {"not in days", "400d"},
		"36501d":       {"more than 36500 days", "leave the word out"},
		"999999999y":   {"more than", "leave the word out"},
		"9999999999d":  {"is no time", "400d"},
		"999999999mon": {"more than", "leave the word out"},
	} {
		d, err := ParseRetain(s)
		if err == nil || d != 0 {
			t.Errorf("%q is taken for %v", s, d)
			continue
		}
		hint := err.(interface{ Hint() string }).Hint()
		if !strings.Contains(err.Error(), want[0]) || !strings.Contains(hint, want[1]) {
			t.Errorf("%q: %v; hint %q; want %q", s, err, hint, want)
		}
	}
}

// TestRetain reads the word in a file.
func TestRetain(t *testing.T) {
	c, err := Parse([]byte("retain: 400d\nwatch: [{name: example.com}]\n"), "pinwatch.yaml")
	if err != nil || c.Retain != 400*24*time.Hour {
		t.Errorf("%v, %v", c, err)
	}
	if Default().Retain != 0 {
		t.Error("without the word, not everything is kept")
	}
	_, err = Parse([]byte("retain: [400d]\nwatch: [{name: example.com}]\n"), "pinwatch.yaml")
	if err == nil || !strings.Contains(err.Error(), "pinwatch.yaml:1: retain") {
		t.Errorf("a list gives %v", err)
	}
}

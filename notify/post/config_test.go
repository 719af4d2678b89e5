package post

import (
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"
)

func TestNewRefuses(t *testing.T) {
	tests := []struct {
		name   string
		config Config
		want   string
	}{
		{"timeout", Config{Timeout: -1}, "timeout"},
		{"proxy without host", Config{Proxy: "http://"}, "proxy"},
		{"proxy without scheme", Config{Proxy: "hunter2.example:3128"}, "proxy"},
		{"proxy of a strange scheme", Config{Proxy: "ftp://user:hunter2@proxy.example"}, "proxy: the scheme"},
		{"proxy that is no URL", Config{Proxy: "http://user:hunter2@proxy.example:hunter2"}, "proxy: not a URL"},
		{"no CA", Config{CA: []byte("hunter2")}, "ca: no certificate"},
		{"key without certificate", Config{ClientKey: []byte("hunter2")}, "certificate is missing"},
		{"certificate without key", Config{ClientCert: []byte("hunter2")}, "key is missing"},
		{"not a pair", Config{ClientCert: []byte("hunter2"), ClientKey: []byte("hunter2")}, "client certificate: "},
	}
	for _, tt := range tests {
		_, err := New(tt.config)
		if err == nil || !strings.Contains(err.Error(), tt.want) || strings.Contains(err.Error(), "hunter2") {
			t.Errorf("%s: %v", tt.name, err)
		}
	}
}

func TestCheckURL(t *testing.T) {
	for _, good := range []string{"https://hooks.example.com/a?b", "http://[::1]:8080", "https://u:p@h.example/"} {
		if err := CheckURL(good); err != nil {
			t.Errorf("%s: %v", good, err)
		}
	}
	for _, bad := range []string{
		"", "hunter2", "ftp://hunter2.example", "https://", "https:///hunter2", "https://:80/hunter2", "http://hunter2 /",
		"https://example.com:hunter2/", "https://example.com/\x7fhunter2", "https:hunter2.example",
	} {
		if err := CheckURL(bad); err == nil || strings.Contains(err.Error(), "hunter2") {
			t.Errorf("%q: %v", bad, err)
		}
		if _, err := newClient(t, Config{}).Post(t.Context(), bad, nil, nil); err == nil || strings.Contains(err.Error(), "hunter2") {
			t.Errorf("post to %q: %v", bad, err)
		}
	}
}

// TestMutualTLS: the server is known by a CA that is ours, and we by a certificate. The pair of httptest serves both.
func TestMutualTLS(t *testing.T) {
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.WriteHeader(http.StatusNoContent)
	}))
	server.TLS = &tls.Config{ClientAuth: tls.RequireAnyClientCert}
	server.Config.ErrorLog = discard()
	server.StartTLS()
	defer server.Close()
	pair := server.TLS.Certificates[0]
	key, err := x509.MarshalPKCS8PrivateKey(pair.PrivateKey)
	if err != nil {
		t.Fatal(err)
	}
	cert := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: pair.Certificate[0]})
	keyPEM := pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: key})

	tests := []struct {
		name   string
		config Config
		want   string // of the error; empty: taken
	}{
		{"both", Config{CA: cert, ClientCert: cert, ClientKey: keyPEM}, ""},
		{"no client certificate", Config{CA: cert}, "certificate required"},
		{"unknown CA", Config{ClientCert: cert, ClientKey: keyPEM}, "unknown authority"},
	}
	for _, tt := range tests {
		_, err := newClient(t, tt.config).Post(t.Context(), server.URL+secretPath, nil, []byte("{}"))
		if tt.want == "" && err != nil || tt.want != "" && (err == nil || !strings.Contains(err.Error(), tt.want)) {
			t.Errorf("%s: %v", tt.name, err)
		}
	}
}

func TestProxy(t *testing.T) {
	var seen []string
	proxy := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		seen = append(seen, r.Method+" "+r.URL.String()+" "+r.Header.Get("Proxy-Authorization"))
		if r.Method == http.MethodConnect {
			w.WriteHeader(http.StatusProxyAuthRequired)
		}
	}))
	defer proxy.Close()
	client := newClient(t, Config{Proxy: strings.Replace(proxy.URL, "//", "//user:hunter2@", 1), Timeout: 10 * time.Second})
	if _, err := client.Post(t.Context(), "http://hooks.invalid/a", nil, nil); err != nil {
		t.Error(err)
	}
	_, err := client.Post(t.Context(), "https://hooks.invalid/secret-path", nil, nil)
	if err == nil || strings.Contains(err.Error(), "hunter2") || strings.Contains(err.Error(), "secret-path") {
		t.Errorf("a proxy that wants a password: %v", err)
	}
	want := []string{
		"POST http://hooks.invalid/a Basic dXNlcjpodW50ZXIy",
		"CONNECT //hooks.invalid:443 Basic dXNlcjpodW50ZXIy",
	}
	if strings.Join(seen, "\n") != strings.Join(want, "\n") {
		t.Errorf("the proxy saw %q", seen)
	}

	t.Setenv("HTTP_PROXY", "http://127.0.0.1:1") // may be read only once in a process, so Direct is what can be tested
	if _, err := newClient(t, Config{Proxy: Direct}).Post(t.Context(), proxy.URL, nil, nil); err != nil {
		t.Error(err)
	}
}

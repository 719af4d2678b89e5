package cttest

import (
	"net/http"
	"strings"
)

// ServeHTTP shows the log by both protocols.
func (l *Log) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if method, ok := strings.CutPrefix(r.URL.Path, "/ct/v1/"); ok {
		l.serveRFC6962(w, r, method)
		return
	}
	a, ok := l.find(strings.TrimPrefix(r.URL.Path, "/"))
	if !ok {
		http.NotFound(w, r)
		return
	}
	w.Header().Set("Content-Type", a.contentType)
	w.Header().Set("Content-Length", a.contentLength())
	if a.gzipped {
		w.Header().Set("Content-Encoding", "gzip") // no negotiation: static-ct-api, "Log entries"
	}
	w.Write(a.body)
}

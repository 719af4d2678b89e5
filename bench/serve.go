package main

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"pinwatch/ct"
	"pinwatch/ct/cttest"
	"pinwatch/ct/static"
)

// serve serves the log in a directory by both protocols, as so many logs with keys of their own, below /0/, /1/, ...:
// serve DIR DELAY LOGS.
func serve(args []string) error {
	if len(args) != 3 {
		return errors.New("serve DIR DELAY LOGS")
	}
	delay, err := time.ParseDuration(args[1])
	if err != nil {
		return err
	}
	logs, err := strconv.Atoi(args[2])
	if err != nil {
		return err
	}
	reader, head, err := open(args[0])
	if err != nil {
		return err
	}
	mux := http.NewServeMux()
	for i := range logs {
		prefix := fmt.Sprintf("/%d", i)
		mux.Handle(prefix+"/", http.StripPrefix(prefix, serveLog(args[0], i, reader, head)))
	}
	return listen(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		time.Sleep(delay)
		mux.ServeHTTP(w, r)
	}))
}

// listen serves h on a port of loopback that it prints.
func listen(h http.Handler) error {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	fmt.Printf("http://%s/\n", listener.Addr())
	return http.Serve(listener, firstRequests(h))
}

// serveLog serves the log in dir under the key of a number.
func serveLog(dir string, number int, reader *static.Reader, tree *ct.TreeHead) http.Handler {
	head := *tree
	key(number).SignHead(&head)
	checkpoint := cttest.Checkpoint(origin(number), key(number), head.Size, head.Root, head.Timestamp)
	mux := http.NewServeMux()
	mux.HandleFunc("/checkpoint", func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write(checkpoint) })
	mux.HandleFunc("/ct/v1/get-sth", func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write(sth(&head)) })
	mux.HandleFunc("/ct/v1/get-entries", func(w http.ResponseWriter, r *http.Request) {
		start, _ := strconv.ParseUint(r.FormValue("start"), 10, 64)
		http.ServeFile(w, r, pageFile(dir, start/pageSize)) // clients ask for whole pages; see pageSize
	})
	mux.HandleFunc("/ct/v1/get-sth-consistency", func(w http.ResponseWriter, r *http.Request) {
		first, _ := strconv.ParseUint(r.FormValue("first"), 10, 64)
		nodes, err := reader.Consistency(r.Context(), first, tree, false)
		if err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		raw := make([][]byte, len(nodes))
		for i := range nodes {
			raw[i] = nodes[i][:]
		}
		_ = json.NewEncoder(w).Encode(map[string]any{"consistency": raw})
	})
	mux.Handle("/", tiles(filepath.Join(dir, "log")))
	return mux
}

// sth is the answer of get-sth (RFC 6962 section 4.3).
func sth(head *ct.TreeHead) []byte {
	return fmt.Appendf(nil, `{"tree_size":%d,"timestamp":%d,"sha256_root_hash":"%s","tree_head_signature":"%s"}`,
		head.Size, head.Timestamp, head.Root, base64.StdEncoding.EncodeToString(head.Signature))
}

// tiles serves files, and data tiles as what they are: gzip.
func tiles(dir string) http.Handler {
	files := http.FileServerFS(os.DirFS(dir).(fs.StatFS)) //nolint:forcetypeassert // os.DirFS documents it
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.HasPrefix(r.URL.Path, "/tile/data/") {
			w.Header().Set("Content-Encoding", "gzip")
			w.Header().Set("Content-Type", "application/octet-stream")
		}
		files.ServeHTTP(w, r)
	})
}

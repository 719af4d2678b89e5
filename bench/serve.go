package main

import (
	"context"
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
)

var ctx = context.Background()

// serve serves the log in a directory by both protocols, on a port of loopback that it prints: serve DIR DELAY.
func serve(args []string) error {
	if len(args) != 2 {
		return errors.New("serve DIR DELAY")
	}
	dir := args[0]
	delay, err := time.ParseDuration(args[1])
	if err != nil {
		return err
	}
	raw, err := os.ReadFile(filepath.Join(dir, "log.json"))
	if err != nil {
		return err
	}
	log := new(ct.Log)
	if err := json.Unmarshal(raw, log); err != nil {
		return err
	}
	reader, head, err := open(dir, log)
	if err != nil {
		return err
	}
	mux := http.NewServeMux()
	mux.HandleFunc("/ct/v1/get-sth", func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write(sth(head)) })
	mux.HandleFunc("/ct/v1/get-entries", func(w http.ResponseWriter, r *http.Request) {
		start, _ := strconv.ParseUint(r.FormValue("start"), 10, 64)
		http.ServeFile(w, r, pageFile(dir, start/pageSize)) // clients ask for whole pages; see pageSize
	})
	mux.HandleFunc("/ct/v1/get-sth-consistency", func(w http.ResponseWriter, r *http.Request) {
		first, _ := strconv.ParseUint(r.FormValue("first"), 10, 64)
		nodes, err := reader.Consistency(r.Context(), first, head, false)
		if err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		_ = json.NewEncoder(w).Encode(map[string]any{"consistency": nodes})
	})
	mux.Handle("/", tiles(filepath.Join(dir, "log")))
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	fmt.Printf("http://%s/\n", listener.Addr())
	return http.Serve(listener, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		time.Sleep(delay)
		mux.ServeHTTP(w, r)
	}))
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

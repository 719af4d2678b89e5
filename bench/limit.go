package main

import (
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"sync"
	"sync/atomic"
)

// limit is the program that scans are held against: limit static|rfc6962 URL ENTRIES. It downloads the same tiles,
// eight at a time, and unpacks them with compress/gzip; or the same pages, and drops them.
func limit(args []string) error {
	if len(args) != 3 {
		return errors.New("limit static|rfc6962 URL ENTRIES")
	}
	entries, err := strconv.ParseUint(args[2], 10, 64)
	if err != nil {
		return err
	}
	pages := (entries + pageSize - 1) / pageSize
	client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 8, DisableCompression: true}}
	var next, bytes atomic.Int64
	var wg sync.WaitGroup
	errs := make(chan error, 8)
	for range 8 {
		wg.Go(func() {
			for n := uint64(next.Add(1) - 1); n < pages; n = uint64(next.Add(1) - 1) {
				read, err := fetch(client, args[0], args[1], n, entries)
				if err != nil {
					errs <- err
					return
				}
				bytes.Add(read)
			}
		})
	}
	wg.Wait()
	fmt.Println(bytes.Load())
	select {
	case err := <-errs:
		return err
	default:
		return nil
	}
}

func fetch(client *http.Client, protocol, base string, n, entries uint64) (int64, error) {
	last := min((n+1)*pageSize, entries) - 1
	url := fmt.Sprintf("%sct/v1/get-entries?start=%d&end=%d", base, n*pageSize, last)
	if protocol == "static" {
		url = base + tilePath(n, last-n*pageSize+1)
	}
	resp, err := client.Get(url)
	if err != nil {
		return 0, err
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return 0, fmt.Errorf("%s: %s", url, resp.Status)
	}
	body := io.Reader(resp.Body)
	if protocol == "static" {
		if body, err = gzip.NewReader(body); err != nil {
			return 0, err
		}
	}
	return io.Copy(io.Discard, body)
}

// tilePath is the path of data tile n (static-ct-api, "Merkle Tree").
func tilePath(n, width uint64) string {
	path := fmt.Sprintf("%03d", n%1000)
	for n /= 1000; n > 0; n /= 1000 {
		path = fmt.Sprintf("x%03d/", n%1000) + path
	}
	if width < pageSize {
		path += fmt.Sprintf(".p/%d", width)
	}
	return "tile/data/" + path
}

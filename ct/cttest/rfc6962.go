package cttest

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strconv"

	"golang.org/x/mod/sumdb/tlog"
)

// serveRFC6962 answers one of the client messages of RFC 6962 section 4, submission excepted.
func (l *Log) serveRFC6962(w http.ResponseWriter, r *http.Request, method string) {
	answers := map[string]func(url.Values) (any, error){
		"get-sth":             l.getSTH,
		"get-entries":         l.getEntries,
		"get-sth-consistency": l.getConsistency,
		"get-proof-by-hash":   l.getProof,
		"get-entry-and-proof": l.getEntryAndProof,
		"get-roots":           l.getRoots,
	}
	answer, ok := answers[method]
	if !ok {
		http.NotFound(w, r)
		return
	}
	l.mu.Lock()
	body, err := answer(r.URL.Query())
	l.mu.Unlock()
	if errors.Is(err, errNoLeaf) {
		http.Error(w, err.Error(), http.StatusNotFound)
		return
	}
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	raw, err := json.Marshal(body)
	if err != nil {
		panic(fmt.Sprintf("marshal the answer to %s: %v", method, err))
	}
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.Header().Set("Content-Length", strconv.Itoa(len(raw)))
	w.Write(raw)
}

// The answers below are made with the lock held. []byte is base64 in JSON, as it must be.

func (l *Log) getSTH(url.Values) (any, error) {
	head := l.heads[len(l.heads)-1]
	return struct {
		Size      uint64 `json:"tree_size"`
		Timestamp uint64 `json:"timestamp"`
		Root      []byte `json:"sha256_root_hash"`
		Signature []byte `json:"tree_head_signature"`
	}{head.Size, head.Timestamp, head.Root[:], head.Signature}, nil
}

type jsonEntry struct {
	LeafInput []byte `json:"leaf_input"`
	ExtraData []byte `json:"extra_data"`
}

func (l *Log) getEntries(query url.Values) (any, error) {
	size := int64(l.heads[len(l.heads)-1].Size)
	start, end := number(query, "start"), number(query, "end")
	if start < 0 || end < start || start >= size {
		return nil, fmt.Errorf("no entries %d to %d in a tree of %d", start, end, size)
	}
	page := int64(l.config.PageCap)
	last := start + page - 1
	if l.config.AlignPages && end >= last {
		last -= start % page
	}
	end = min(end, size-1, last)
	entries := []jsonEntry{}
	for i := start; i <= end; i++ {
		entries = append(entries, l.jsonEntry(i))
	}
	return map[string]any{"entries": entries}, nil
}

func (l *Log) jsonEntry(index int64) jsonEntry {
	leaf := &l.leaves[index]
	return jsonEntry{LeafInput: leaf.merkleTreeLeaf(), ExtraData: leaf.extraData()}
}

func (l *Log) getConsistency(query url.Values) (any, error) {
	first, second := number(query, "first"), number(query, "second")
	if first < 0 || second < first || second > int64(l.heads[len(l.heads)-1].Size) {
		return nil, fmt.Errorf("no consistency proof from %d to %d", first, second)
	}
	nodes := [][]byte{}
	if first > 0 && first < second {
		proof, err := tlog.ProveTree(second, first, tlog.HashReaderFunc(l.readHashes))
		if err != nil {
			return nil, err
		}
		nodes = rawHashes(proof)
	}
	return map[string]any{"consistency": nodes}, nil
}

func (l *Log) getProof(query url.Values) (any, error) {
	hash, err := base64.StdEncoding.DecodeString(query.Get("hash"))
	if err != nil {
		return nil, err
	}
	size := min(number(query, "tree_size"), int64(l.heads[len(l.heads)-1].Size))
	for i := range size {
		sum := tlog.RecordHash(l.leaves[i].merkleTreeLeaf())
		if bytes.Equal(sum[:], hash) {
			path, err := l.auditPath(i, number(query, "tree_size"))
			return map[string]any{"leaf_index": i, "audit_path": path}, err
		}
	}
	return nil, fmt.Errorf("%w in a tree of %d", errNoLeaf, size)
}

func (l *Log) getEntryAndProof(query url.Values) (any, error) {
	index, size := number(query, "leaf_index"), number(query, "tree_size")
	path, err := l.auditPath(index, size)
	if err != nil {
		return nil, err
	}
	entry := l.jsonEntry(index)
	return map[string]any{"leaf_input": entry.LeafInput, "extra_data": entry.ExtraData, "audit_path": path}, nil
}

func (l *Log) auditPath(index, size int64) ([][]byte, error) {
	if index < 0 || index >= size || size > int64(l.heads[len(l.heads)-1].Size) {
		return nil, fmt.Errorf("no entry %d in a tree of %d", index, size)
	}
	proof, err := tlog.ProveRecord(size, index, tlog.HashReaderFunc(l.readHashes))
	if err != nil {
		return nil, err
	}
	return rawHashes(proof), nil
}

// getRoots lists the self-signed ends of the chains.
func (l *Log) getRoots(url.Values) (any, error) {
	roots := [][]byte{}
	seen := map[string]bool{}
	for _, leaf := range l.leaves {
		if n := len(leaf.Chain); n > 0 && !seen[string(leaf.Chain[n-1])] {
			seen[string(leaf.Chain[n-1])] = true
			roots = append(roots, leaf.Chain[n-1])
		}
	}
	return map[string]any{"certificates": roots}, nil
}

// number reads a decimal parameter, -1 when it is none.
func number(query url.Values, name string) int64 {
	n, err := strconv.ParseInt(query.Get(name), 10, 64)
	if err != nil {
		return -1
	}
	return n
}

func rawHashes(hashes []tlog.Hash) [][]byte {
	out := make([][]byte, len(hashes))
	for i := range hashes {
		out[i] = hashes[i][:]
	}
	return out
}

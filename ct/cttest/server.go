package cttest

import (
	"net/http"
	"strings"
	"sync"
	"time"
)

// Class says what a request asks for, whichever the protocol.
type Class string

// The classes of requests.
const (
	Head        Class = "head"        // checkpoint, get-sth
	Consistency Class = "consistency" // get-sth-consistency and the other proofs
	Entries     Class = "entries"     // tile/data, get-entries
	Tiles       Class = "tiles"       // tile/0 and above
	Issuers     Class = "issuers"     // issuer, get-roots
	Other       Class = "other"       // what no client should ask for
)

// Request is what the Server remembers of a request.
type Request struct {
	Class  Class
	Path   string // with the query
	Header http.Header
	Time   time.Time
}

// Server shows a Log by static-ct-api (checkpoint, tile/..., issuer/...) and by RFC 6962 (ct/v1/...), both below "/".
// Its methods may be called from several goroutines at once, while it serves.
type Server struct {
	mu       sync.Mutex
	log      *Log
	rules    []Rule
	requests []Request
}

// Rule says how to break a request, with nil for not at all.
type Rule func(Class, *http.Request) Fault

// NewServer makes a Server that shows log and breaks nothing.
func NewServer(log *Log) *Server { return &Server{log: log} }

// Show shows another log from now on: a fork, an older state, another log altogether.
func (s *Server) Show(log *Log) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.log = log
}

// Break has the next n requests of a class get the fault; with n < 0 all of them do. Of several rules that concern a
// request, the one that was given first is followed.
func (s *Server) Break(class Class, n int, fault Fault) {
	s.BreakIf(func(c Class, _ *http.Request) Fault {
		if c != class || n == 0 {
			return nil
		}
		n--
		return fault
	})
}

// BreakIf asks rule about each request. The rule is never asked by two goroutines at once.
func (s *Server) BreakIf(rule Rule) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.rules = append(s.rules, rule)
}

// Mend takes all faults back.
func (s *Server) Mend() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.rules = nil
}

// Requests lists what was asked, in order.
func (s *Server) Requests() []Request {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]Request(nil), s.requests...)
}

// Count is how many requests of a class there were.
func (s *Server) Count(class Class) int {
	n := 0
	for _, r := range s.Requests() {
		if r.Class == class {
			n++
		}
	}
	return n
}

// Forget forgets the requests so far.
func (s *Server) Forget() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.requests = nil
}

// ServeHTTP answers from the log that is shown, unless a rule breaks the request.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	class := classify(r.URL.Path)
	log, fault := s.note(class, r)
	var handler http.Handler = log
	if fault != nil {
		handler = fault(handler)
	}
	handler.ServeHTTP(w, r)
}

func (s *Server) note(class Class, r *http.Request) (*Log, Fault) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.requests = append(s.requests, Request{class, r.URL.RequestURI(), r.Header.Clone(), time.Now()})
	for _, rule := range s.rules {
		if fault := rule(class, r); fault != nil {
			return s.log, fault
		}
	}
	return s.log, nil
}

func classify(path string) Class {
	switch path {
	case "/checkpoint", "/ct/v1/get-sth":
		return Head
	case "/ct/v1/get-sth-consistency", "/ct/v1/get-proof-by-hash", "/ct/v1/get-entry-and-proof":
		return Consistency
	case "/ct/v1/get-entries":
		return Entries
	case "/ct/v1/get-roots":
		return Issuers
	}
	switch {
	case strings.HasPrefix(path, "/tile/data/"):
		return Entries
	case strings.HasPrefix(path, "/tile/"):
		return Tiles
	case strings.HasPrefix(path, "/issuer/"):
		return Issuers
	}
	return Other
}

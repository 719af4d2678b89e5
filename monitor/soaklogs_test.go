package monitor_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"os"
	"strconv"
	"testing"
	"time"

	"pinwatch/ct/cttest"
)

// soakSeed is set, to the seed, in the process that TestSoak starts for the logs of a long run: their memory is not
// what is measured.
const soakSeed = "PINWATCH_SOAK_LOGS"

func TestMain(m *testing.M) {
	seed := os.Getenv(soakSeed)
	if seed == "" {
		os.Exit(m.Run())
	}
	if err := serveSoakLogs(seed, os.Stdin, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// serveSoakLogs says where the logs are, and ends with its input.
func serveSoakLogs(seed string, in io.Reader, out io.Writer) error {
	n, err := strconv.ParseUint(seed, 10, 64)
	if err != nil {
		return err
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	logs := newSoakLogs(n)
	server := &http.Server{Handler: logs}
	go func() {
		_, _ = io.Copy(io.Discard, in)
		server.Close()
	}()
	fmt.Fprintf(out, "http://%s\n", listener.Addr())
	if err := server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}

const (
	soakStatic = 2   // of the logs, the first so many are static-ct logs
	soakRate   = 500 // entries a second that each log grows by
	soakEvery  = 100 // one entry in so many of two of the logs is for a watched name
)

// soakOrigins are the logs of a soak.
var soakOrigins = []string{"soak.example/0", "soak.example/1", "soak.example/2"}

// soakLogs are logs that grow and fail, below /0/, /1/ and /2/. GET /grow?rate=500 starts it, GET /finish ends it and
// answers with a soakRecord.
type soakLogs struct {
	http.ServeMux
	logs     []*cttest.Log
	servers  []*cttest.Server
	weathers []*weather
	ca       *cttest.CA
	stranger *cttest.Issuance
	watched  map[string][]string
	stop     context.CancelFunc
	stopped  chan struct{}
}

// soakRecord is what the logs hold in the end, and how they behaved.
type soakRecord struct {
	Sizes []uint64
	// Watched are the places of each issuance for a watched name, as log/index/type, by its name.
	Watched map[string][]string
	// Asked are the requests of each class, Broken those that a fault was the answer to.
	Asked, Broken map[cttest.Class]int
}

func newSoakLogs(seed uint64) *soakLogs {
	l := &soakLogs{
		ca:      cttest.NewRoot("Root", "w").Intermediate("CA", "w"), // that of world
		watched: map[string][]string{},
		stopped: make(chan struct{}),
	}
	l.stranger = l.ca.Issue(cttest.Template{Names: []string{"other.example.net"}, Key: "stranger"})
	for i, origin := range soakOrigins {
		log := cttest.NewLog(cttest.Config{Origin: origin, RFC6962: i >= soakStatic, DropPartial: i == 0, Now: time.Now})
		l.logs = append(l.logs, log)
		l.servers = append(l.servers, cttest.NewServer(log))
		prefix := fmt.Sprintf("/%d", i)
		l.Handle(prefix+"/", http.StripPrefix(prefix, l.servers[i]))
	}
	for i, server := range l.servers {
		w := newWeather(rand.New(rand.NewPCG(seed, uint64(i))), l.logs[i], l.logs[(i+1)%len(l.logs)])
		l.weathers = append(l.weathers, w)
		server.BreakIf(w.rule)
	}
	l.HandleFunc("/grow", func(http.ResponseWriter, *http.Request) {
		ctx, stop := context.WithCancel(context.Background())
		l.stop = stop
		go l.grow(ctx)
	})
	l.HandleFunc("/finish", func(w http.ResponseWriter, _ *http.Request) {
		if err := json.NewEncoder(w).Encode(l.finish()); err != nil {
			panic(err)
		}
	})
	return l
}

// grow adds entries at the rate and publishes them ten times a second.
func (l *soakLogs) grow(ctx context.Context) {
	defer close(l.stopped)
	tick := time.NewTicker(100 * time.Millisecond)
	defer tick.Stop()
	start, n := time.Now(), 0
	for {
		select {
		case <-ctx.Done():
			return
		case now := <-tick.C:
			for ; n < int(now.Sub(start).Seconds()*soakRate); n++ {
				l.add(n)
			}
		}
		for i := range l.logs {
			l.logs[i].PublishAll()
			l.servers[i].Forget()
		}
	}
}

// add adds the n-th entry to each log. An issuance for a watched name is a precertificate in one log and final in the
// next. No key comes twice: what is said of one that was seen before depends on which log is read first.
func (l *soakLogs) add(n int) {
	if n%soakEvery != soakEvery/2 {
		for _, log := range l.logs {
			log.AddPrecert(l.stranger)
		}
		return
	}
	k := n / soakEvery
	name := fmt.Sprintf("w%d.example.com", k)
	issuance := l.ca.Issue(cttest.Template{Names: []string{name}, Key: name})
	at := func(i int) int { return (k + i) % len(l.logs) }
	l.watched[name] = []string{
		fmt.Sprintf("%d/%d/precert", at(0), l.logs[at(0)].AddPrecert(issuance)),
		fmt.Sprintf("%d/%d/x509", at(1), l.logs[at(1)].AddFinal(issuance)),
	}
	l.logs[at(2)].AddPrecert(l.stranger)
}

// finish ends the growth and the faults.
func (l *soakLogs) finish() *soakRecord {
	l.stop()
	<-l.stopped
	record := &soakRecord{Watched: l.watched, Asked: map[cttest.Class]int{}, Broken: map[cttest.Class]int{}}
	for i, log := range l.logs {
		log.PublishAll()
		l.servers[i].Mend()
		record.Sizes = append(record.Sizes, log.Size())
		for class, n := range l.weathers[i].asked {
			record.Asked[class] += n
		}
		for class, n := range l.weathers[i].broken {
			record.Broken[class] += n
		}
	}
	return record
}

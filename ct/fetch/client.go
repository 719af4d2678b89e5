package fetch

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"golang.org/x/time/rate"
)

// Defaults of Config, and why.
const (
	// DefaultAttempts and DefaultMaxPause let one lost packet or one restarted front end pass unseen, and bound how
	// long a single pass from cron can be held up by one request.
	DefaultAttempts = 5
	DefaultMaxPause = 2 * time.Minute
	// DefaultHeaderTimeout is long because get-entries of a busy RFC 6962 log is a database query.
	DefaultHeaderTimeout = 45 * time.Second
	// DefaultStallTimeout is the time in which a body must bring stallBytes or end.
	DefaultStallTimeout = 20 * time.Second
)

// Config says who is asking and how much.
type Config struct {
	// Version and Contact make the User-Agent "pinwatch/<version> (+<contact>)". Without a contact only loopback
	// addresses are asked.
	Version, Contact string
	// Limits overrides the limits of operators, by the key of their requests.
	Limits map[string]Limit
	// BytesPerSecond bounds what is received from all operators together; 0 is no bound.
	BytesPerSecond int
	// Attempts is how often one Get asks at most, MaxPause how long it may spend in the pauses after failures, its own
	// or others'; 0 is the default. Waiting for a turn does not count.
	Attempts int
	MaxPause time.Duration
	// HeaderTimeout bounds the time from the request to the header of the answer, StallTimeout that in which a body
	// must make progress; 0 is the default.
	HeaderTimeout, StallTimeout time.Duration
	// Logger is told of retries and slowed operators; nil is silence.
	Logger *slog.Logger
	// Transport makes the requests; nil is one of the client's own, over TCP.
	Transport http.RoundTripper
}

// Client makes the requests of one process. Its methods may be called from several goroutines at once.
type Client struct {
	config    Config
	transport http.RoundTripper
	plain     http.Header // of a request that is neither fresh nor conditional
	bytes     *rate.Limiter
	inflaters sync.Pool // of *inflater

	mu        sync.Mutex
	operators map[string]*operator
}

// New makes a Client. A contact or version that cannot stand in a header is an error.
func New(config Config) (*Client, error) {
	for _, s := range []string{config.Version, config.Contact} {
		if strings.ContainsFunc(s, func(r rune) bool { return r < ' ' || r > '~' }) {
			return nil, fmt.Errorf("%q cannot stand in a User-Agent: write it in printable ASCII", s)
		}
	}
	setDefault(&config.Attempts, DefaultAttempts)
	setDefault(&config.MaxPause, DefaultMaxPause)
	setDefault(&config.HeaderTimeout, DefaultHeaderTimeout)
	setDefault(&config.StallTimeout, DefaultStallTimeout)
	if config.Logger == nil {
		config.Logger = slog.New(slog.DiscardHandler)
	}
	c := &Client{
		config:    config,
		transport: config.Transport,
		operators: make(map[string]*operator),
		inflaters: sync.Pool{New: newInflater},
		plain:     http.Header{"User-Agent": {config.userAgent()}, "Accept-Encoding": {"gzip, identity"}},
	}
	if c.transport == nil {
		c.transport = config.newTransport()
	}
	if n := config.BytesPerSecond; n > 0 {
		c.bytes = rate.NewLimiter(rate.Limit(n), max(n, boundRead))
	}
	return c, nil
}

func setDefault[T int | time.Duration](v *T, def T) {
	if *v <= 0 {
		*v = def
	}
}

func (c *Config) userAgent() string {
	agent := "pinwatch"
	if c.Version != "" {
		agent += "/" + c.Version
	}
	if c.Contact != "" {
		agent += " (+" + c.Contact + ")"
	}
	return agent
}

// newTransport keeps a connection for every request that the widest window allows, and leaves inflating to body.
func (c *Config) newTransport() *http.Transport {
	widest := loopbackWindow
	for _, l := range c.Limits {
		widest = max(widest, l.Parallel)
	}
	return &http.Transport{
		Proxy:               http.ProxyFromEnvironment,
		DialContext:         (&net.Dialer{Timeout: 15 * time.Second}).DialContext,
		TLSHandshakeTimeout: 15 * time.Second,
		ForceAttemptHTTP2:   true,
		DisableCompression:  true,
		MaxIdleConnsPerHost: widest,
		IdleConnTimeout:     90 * time.Second,
		ReadBufferSize:      wireRead,
		// A header of 64 kB is a mistake or an attack.
		MaxResponseHeaderBytes: 64 << 10,
	}
}

// Close closes idle connections.
func (c *Client) Close() {
	if t, ok := c.transport.(interface{ CloseIdleConnections() }); ok {
		t.CloseIdleConnections()
	}
}

// Request is one GET.
type Request struct {
	URL string // http or https
	// Operator is the key of the limits; Log tells the operator's logs apart, so that the trouble of one is not
	// that of the others.
	Operator, Log string
	// MaxBytes bounds the body after inflation.
	MaxBytes int
	// Fresh asks caches on the way to ask the origin.
	Fresh bool
	// ETag and LastModified, as an earlier Response had them, make the request conditional.
	ETag, LastModified string
}

// Response is the answer to a Request.
type Response struct {
	// Body is the inflated body, appended to what the room of Get returned.
	Body []byte
	// NotModified says that a conditional request found nothing new; there is no body then.
	NotModified bool
	// ETag and LastModified are the validators for the next conditional request, empty where the server gave none.
	ETag, LastModified string
}

// Get appends the body of an answer with status 200 to what room returns; a nil room returns nil. room is called once at
// most, when a body arrives: until then a request holds no memory. Transient failures (rate limits, server errors,
// timeouts, resets, truncated bodies) are tried again within the bounds of Config.
//
// Errors, with which there is no body: *StatusError for any other status; ErrTooLarge, ErrNoContact, ErrRedirect,
// ErrHTML, ErrStalled; *PausedError when nothing was asked, or not asked again, because the operator or the log must be
// left alone for longer than MaxPause allows. The end of ctx ends Get at once, with ctx's error.
func (c *Client) Get(ctx context.Context, room func() []byte, r Request) (Response, error) {
	u, err := url.Parse(r.URL)
	if err != nil {
		return Response{}, fmt.Errorf("get: %w", err)
	}
	if err := c.admits(u); err != nil {
		return Response{}, fmt.Errorf("get %s: %w", u.Redacted(), err)
	}
	g := get{client: c, operator: c.operator(r.Operator), request: &r, room: room, patience: c.config.MaxPause}
	for attempt := 1; ; attempt++ {
		resp, err := g.follow(ctx, u)
		if err == nil {
			return resp, nil
		}
		if ctx.Err() != nil {
			return Response{}, fmt.Errorf("get %s: %w", u.Redacted(), context.Cause(ctx))
		}
		var paused *PausedError
		if attempt >= c.config.Attempts || errors.As(err, &paused) || !transient(err) {
			return Response{}, err
		}
		c.config.Logger.Debug("request failed, will be repeated", "attempt", attempt, "error", err)
	}
}

// Bound is a Client for the requests of one log.
type Bound struct {
	client        *Client
	operator, log string
}

// Bound binds the client to a log, named in any way that tells it from the operator's others.
func (c *Client) Bound(operator, log string) *Bound {
	return &Bound{client: c, operator: operator, log: log}
}

// Get appends the body at url to what room returns, as Client.Get does. maxBytes bounds the body after inflation; fresh
// asks caches on the way to ask the origin.
func (b *Bound) Get(ctx context.Context, room func() []byte, url string, maxBytes int, fresh bool) ([]byte, error) {
	resp, err := b.client.Get(ctx, room, Request{
		URL: url, Operator: b.operator, Log: b.log, MaxBytes: maxBytes, Fresh: fresh,
	})
	return resp.Body, err
}

// Reject says that what Get returned is not what a log must answer. The log is left alone for a while, as after an error
// of Get, so that callers who ask again at once are no burden to it.
func (b *Bound) Reject(cause error) {
	b.client.operator(b.operator).reject(b.log, cause)
}

package cttest

import "net/http"

// Fault breaks the answer to one request. It gets the handler that would have answered well.
type Fault func(http.Handler) http.Handler

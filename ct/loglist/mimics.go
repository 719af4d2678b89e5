package loglist

import (
	"errors"

	"pinwatch/ct"
)

// errMimic refuses a log that anybody can sign for.
var errMimic = errors.New("its private key is public (a mimic log of Google's): anybody can sign for it")

// isMimic knows the logs that do not exist: Google publishes their private keys (mimics/mimic1.pem and mimic2.pem of
// GoogleChrome/CertificateTransparency) and puts them into the frozen lists it serves to CT enforcement libraries. A
// log that anybody can sign for proves nothing, and a list that has them gets no new logs any more.
func isMimic(id ct.LogID) bool {
	switch id.String() {
	case "9EGV1vAOLbVUNcrdV3iS5T4VrUFwWPh44U/2uRh0FYk=", // Mimic 1
		"si9+3rWvav5QPeBAgbLXTBJThJL+3yyypSZQPO9TztI=": // Mimic 2
		return true
	}
	return false
}

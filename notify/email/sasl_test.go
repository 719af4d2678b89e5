package email

import (
	"crypto/hmac"
	"crypto/md5"
	"crypto/pbkdf2"
	"crypto/sha1"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"hash"
	"strings"

	"github.com/emersion/go-sasl"
	"github.com/emersion/go-smtp"
)

// errBadLogin is of a server that tells more than it should.
var errBadLogin = &smtp.SMTPError{Code: 535, EnhancedCode: smtp.EnhancedCode{5, 7, 8}, Message: "not " + testPassword}

// newSASL is the server's side of a mechanism, which knows testUser.
func newSASL(mechanism string, done func()) sasl.Server {
	check := func(ok bool) error {
		if !ok {
			return errBadLogin
		}
		done()
		return nil
	}
	switch mechanism {
	case "PLAIN":
		return sasl.NewPlainServer(func(_, user, password string) error {
			return check(user == testUser && password == testPassword)
		})
	case "LOGIN":
		return &login{check: check}
	case "CRAM-MD5":
		return &cram{check: check}
	case "SCRAM-SHA-1":
		return &scram{check: check, hash: sha1.New}
	}
	return &scram{check: check, hash: sha256.New}
}

// login asks for name and password in turn.
type login struct {
	check func(bool) error
	step  int
	user  string
}

func (l *login) Next(response []byte) ([]byte, bool, error) {
	l.step++
	switch l.step {
	case 1:
		return []byte("Username:"), false, nil
	case 2:
		l.user = string(response)
		return []byte("Password:"), false, nil
	}
	return nil, true, l.check(l.user == testUser && string(response) == testPassword)
}

// cram is CRAM-MD5 (RFC 2195).
type cram struct {
	check func(bool) error
	asked bool
}

func (c *cram) Next(response []byte) ([]byte, bool, error) {
	const challenge = "<1896.697170952@mail.example.com>"
	if !c.asked {
		c.asked = true
		return []byte(challenge), false, nil
	}
	mac := hmac.New(md5.New, []byte(testPassword))
	mac.Write([]byte(challenge))
	return nil, true, c.check(string(response) == testUser+" "+hex.EncodeToString(mac.Sum(nil)))
}

// scram is SCRAM (RFC 5802) without channel binding.
type scram struct {
	check       func(bool) error
	hash        func() hash.Hash
	step        int
	bare, first string
}

func (s *scram) Next(response []byte) ([]byte, bool, error) {
	s.step++
	switch {
	case response == nil:
		s.step--
		return nil, false, nil
	case s.step == 1:
		s.bare = strings.TrimPrefix(string(response), "n,,")
		_, nonce, _ := strings.Cut(s.bare, ",r=")
		s.first = fmt.Sprintf("r=%sserver,s=%s,i=4096", nonce, base64.StdEncoding.EncodeToString([]byte("salt")))
		return []byte(s.first), false, nil
	case s.step == 3:
		return nil, true, nil // the client has seen our signature
	}
	withoutProof, proof, _ := strings.Cut(string(response), ",p=")
	salted, err := pbkdf2.Key(s.hash, testPassword, []byte("salt"), 4096, s.hash().Size())
	if err != nil {
		return nil, true, err
	}
	clientKey := s.mac(salted, "Client Key")
	stored := s.hash()
	stored.Write(clientKey)
	authMessage := s.bare + "," + s.first + "," + withoutProof
	signature := s.mac(stored.Sum(nil), authMessage)
	for i := range signature {
		signature[i] ^= clientKey[i]
	}
	if err := s.check(proof == base64.StdEncoding.EncodeToString(signature)); err != nil {
		return nil, true, err
	}
	server := s.mac(s.mac(salted, "Server Key"), authMessage)
	return []byte("v=" + base64.StdEncoding.EncodeToString(server)), false, nil
}

func (s *scram) mac(key []byte, text string) []byte {
	m := hmac.New(s.hash, key)
	m.Write([]byte(text))
	return m.Sum(nil)
}

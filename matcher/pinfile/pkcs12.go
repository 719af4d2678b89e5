package pinfile

import (
	"crypto/hmac"
	"encoding/asn1"
	"errors"
	"fmt"

	"golang.org/x/crypto/cryptobyte"
	tags "golang.org/x/crypto/cryptobyte/asn1"
)

// pkcs12 reads the certificates of a PKCS#12 file (RFC 7292). Its private keys are not decrypted.
func (r *reader) pkcs12(data []byte) error {
	r.set.Format = PKCS12
	f := pfx{hashes: maxFileRounds}
	if r.opt.Password != nil {
		var err error
		if f.password, err = r.opt.Password(r.set.File); err != nil {
			return r.fail(Unreadable, 0, "", "get the password: %v", err)
		}
	}
	err := f.read(data)
	if errors.Is(err, errPassword) {
		what := "the password does not fit this PKCS#12 file"
		if r.opt.Password == nil {
			what = "this PKCS#12 file has a password, and no password is given"
		}
		return r.fail(Unreadable, 0, "put it into an environment variable, and name that: --password-env, in a configuration password_env", "%s", what)
	}
	if err != nil {
		return r.fail(Unreadable, 0, "make PEM of it: openssl pkcs12 -nokeys", "%v", err)
	}
	if len(f.certificates) == 0 {
		return r.fail(NoPins, 0, "give the certificate", "there is no certificate in this PKCS#12 file")
	}
	objects := make([]object, len(f.certificates))
	for i, der := range f.certificates {
		objects[i] = parseDER(der)
	}
	return r.objects(objects)
}

// pfx is a PKCS#12 file that is being read.
type pfx struct {
	password     string
	secret       []byte // the password as keys of RFC 7292 are derived from it
	hashes       int    // that may still be spent on deriving keys
	certificates [][]byte
}

// What can be wrong with a PKCS#12 file.
var (
	errPassword = errors.New("the password does not fit")
	errShape    = errors.New("this is no PKCS#12 as RFC 7292 has it, in DER")
)

// The types of what a PKCS#12 file holds (RFC 7292 section 4, RFC 5652).
const (
	typeData      = "1.2.840.113549.1.7.1"
	typeEncrypted = "1.2.840.113549.1.7.6"
	bagCert       = "1.2.840.113549.1.12.10.1.3"
	bagContents   = "1.2.840.113549.1.12.10.1.6"
	certX509      = "1.2.840.113549.1.9.22.1"
)

// inside is the tag [0], in which content stands.
var inside = tags.Tag(0).ContextSpecific().Constructed()

// maxOID bounds an OBJECT IDENTIFIER, in bytes with its head; none that is known here has more than 13.
const maxOID = 64

// typed reads a SEQUENCE of an OBJECT IDENTIFIER and what stands behind it.
func typed(der *cryptobyte.String) (oid string, rest cryptobyte.String, ok bool) {
	var raw cryptobyte.String
	var id asn1.ObjectIdentifier
	ok = der.ReadASN1(&rest, tags.SEQUENCE) && rest.ReadASN1Element(&raw, tags.OBJECT_IDENTIFIER) && len(raw) <= maxOID &&
		raw.ReadASN1ObjectIdentifier(&id)
	return id.String(), rest, ok
}

// content reads a ContentInfo, or anything else that is a type and what stands in [0].
func content(der *cryptobyte.String) (oid string, in cryptobyte.String, ok bool) {
	oid, rest, ok := typed(der)
	return oid, in, ok && rest.ReadASN1(&in, inside)
}

// read reads a PFX (RFC 7292 section 4).
func (f *pfx) read(data []byte) error {
	der := cryptobyte.String(data)
	var outer, safe, contents cryptobyte.String
	var version int
	if !der.ReadASN1(&outer, tags.SEQUENCE) || !outer.ReadASN1Integer(&version) || version != 3 {
		return errShape
	}
	oid, in, ok := content(&outer)
	switch {
	case !ok:
		return errShape
	case oid != typeData:
		return errors.New("a PKCS#12 file that is protected with a public key is not read")
	case !in.ReadASN1(&safe, tags.OCTET_STRING):
		return errShape
	}
	f.secret = bmpString(f.password)
	if !outer.Empty() {
		if err := f.authenticate(outer, safe); err != nil {
			return err
		}
	}
	if !safe.ReadASN1(&contents, tags.SEQUENCE) {
		return errShape
	}
	for !contents.Empty() {
		oid, in, ok := content(&contents)
		if !ok {
			return errShape
		}
		if err := f.contents(oid, in); err != nil {
			return err
		}
	}
	return nil
}

// authenticate holds the file to its MAC (RFC 7292 section 4, RFC 9579), which tells whether the password fits.
func (f *pfx) authenticate(der cryptobyte.String, message []byte) error {
	var mac, digestInfo, digest, salt cryptobyte.String
	if !der.ReadASN1(&mac, tags.SEQUENCE) || !mac.ReadASN1(&digestInfo, tags.SEQUENCE) {
		return errShape
	}
	oid, params, ok := typed(&digestInfo)
	if !ok || !digestInfo.ReadASN1(&digest, tags.OCTET_STRING) || !mac.ReadASN1(&salt, tags.OCTET_STRING) {
		return errShape
	}
	rounds := 1
	if !mac.Empty() && oid != pbmac1 { // which has its own (RFC 9579 section 3)
		var err error
		if rounds, err = readRounds(&mac); err != nil {
			return err
		}
	}
	secrets := [][]byte{f.secret}
	if f.password == "" {
		secrets = append(secrets, nil) // as some write it
	}
	for _, f.secret = range secrets {
		got, err := f.mac(oid, params, salt, rounds, message)
		if err != nil {
			return err
		}
		if hmac.Equal(got, digest) {
			return nil
		}
	}
	return errPassword
}

// contents reads a part of the AuthenticatedSafe.
func (f *pfx) contents(oid string, in cryptobyte.String) error {
	var safe cryptobyte.String
	switch oid {
	case typeData:
		if !in.ReadASN1(&safe, tags.OCTET_STRING) {
			return errShape
		}
		return f.bags(safe, 0)
	case typeEncrypted:
		var outer, info, id, data cryptobyte.String
		if !in.ReadASN1(&outer, tags.SEQUENCE) || !outer.SkipASN1(tags.INTEGER) || !outer.ReadASN1(&info, tags.SEQUENCE) ||
			!info.ReadASN1(&id, tags.OBJECT_IDENTIFIER) {
			return errShape
		}
		algorithm, params, ok := typed(&info)
		if !ok || !info.ReadASN1(&data, tags.Tag(0).ContextSpecific()) {
			return errShape
		}
		plain, err := f.decrypt(algorithm, params, data)
		if err != nil {
			return err
		}
		return f.bags(plain, 0)
	}
	return fmt.Errorf("content of type %s in PKCS#12 is not read", oid)
}

// bags reads SafeContents, and keeps the certificates. Private keys, encrypted or not, stay where they are: how many
// rounds theirs would take does not matter.
func (f *pfx) bags(der cryptobyte.String, depth int) error {
	var all cryptobyte.String
	if !der.ReadASN1(&all, tags.SEQUENCE) || depth > maxDepth {
		return errShape
	}
	for !all.Empty() {
		oid, value, ok := content(&all)
		if !ok {
			return errShape
		}
		switch oid {
		case bagContents:
			if err := f.bags(value, depth+1); err != nil {
				return err
			}
		case bagCert:
			var cert cryptobyte.String
			kind, in, ok := content(&value)
			if !ok || !in.ReadASN1(&cert, tags.OCTET_STRING) {
				return errShape
			}
			if kind == certX509 {
				f.certificates = append(f.certificates, cert)
			}
		}
	}
	return nil
}

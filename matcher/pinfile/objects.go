package pinfile

import "pinwatch/matcher"

// objects makes entries of certificates, keys and requests. They name no host. The key of a certificate, of a request or
// by itself is one that a certificate may have; the certificates of CAs behind one are only its chain. A file with
// certificates of CAs alone stands for those CAs.
func (r *reader) objects(objects []object) error {
	keys, cas := Entry{Dimension: Keys}, Entry{Dimension: Chain, CA: true}
	secret, nameless := 0, false
	for i := range objects {
		o := &objects[i]
		switch o.kind {
		case certificate, request, publicKey:
			e := &keys
			if o.ca {
				e = &cas
			}
			if len(e.Pins) == 0 {
				e.Line = o.line
			}
			e.Pins = append(e.Pins, o.pin(r.set.File, o.line))
			e.Names = append(e.Names, o.names...)
			nameless = nameless || !o.ca && len(o.names) == 0
		case privateKey:
			secret = max(secret, 1, o.line)
			r.remark(Ignored, o.line, publicPart, "a private key, which is not read")
		case pkcs7File:
			r.remark(Refused, o.line, "make PEM of it: openssl pkcs7 -print_certs", "PKCS#7 is not read")
		case pkcs12File:
			r.remark(Refused, o.line, "give it as a file of its own", "PKCS#12 within another file is not read")
		case unknown:
			r.remark(Refused, o.line, "", "%s", o.what)
		case besides:
		}
	}
	if len(keys.Pins) > 0 {
		keys.Pins = mergePins(keys.Pins, nil)
		if nameless {
			keys.Names = nil
		}
		r.add(keys)
		r.leaveChain(cas.Pins)
	} else if len(cas.Pins) > 0 {
		cas.Pins, cas.Names = mergePins(cas.Pins, nil), nil
		r.add(cas)
	}
	if len(r.set.Entries) == 0 && secret > 0 && r.set.Err() == nil {
		return r.fail(NoPins, secret, publicPart, "there is only a private key in this file, which is not read")
	}
	return nil
}

const publicPart = "give its public part: openssl pkey -pubout"

// leaveChain tells of the CAs that stand behind a certificate.
func (r *reader) leaveChain(cas []matcher.Pin) {
	if len(cas) > 0 {
		r.remark(Ignored, 0, "to pin a CA, give its certificate in a file of its own",
			"the certificates of CAs behind the certificate are its chain, and left aside (%d)", len(cas))
	}
}

// der reads a file in DER.
func (r *reader) der(data []byte) error {
	o := parseDER(data)
	switch o.kind {
	case unknown:
		return r.fail(Unknown, 0, knownFormats, "this is %s", o.what)
	case pkcs12File:
		return r.pkcs12(data)
	case certificate, request, publicKey, privateKey, pkcs7File, besides:
	}
	r.set.Format = DER
	return r.objects([]object{o})
}

package cli

import (
	"context"
	"fmt"

	"pinwatch/ct"
	"pinwatch/show"
	"pinwatch/store"
)

// sctsOf looks up the SCTs in the certificates of a finding.
func sctsOf(ctx context.Context, r *store.Reader, d *store.Detail) (out []show.CertificateSCTs, err error) {
	err = r.Snapshot(ctx, func(s *store.Snapshot) error {
		for _, cert := range d.Certificates {
			scts, problem, err := s.CertificateSCTs(ctx, cert.SHA256)
			if err != nil {
				return err
			}
			out = append(out, show.CertificateSCTs{SHA256: cert.SHA256, SCTs: scts, Problem: problem})
		}
		return nil
	})
	return out, err
}

// sctTexts says of each SCT whose it is, and what became of the promise.
func sctTexts(all []show.CertificateSCTs) (out []string) {
	for i := range all {
		for _, sct := range all[i].SCTs {
			out = append(out, sctText(sct))
		}
		if all[i].Problem != "" {
			out = append(out, show.Escape(all[i].Problem))
		}
	}
	return out
}

func sctText(s *store.SeenSCT) string {
	name := s.Description
	if name == "" {
		name = ct.LogID(s.LogID).String()
	}
	text := fmt.Sprintf("%s, stamped %s: ", show.Escape(name), timestamp(s.Timestamp))
	switch {
	case s.Signature == store.SCTInvalid:
		return text + "the log did not sign it"
	case s.Signature == store.SCTUnknownLog:
		return text + "no list has the log"
	case s.Signature != store.SCTValid:
		return text + "it could not be verified"
	case s.Promise == store.PromiseKept && s.Entry != nil:
		text += fmt.Sprintf("kept, entry %d", *s.Entry)
	case s.Promise == store.PromiseOpen && !s.Followed:
		text += "valid, the log is not followed"
	case s.Promise == store.PromiseOpen:
		text += "valid, its entry is not due yet or was not looked for"
	case s.Promise == store.PromiseUnseen:
		text += "valid, its entry was not seen"
	default:
		text += "the promise is " + s.Promise
	}
	if s.Detail != "" {
		text += ": " + show.Escape(s.Detail)
	}
	return text
}

package cli

import (
	"context"
	"fmt"

	"pinwatch/ct"
	"pinwatch/show"
	"pinwatch/store"
)

// sctTexts says of each SCT in the final certificates of a finding whose it is, and what became of the promise.
func sctTexts(ctx context.Context, r *store.Reader, d *store.Detail) (out []string, err error) {
	err = r.Snapshot(ctx, func(s *store.Snapshot) error {
		for _, cert := range d.Certificates {
			scts, problem, err := s.CertificateSCTs(ctx, cert.SHA256)
			if err != nil {
				return err
			}
			for _, sct := range scts {
				out = append(out, sctText(sct))
			}
			if problem != "" {
				out = append(out, show.Escape(problem))
			}
		}
		return nil
	})
	return out, err
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

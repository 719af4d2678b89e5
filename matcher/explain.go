package matcher

// Explain says in a sentence for each reason what the judgement means, for a person who reads the finding.
func (j *Judgement) Explain() []string {
	var out []string
	if j.Verdict == Unpinned {
		out = append(out, "The watch has no pins, so nothing says whether this certificate is expected.")
	}
	for _, r := range j.Reasons {
		if text, found := j.explain(r); found {
			out = append(out, text)
		}
	}
	return out
}

const ownCA = "an attacker in front of the real server gets certificates from the CA that the victim uses, as happened to " +
	"jabber.ru in 2023."

func (j *Judgement) explain(r Reason) (text string, found bool) {
	switch r {
	case UnknownKey:
		if j.Severity == Critical {
			return "The key is none of the pinned keys, but a pinned CA issued the certificate. That is no mild case: " + ownCA, true
		}
		return "The certificate's key is none of the pinned keys.", true
	case UnknownIssuer:
		if isTrue(j.KeyPinned) {
			return "The certificate's key is pinned, but the CA that issued it is none of the pinned issuers.", true
		}
		return "The CA that issued the certificate is none of the pinned issuers.", true
	case UnknownChain:
		if j.Severity == Critical && isTrue(j.IssuerPinned) && j.KeyPinned == nil {
			return "A pinned CA issued the certificate, but no key in its chain is pinned, the certificate's own included. " +
				"That is no mild case: " + ownCA, true
		}
		return "No key in the certificate's chain is pinned.", true
	case PinExpired:
		return "The only pin that fits has expired: a retired key is in use again, or the pin was not renewed.", true
	case PinNotYetValid:
		return "The only pin that fits is not valid yet.", true
	case NameUncertain:
		return "The name could not be read well enough to be sure that the certificate is for the watched name.", true
	case KeyUnread:
		return "The certificate's key could not be read.", true
	case IssuerUnknown:
		return "Which key issued the certificate could not be established.", true
	case ChainIncomplete:
		return "The chain is not known in full, and no key in the known part of it is pinned.", true
	}
	return r.explain()
}

// explain is the sentence for a reason that does not depend on the rest of the judgement.
func (r Reason) explain() (text string, found bool) {
	switch r {
	case RetiredKey:
		return "The key was pinned for this watch before: a retired key came back.", true
	case PinnedElsewhere:
		return "The key is pinned for another watch: it is known, but not for this name.", true
	case IssuerNameOnly:
		return "The CA that issued the certificate has the name of a pinned one, but another key: a new key of that CA, or " +
			"another CA that took its name.", true
	case BackupInUse:
		return "The only pin that fits is a backup: the key that was kept for an emergency is in use.", true
	}
	return "", false
}

package ct_test

import (
	"testing"

	"pinwatch/ct"
	"pinwatch/ct/certscan"
	"pinwatch/ct/cttest"
)

// promiseOf is what the SCT of a log promises.
func promiseOf(t *testing.T, iss *cttest.Issuance, sct []byte) ct.Promise {
	t.Helper()
	ca := cttest.NewRoot("Root", "p")
	ca.Finish(iss, sct)
	cert := new(certscan.Scanner).Certificate(iss.Final)
	all, err := certscan.SCTs(cert.SCTList)
	if err != nil || len(all) != 1 {
		t.Fatalf("%d SCTs, %v", len(all), err)
	}
	tbs, _ := cert.AppendPrecertTBS(nil)
	return ct.Promise{
		Timestamp: all[0].Timestamp, IssuerKeyHash: iss.IssuerKeyHash, TBS: tbs, Extensions: all[0].Extensions, Signature: all[0].Signature,
	}
}

func TestVerifyPromise(t *testing.T) {
	for name, config := range map[string]cttest.Config{
		"static": {Origin: "a.example"}, "rfc6962": {Origin: "b.example", RFC6962: true},
		"rsa": {Origin: "c.example", Key: cttest.NewRSAKey("p")},
	} {
		t.Run(name, func(t *testing.T) {
			log := cttest.NewLog(config)
			iss := cttest.NewRoot("Root", "p").Issue(cttest.Template{Names: []string{"www.example.com"}, Key: "k"})
			sct, leaf := log.Promise(iss)
			v, err := ct.NewVerifier(log.Describe("https://log.example/", true).Key)
			if err != nil {
				t.Fatal(err)
			}
			good := promiseOf(t, iss, sct)
			if err := v.VerifyPromise(&good); err != nil {
				t.Errorf("a good promise: %v", err)
			}
			index := log.Add(leaf)
			log.PublishAll()
			if log.Root(1) != ct.LeafHash(good.Timestamped()) || index != 0 {
				t.Error("the entry is not what was promised")
			}
			for what, spoil := range map[string]func(p *ct.Promise){
				"timestamp":  func(p *ct.Promise) { p.Timestamp++ },
				"issuer":     func(p *ct.Promise) { p.IssuerKeyHash[0]++ },
				"tbs":        func(p *ct.Promise) { p.TBS = append([]byte{}, p.TBS[1:]...) },
				"extensions": func(p *ct.Promise) { p.Extensions = append([]byte{7, 0, 0}, p.Extensions...) },
				"signature":  func(p *ct.Promise) { p.Signature = p.Signature[:len(p.Signature)-1] },
				"more":       func(p *ct.Promise) { p.Signature = append(append([]byte{}, p.Signature...), 0) },
				"none":       func(p *ct.Promise) { p.Signature = nil },
				"too large":  func(p *ct.Promise) { p.TBS = make([]byte, 1<<24) },
			} {
				bad := good
				spoil(&bad)
				if v.VerifyPromise(&bad) == nil {
					t.Errorf("%s: a spoiled promise passes", what)
				}
			}
		})
	}
}

package post

import (
	"testing"

	"pinwatch/notify"
)

func TestJSON(t *testing.T) {
	if got, err := JSON(map[string]string{"a": "<&>"}); string(got) != `{"a":"<&>"}`+"\n" || err != nil {
		t.Errorf("%s, %v", got, err)
	}
	if _, err := JSON(func() {}); !notify.IsPermanent(err) {
		t.Errorf("a function: %v", err)
	}
}

package notify_test

import (
	"encoding/json"
	"os"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"pinwatch/notify"
	"pinwatch/notify/notifytest"
)

// jsonField is a field of a struct as JSON has it.
type jsonField struct {
	Name, Type string
	Always     bool
}

func jsonFields(t *testing.T, of reflect.Type) []jsonField {
	t.Helper()
	var out []jsonField
	for f := range of.Fields() {
		name, option, _ := strings.Cut(f.Tag.Get("json"), ",")
		kind := map[reflect.Kind]string{
			reflect.Int: "integer", reflect.String: "string", reflect.Bool: "boolean", reflect.Slice: "array",
		}[f.Type.Kind()]
		switch f.Type {
		case reflect.TypeFor[time.Time]():
			kind = "string"
		case reflect.TypeFor[json.RawMessage]():
			kind = "object"
		}
		if name == "" || kind == "" {
			t.Fatalf("the field %s is of no type that JSON has here", f.Name)
		}
		out = append(out, jsonField{name, kind, option != "omitempty"})
	}
	return out
}

// TestFormatsPage holds the tables of docs/notify-formats.md to the Message and its kinds.
func TestFormatsPage(t *testing.T) {
	var fields []jsonField
	var kinds []notify.Kind
	for _, cells := range notifytest.Rows(t, "../docs/notify-formats.md", "The message") {
		if len(cells) == 4 {
			fields = append(fields, jsonField{cells[0], cells[1], cells[2] == "always"})
		} else {
			kinds = append(kinds, notify.Kind(cells[0]))
		}
	}
	if diff := cmp.Diff(jsonFields(t, reflect.TypeFor[notify.Message]()), fields); diff != "" {
		t.Errorf("docs/notify-formats.md (-message +page):\n%s", diff)
	}
	if diff := cmp.Diff(notify.Kinds(), kinds); diff != "" {
		t.Errorf("docs/notify-formats.md (-kinds +page):\n%s", diff)
	}
}

// schema is as much of JSON Schema as the schema of messages uses.
type schema struct {
	Ref        string            `json:"$ref"`
	Type       string            `json:"type"`
	Required   []string          `json:"required"`
	Properties map[string]schema `json:"properties"`
	Items      *schema           `json:"items"`
	Enum       []string          `json:"enum"`
	Const      int               `json:"const"`
}

func readSchema(t *testing.T) *schema {
	t.Helper()
	text, err := os.ReadFile("../docs/message.schema.json")
	if err != nil {
		t.Fatal(err)
	}
	var s schema
	if err := json.Unmarshal(text, &s); err != nil {
		t.Fatal(err)
	}
	return &s
}

func (s *schema) fields() []jsonField {
	var out []jsonField
	for name, property := range s.Properties {
		out = append(out, jsonField{name, property.Type, slices.Contains(s.Required, name)})
	}
	slices.SortFunc(out, func(a, b jsonField) int { return strings.Compare(a.Name, b.Name) })
	return out
}

// fits says whether v, read from JSON, is what the schema describes.
func (s *schema) fits(root *schema, v any) bool {
	if s.Ref == "#" {
		s = root
	}
	switch v := v.(type) {
	case map[string]any:
		for name, value := range v {
			property, known := s.Properties[name]
			if s.Properties != nil && (!known || !property.fits(root, value)) {
				return false
			}
		}
		return s.Type == "object" && !slices.ContainsFunc(s.Required, func(name string) bool { return v[name] == nil })
	case []any:
		return s.Type == "array" && !slices.ContainsFunc(v, func(one any) bool { return !s.Items.fits(root, one) })
	case string:
		return s.Type == "string" && (s.Enum == nil || slices.Contains(s.Enum, v))
	case bool:
		return s.Type == "boolean"
	case float64:
		return s.Type == "integer" && v == float64(int(v)) && (s.Const == 0 || int(v) == s.Const)
	}
	return false
}

// TestMessageSchema holds docs/message.schema.json to the Message, its kinds and severities, and all samples to it.
func TestMessageSchema(t *testing.T) {
	s := readSchema(t)
	for _, tt := range []struct {
		of   reflect.Type
		have []jsonField
	}{
		{reflect.TypeFor[notify.Message](), s.fields()},
		{reflect.TypeFor[notify.Fact](), s.Properties["facts"].Items.fields()},
	} {
		want := jsonFields(t, tt.of)
		slices.SortFunc(want, func(a, b jsonField) int { return strings.Compare(a.Name, b.Name) })
		if diff := cmp.Diff(want, tt.have); diff != "" {
			t.Errorf("%v (-struct +schema):\n%s", tt.of, diff)
		}
	}
	var kinds []string
	for _, k := range notify.Kinds() {
		kinds = append(kinds, string(k))
	}
	severities := []string{notify.Info, notify.Low, notify.Medium, notify.High, notify.Critical}
	if !slices.Equal(kinds, s.Properties["kind"].Enum) || !slices.Equal(severities, s.Properties["severity"].Enum) ||
		s.Properties["version"].Const != notify.Version {
		t.Errorf("the kinds, severities or the version of the schema are %v, %v, %v", s.Properties["kind"].Enum,
			s.Properties["severity"].Enum, s.Properties["version"].Const)
	}
	for _, m := range append(notifytest.Samples(), notifytest.ManyNames()) {
		for _, limit := range []int{10_000, 10 << 20} {
			encoded, err := notify.Encode(&m, limit)
			if err != nil {
				t.Fatal(err)
			}
			var v any
			if err := json.Unmarshal(encoded, &v); err != nil {
				t.Fatal(err)
			}
			if m.ID != "hostile" && !s.fits(s, v) {
				t.Errorf("%s is not what the schema describes: %s", m.ID, encoded)
			}
		}
	}
}

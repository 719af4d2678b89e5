package jsonl

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"pinwatch/notify"
	"pinwatch/notify/notifytest"
)

func readJSON(t *testing.T, path string, to any) {
	t.Helper()
	text, err := os.ReadFile(path)
	if err == nil {
		err = json.Unmarshal(text, to)
	}
	if err != nil {
		t.Fatal(err)
	}
}

// formatted are all samples in a format, as a reader sees them.
func formatted(t *testing.T, format string) map[string]map[string]any {
	t.Helper()
	all := map[string]map[string]any{}
	var line bytes.Buffer
	n := newNotifier(t, Config{Writer: &line, Format: format, Version: "1.2.3"})
	odd := notify.Message{ID: "odd", Kind: "odd", Severity: "odd"}
	for _, m := range append(notifytest.Samples(), notifytest.ManyNames(), full(), odd) {
		line.Reset()
		if err := n.Notify(t.Context(), &m); err != nil {
			t.Fatal(err)
		}
		var v map[string]any
		if err := json.Unmarshal(line.Bytes(), &v); err != nil {
			t.Fatal(err)
		}
		all[m.ID] = v
	}
	return all
}

// ocsfObject describes an object (or the class) of the OCSF schema 1.5.0 as far as we use it: which attributes there are,
// which are required, and what they may be.
type ocsfObject struct {
	Required   []string                 `json:"required"`
	AtLeastOne []string                 `json:"at_least_one"`
	Attributes map[string]ocsfAttribute `json:"attributes"`
}

type ocsfAttribute struct {
	Type    string            `json:"type"`
	Array   bool              `json:"array"`
	Enum    map[string]string `json:"enum"`
	Sibling string            `json:"sibling"` // the attribute with the words for the number
}

// check lists what is wrong with v as the object that is named.
func check(schema map[string]ocsfObject, object string, v map[string]any) (wrong []string) {
	o := schema[object]
	complain := func(format string, args ...any) { wrong = append(wrong, object+": "+fmt.Sprintf(format, args...)) }
	for _, name := range o.Required {
		if _, there := v[name]; !there {
			complain("%s is missing", name)
		}
	}
	if len(o.AtLeastOne) > 0 && !slices.ContainsFunc(o.AtLeastOne, func(name string) bool { return v[name] != nil }) {
		complain("none of %v", o.AtLeastOne)
	}
	for name, value := range v {
		attribute, known := o.Attributes[name]
		if !known {
			complain("%s is no attribute", name)
			continue
		}
		values, isArray := value.([]any)
		if !isArray {
			values = []any{value}
		}
		if isArray != attribute.Array && attribute.Type != "json" {
			complain("%s is an array: %v", name, isArray)
		}
		for _, one := range values {
			wrong = append(wrong, attribute.check(schema, object+"."+name, one)...)
		}
		if number, isNumber := value.(float64); attribute.Enum != nil && isNumber {
			caption, known := attribute.Enum[strconv.Itoa(int(number))]
			if !known || v[attribute.Sibling] != caption {
				complain("%s is %v, and %s is %v", name, value, attribute.Sibling, v[attribute.Sibling])
			}
		}
	}
	return wrong
}

func (a ocsfAttribute) check(schema map[string]ocsfObject, path string, v any) []string {
	ok := true
	switch a.Type {
	case "string":
		_, ok = v.(string)
	case "boolean":
		_, ok = v.(bool)
	case "integer", "timestamp":
		number, isNumber := v.(float64)
		ok = isNumber && number == math.Trunc(number)
	case "json":
	default:
		object, isObject := v.(map[string]any)
		if isObject {
			return check(schema, a.Type, object)
		}
		ok = false
	}
	if !ok {
		return []string{fmt.Sprintf("%s: %v is no %s", path, v, a.Type)}
	}
	return nil
}

func TestOCSF(t *testing.T) {
	var schema map[string]ocsfObject
	readJSON(t, "testdata/ocsf-1.5.0.json", &schema)
	all := formatted(t, OCSF)
	for id, v := range all {
		for _, wrong := range check(schema, "detection_finding", v) {
			t.Errorf("%s: %s", id, wrong)
		}
		if v["type_uid"].(float64) != 200400+v["activity_id"].(float64) {
			t.Errorf("%s: type_uid %v, activity_id %v", id, v["type_uid"], v["activity_id"])
		}
	}
	// The lifecycle of one finding: the same uid from its creation to its end.
	for id, want := range map[string][2]float64{
		"finding-new": {1, 1}, "finding-changed": {2, 1}, "finding-reopened": {2, 1}, "finding-resolved": {3, 4}, "log-alarm": {1, 1},
	} {
		v := all[id]
		if v["activity_id"] != want[0] || v["status_id"] != want[1] || v["is_alert"] != (id != "finding-resolved") {
			t.Errorf("%s: activity %v, status %v, alert %v", id, v["activity_id"], v["status_id"], v["is_alert"])
		}
		uid := v["finding_info"].(map[string]any)["uid"]
		if strings.HasPrefix(id, "finding") && uid != "finding/f7a3c1d2e4b5a697" {
			t.Errorf("%s: uid %v", id, uid)
		}
	}
	if all["test"]["is_alert"] != false || all["heartbeat"]["is_alert"] != false {
		t.Error("a test or a heartbeat is an alert")
	}
	if at := all["finding-new"]["time"]; at != float64(1795256430000) {
		t.Errorf("time is %v, not in milliseconds", at)
	}
}

// TestCheckFindsFaults: the check would notice.
func TestCheckFindsFaults(t *testing.T) {
	var schema map[string]ocsfObject
	readJSON(t, "testdata/ocsf-1.5.0.json", &schema)
	for name, spoil := range map[string]func(v map[string]any){
		"missing":       func(v map[string]any) { delete(v, "time") },
		"unknown":       func(v map[string]any) { v["spam"] = 1 },
		"caption":       func(v map[string]any) { v["severity"] = "Fatal" },
		"type":          func(v map[string]any) { v["time"] = "today" },
		"array":         func(v map[string]any) { v["observables"] = map[string]any{} },
		"nested":        func(v map[string]any) { v["metadata"].(map[string]any)["version"] = 1 },
		"none of these": func(v map[string]any) { v["resources"] = []any{map[string]any{"type": "watch"}} },
	} {
		v := formatted(t, OCSF)["finding-full"]
		spoil(v)
		if len(check(schema, "detection_finding", v)) == 0 {
			t.Errorf("%s: not noticed", name)
		}
	}
}

// ecsField describes a field of ECS 8.11.
type ecsField struct {
	Type     string   `json:"type"`
	Array    bool     `json:"array"`
	Required bool     `json:"required"`
	Values   []string `json:"values"` // the only ones allowed
}

// flatten writes the leaves of v by their dotted names. What is ours, below pinwatch, is left out.
func flatten(to map[string]any, prefix string, v map[string]any) {
	for name, value := range v {
		if object, isObject := value.(map[string]any); isObject && prefix+name != "pinwatch" {
			flatten(to, prefix+name+".", object)
		} else if !isObject {
			to[prefix+name] = value
		}
	}
}

func (f ecsField) fits(v any) bool {
	if f.Array {
		all, isArray := v.([]any)
		one := f
		one.Array = false
		return isArray && !slices.ContainsFunc(all, func(v any) bool { return !one.fits(v) })
	}
	switch s := v.(type) {
	case float64:
		return f.Type == "long" && s == math.Trunc(s)
	case string:
		_, err := time.Parse(time.RFC3339, s)
		return f.Type == "text" || f.Type == "date" && err == nil ||
			f.Type == "keyword" && (f.Values == nil || slices.Contains(f.Values, s))
	}
	return false
}

func TestECS(t *testing.T) {
	var schema map[string]ecsField
	readJSON(t, "testdata/ecs-8.11.json", &schema)
	used := map[string]bool{}
	for id, v := range formatted(t, ECS) {
		fields := map[string]any{}
		flatten(fields, "", v)
		for name, value := range fields {
			field, known := schema[name]
			if !known || !field.fits(value) {
				t.Errorf("%s: %s is %v", id, name, value)
			}
			used[name] = true
		}
		for name, field := range schema {
			if _, there := fields[name]; field.Required && !there {
				t.Errorf("%s: %s is missing", id, name)
			}
		}
		if ours, isObject := v["pinwatch"].(map[string]any); !isObject || ours["thread"] == nil {
			t.Errorf("%s: pinwatch is %v", id, v["pinwatch"])
		}
	}
	for name := range schema {
		if !used[name] {
			t.Errorf("no sample has %s", name)
		}
	}
}

// TestFormatsPage holds the tables of docs/notify-formats.md to what is written.
func TestFormatsPage(t *testing.T) {
	const page = "../../docs/notify-formats.md"
	ocsf, ecs := map[string]bool{}, map[string]bool{"pinwatch.*": true}
	for _, v := range formatted(t, OCSF) {
		for name := range v {
			ocsf[name] = true
		}
	}
	for _, v := range formatted(t, ECS) {
		fields := map[string]any{}
		flatten(fields, "", v)
		for name := range fields {
			ecs[name] = true
		}
	}
	// Words beside numbers stand in the rows of the numbers.
	for _, name := range []string{"activity_name", "category_name", "class_name", "type_name", "severity", "status"} {
		delete(ocsf, name)
	}
	for section, have := range map[string]map[string]bool{"OCSF": ocsf, "ECS": ecs} {
		for _, cells := range notifytest.Rows(t, page, section) {
			if !have[cells[0]] {
				t.Errorf("the page has %s of %s, which no sample has", cells[0], section)
			}
			delete(have, cells[0])
		}
		for name := range have {
			t.Errorf("the page has no %s of %s", name, section)
		}
	}
}

package form_test

import (
	"reflect"
	"testing"

	"motcua/base/data"
	"motcua/kernel/form"
)

func TestAnswersInYAML(t *testing.T) {
	var got struct{ Answers form.Answers }
	err := data.Read("x.yaml", []byte("answers: {born: 2020-02-05, rows: [{name: An, at: {day: 2020-02-06}}], n: 3}"), &got)
	want := form.Answers{"born": "2020-02-05", "n": 3, "rows": []any{map[string]any{"name": "An", "at": map[string]any{"day": "2020-02-06"}}}}
	if err != nil || !reflect.DeepEqual(got.Answers, want) {
		t.Errorf("got %#v, %v\nwant %#v", got.Answers, err, want)
	}
}

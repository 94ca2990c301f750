package form

import (
	"testing"

	"motcua/base/lang"
)

func TestTexts(t *testing.T) {
	if _, err := lang.Load(Texts); err != nil {
		t.Fatal(err)
	}
}

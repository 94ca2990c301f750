package roll

import (
	"strings"
	"testing"
	"unicode/utf8"

	"motcua/base/fault"
	"motcua/base/lang"
)

// FuzzList reads any bytes as a list of bodies: what a line may pass on is
// text, with a code of the shape that goes on from the one above it.
func FuzzList(f *testing.F) {
	f.Add("code,parent,name,level\nH26.1,H26,Trạm,commune\n")
	f.Add("\ufeffcode,parent,name,level,to,next\n\"H26.1,H26\nX,,\u202e,a,2020-01-01,Y,z\n")
	f.Add("code,parent,name,level\nH26..1,H26.,\xff,\n")
	f.Fuzz(func(t *testing.T, text string) {
		_ = read(strings.NewReader(text), bodyColumns, 4, func(r row, wrong []fault.Field) error {
			x := line{row: r, wrong: wrong}
			if wrong != nil {
				return nil
			}
			x.describe()
			if x.wrong != nil {
				return nil
			}
			if !shape.MatchString(x.Code) || x.Parent != "" && !strings.HasPrefix(x.Code, x.Parent+".") || x.Name.In("vi") == "" {
				t.Errorf("taken: %+v", x.Body)
			}
			for _, s := range []string{x.Name.In("vi"), x.Address, x.Phone} {
				if !utf8.ValidString(s) || strings.ContainsFunc(s, lang.Hidden) {
					t.Errorf("taken: %q", s)
				}
			}
			return nil
		})
	})
}

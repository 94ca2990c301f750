package sight

import (
	"bytes"
	"math"

	"motcua/base/sheet"
	"motcua/base/web"
)

// File is a table as what was asked for: xlsx, or else csv.
func File(s sheet.Sheet, name, as string) (web.Answer, error) {
	var b bytes.Buffer
	if as == "xlsx" {
		err := s.XLSX(&b)
		return web.File(name+".xlsx", sheet.TypeXLSX, b.Bytes(), true), err
	}
	err := s.CSV(&b)
	return web.File(name+".csv", sheet.TypeCSV, b.Bytes(), true), err
}

// Round keeps two places, as files do.
func Round(f float64) float64 { return math.Round(f*100) / 100 }

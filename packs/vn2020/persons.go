package vn2020

import "sync"

// births are the province codes that begin a person's number.
var births = sync.OnceValue(func() map[string]bool {
	codes := map[string]bool{}
	list, err := Provinces()
	if err != nil {
		panic(err) // embedded, and read by a test
	}
	for _, p := range list {
		codes["0"+p.GSO] = true
	}
	return codes
})

// PersonID reports whether s can be a person's number (Decree 137/2015/NĐ-CP,
// article 13): 12 digits, of which 3 are the province where the birth was
// registered, 1 the century and sex, 2 the year of birth and 6 are random.
// Century and sex: 0 and 1 are a man and a woman of the 20th century, 2 and 3
// of the 21st; the digits after them are of centuries to come.
func PersonID(s string) bool {
	return len(s) == 12 && isNumber(s) && births()[s[:3]] && s[3] <= '3'
}

func isNumber(s string) bool {
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return true
}

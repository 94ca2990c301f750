package vn2020

// TypeNames are the words for the types of units: phuong is "phường".
func TypeNames() (map[string]string, error) {
	var l listed
	err := read("bodies.yaml", &l)
	return l.Types, err
}

package web

import (
	"maps"
	"net/http"
	"slices"
	"strings"
)

// typed is what somebody sent whose session was over: the page that says so holds
// it, to be sent again. Secrets are typed again, and files chosen again.
func (r *Request) typed(status int) (all [][2]string) {
	if status != http.StatusUnauthorized || r.Method != http.MethodPost || r.Session.Sort != "" || r.ParseForm() != nil {
		return nil
	}
	for _, name := range slices.Sorted(maps.Keys(r.PostForm)) {
		for _, v := range r.PostForm[name] {
			if !strings.Contains(name, "password") && !strings.Contains(name, "secret") {
				all = append(all, [2]string{name, v})
			}
		}
	}
	return all
}

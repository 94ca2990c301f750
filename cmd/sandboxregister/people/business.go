package people

import (
	"encoding/json"
	"net/http"
)

// Names lets a person represent a business from now on, nobody else; "": nobody does.
func (r *Register) Names(business, person string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.heads[business] = person
}

// represents answers by docs/business-register.md. It takes the first who asks
// about a business for its representative; numbers ending in 9 are no business.
func (r *Register) represents(w http.ResponseWriter, q *http.Request, body []byte) {
	var ask struct {
		ID       string `json:"question"`
		Business string `json:"business"`
		Person   string `json:"person"`
	}
	if json.Unmarshal(body, &ask) != nil || ask.ID == "" || ask.ID != q.Header.Get("webhook-id") || ask.Business == "" || ask.Person == "" {
		http.Error(w, "want question, asker, business and person", http.StatusUnprocessableEntity)
		return
	}
	r.mu.Lock()
	head, known := r.heads[ask.Business]
	if !known {
		head, r.heads[ask.Business] = ask.Person, ask.Person
	}
	r.mu.Unlock()
	said := map[string]string{"question": ask.ID, "match": "no"}
	switch {
	case ask.Business[len(ask.Business)-1] == '9':
		said["match"] = "unknown"
	case head == ask.Person:
		said["match"], said["name"] = "yes", "Business "+ask.Business
	}
	r.say(w, r.key, ask.ID, said)
}

package leave

import "motcua/kernel/held"

// own are the tables of what stands above the systems. Those that keep a number of a
// person keep that of an erased row: his id leads to nobody and is given to nobody else.
func own() []held.Table {
	return []held.Table{
		{Name: "person", Told: "person", Stays: "Book.Close and Book.Forget empty it; the id and the hash of the sign-in name stay, so that nobody gets them again"},
		{Name: "grants", Of: "person = $1", Tell: "role, body", Times: "since, until", Stays: "what officials could do and when is answered for by acts; no word of a person is in it"},
		{Name: "mandate", Told: "mandates", Stays: "who acted for whom is the other side's record; ended with the account, ids alone"},
		{Name: "org", Told: "mandates", Stays: "an organisation is no person"},
		{Name: "body", Told: "of the State", Stays: "by: the administrator's number"},
		{Name: "level_proof", Of: "person = $1", Goes: held.Closed, Tell: "level, way, body", Times: "made, ended"},
		{Name: "contact_left", Of: "person = $1", Goes: held.Closed, Tell: "recipient", Times: "at"},
		{Name: "session", Of: "subject = $1", Goes: held.Closed, Told: "devices"},
		{Name: "post", Told: "what he was sent himself", Stays: "what was sent keeps neither words nor address; what waits for his contacts goes with the account"},
		{Name: "once", Told: "answers to his own programs, for a day", Stays: "gone after a day"},
		{Name: "job", Told: "work under way, by number", Stays: "gone when it is done"},

		{Name: "dossier", Told: "dossiers", Stays: "Engine.Erase, by retention.yaml"},
		{Name: "act", Told: "dossiers", Stays: "Engine.Erase and Engine.EraseRegister, by retention.yaml; what is left is hashed in the ledger"},
		{Name: "draft", Of: "owner = $1", Goes: held.Closed, Tell: "kind, body, helped, answers", Times: "made, saved"},
		{Name: "file", Of: "owner = $1 and dossier = 0", Goes: held.Closed, Tell: "name, type, size", Times: "at", Stays: "those of dossiers: Engine.Erase"},
		{Name: "reading", Told: "readings", Stays: "who read is proven by the ledger; numbers alone, and what officials are"},
		{Name: "reading_seal", Told: "kept from who is investigated, by law", Stays: "numbers alone"},
		{Name: "mirror", Told: "reported", Stays: "as the dossiers of services: it is another body's, which keeps and erases it by its own rule"},

		{Name: "sign_key", Told: "certificates", Stays: "Authority.Erase takes a person's own; those of officials are needed to check what they decided"},
		{Name: "sign_use", Told: "certificates", Stays: "as sign_key"},
		{Name: "sign_chain", Told: "certificates", Stays: "as sign_key"},
		{Name: "sign_wish", Told: "certificates", Stays: "as sign_key"},
		{Name: "sign_secret", Told: "sealed secrets", Stays: "the secret of a person's app goes with his account (kernel/second)"},

		{Name: "leave_account", Of: "person = $1", Times: "asked, closes", Stays: "that he was erased, and when: his number alone"},
		{Name: "leave_erased", Told: "nothing is left of them", Stays: "that a dossier was erased, and when: numbers alone"},
	}
}

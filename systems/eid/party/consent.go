package party

import (
	"slices"
	"strings"
	"time"

	"motcua/base/db"
	"motcua/base/fault"
	"motcua/base/id"
)

// Given are the scopes a person lets a party have.
func Given(tx *db.Tx, person, party id.ID) ([]string, error) {
	scopes := ""
	err := tx.Row(`select scopes from eid_consent where person = $1 and party = $2`, person, party).Scan(&scopes)
	if fault.Of(err) == fault.NotFound {
		err = nil
	}
	return strings.Fields(scopes), err
}

// Give adds to what a person lets a party have, and tells all that he now does.
func Give(tx *db.Tx, person, party id.ID, scopes []string, at time.Time) ([]string, error) {
	all, err := Given(tx, person, party)
	if err != nil {
		return nil, err
	}
	for _, s := range scopes {
		if !slices.Contains(all, s) {
			all = append(all, s)
		}
	}
	slices.Sort(all)
	_, err = tx.Exec(`insert into eid_consent (person, party, scopes, at) values ($1, $2, $3, $4)
		on conflict (person, party) do update set scopes = excluded.scopes, at = excluded.at`, person, party, strings.Join(all, " "), db.At(at))
	return all, err
}

// Take takes back all that a person lets a party have, if he does.
func Take(tx *db.Tx, person, party id.ID) error {
	n, err := tx.Exec(`delete from eid_consent where person = $1 and party = $2`, person, party)
	if err == nil && n == 0 {
		err = fault.New(fault.NotFound, "eid.noparty")
	}
	return err
}

// A Consent is what a person lets one party have.
type Consent struct {
	Party  Party
	Scopes []string
	At     time.Time
}

// Consents are those of a person, the latest first.
func Consents(tx *db.Tx, person id.ID) ([]Consent, error) {
	all, err := db.List(tx, func(into func(...any) error) (c Consent, err error) {
		var scopes string
		var at db.Time
		err = into(&c.Party.ID, &scopes, &at)
		c.Scopes, c.At = strings.Fields(scopes), at.Time
		return c, err
	}, `select party, scopes, at from eid_consent where person = $1 order by at desc`, person)
	for i := range all {
		if err == nil {
			all[i].Party, err = Find(tx, all[i].Party.ID)
		}
	}
	return all, err
}

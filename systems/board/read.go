package board

import (
	"motcua/base/db"
	"motcua/kernel/figure"
)

// count is the number itself, from the figures.
func (v behindView) count() (n int64, err error) {
	q := figure.Query{From: v.From, To: v.To, Kinds: v.Kinds, Measures: v.Measures}
	if v.Body != "" {
		q.Bodies = []string{v.Body}
	}
	if v.Channel != "" {
		q.By = []figure.Dim{figure.Channel}
	}
	err = v.App.DB.Read(v.Request.Context(), func(tx *db.Tx) error {
		n = 0
		rows, err := figure.Read(tx, q)
		for _, x := range rows {
			if x.Channel == v.Channel {
				n += x.Count
			}
		}
		return err
	})
	return n, err
}

package figure

// Few lets r hold no more than n keys of either sort in memory.
func (r *Recount) Few(n int) *Recount {
	r.cells.most, r.sums.most = n, n
	return r
}

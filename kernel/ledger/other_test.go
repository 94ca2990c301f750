package ledger_test

import (
	"slices"
	"testing"
	"time"

	"github.com/transparency-dev/merkle/compact"
	"github.com/transparency-dev/merkle/proof"
	"github.com/transparency-dev/merkle/rfc6962"
	"golang.org/x/mod/sumdb/tlog"

	"motcua/base/db"
	"motcua/base/db/dbtest"
	"motcua/base/id"
)

// TestOthersAgree checks roots, inclusion and consistency with an implementation
// of RFC 6962 that shares no line with the one the ledger is built on, over trees
// of many sizes; and that it refuses each proof with one bit changed.
func TestOthersAgree(t *testing.T) {
	path := func(hashes []tlog.Hash) (out [][]byte) {
		for _, h := range hashes {
			out = append(out, slices.Clone(h[:]))
		}
		return out
	}
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		ids := id.NewSource(1, time.Now)
		l, other := open(t, d), (&compact.RangeFactory{Hash: rfc6962.DefaultHasher.HashChildren}).NewEmptyRange(0)
		var acts []id.ID
		var trees []tlog.Tree
		for _, n := range []int{1, 1, 1, 2, 3, 40, 207, 1, 1, 256, 300} {
			acts = append(acts, enter(t, d, ids, n)...)
			advance(t, l)
			tr := tree(t, l)
			for _, e := range leaves(t, l)[int(tr.N)-n:] {
				if err := other.Append(rfc6962.DefaultHasher.HashLeaf(e.Leaf[:]), nil); err != nil {
					t.Fatal(err)
				}
			}
			root, err := other.GetRootHash(nil)
			if err != nil || !slices.Equal(root, tr.Hash[:]) {
				t.Fatalf("tree of %d: root %s, others say %x, %v", tr.N, tr.Hash, root, err)
			}
			trees = append(trees, tr)
		}
		last := trees[len(trees)-1]
		proofs, err := l.Proofs(t.Context(), acts)
		if err != nil {
			t.Fatal(err)
		}
		for _, p := range proofs {
			leaf := rfc6962.DefaultHasher.HashLeaf(p.Leaf[:])
			if err := proof.VerifyInclusion(rfc6962.DefaultHasher, uint64(p.Index), uint64(p.Size), leaf, path(p.Hashes), last.Hash[:]); err != nil {
				t.Fatalf("entry %d of %d: %v", p.Index, p.Size, err)
			}
			wrong := path(p.Hashes)
			wrong[int(p.Index)%len(wrong)][0] ^= 1
			if proof.VerifyInclusion(rfc6962.DefaultHasher, uint64(p.Index), uint64(p.Size), leaf, wrong, last.Hash[:]) == nil {
				t.Fatalf("entry %d: a changed proof is accepted", p.Index)
			}
		}
		for i, from := range trees {
			for _, to := range trees[i:] {
				hashes, err := l.Consistency(t.Context(), from.N, to.N)
				if err != nil {
					t.Fatal(err)
				}
				check := func(p [][]byte) error {
					return proof.VerifyConsistency(rfc6962.DefaultHasher, uint64(from.N), uint64(to.N), p, from.Hash[:], to.Hash[:])
				}
				if err := check(path(hashes)); err != nil {
					t.Errorf("from %d to %d: %v", from.N, to.N, err)
				}
				if wrong := path(hashes); len(wrong) > 0 {
					wrong[len(wrong)-1][31] ^= 1
					if check(wrong) == nil {
						t.Errorf("from %d to %d: a changed proof is accepted", from.N, to.N)
					}
				}
			}
		}
	})
}

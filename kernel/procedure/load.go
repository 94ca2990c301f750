package procedure

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"

	"motcua/base/data"
	"motcua/base/db"
	"motcua/base/fault"
)

// sourceMax is far above any file a person writes.
const sourceMax = 512 << 10

// A Fault is what is wrong with a file: where, and why. A file with a fault is left out; the others load.
type Fault struct {
	File   string
	Line   int
	Reason string
}

func (f Fault) Error() string { return fmt.Sprintf("%s:%d: %s", f.File, f.Line, f.Reason) }

// A Set is the procedures in use today, and earlier versions as open dossiers ask for them.
type Set struct {
	Pack Pack
	all  []*Procedure // by code

	mu  sync.Mutex
	old map[string]*Procedure // by code and version, filled by Old
}

// All are the procedures in use, by code.
func (s *Set) All() []*Procedure { return s.all }

// Get is the procedure of this code in use, or nil.
func (s *Set) Get(code string) *Procedure {
	i, ok := slices.BinarySearchFunc(s.all, code, func(p *Procedure, code string) int { return strings.Compare(p.Code, code) })
	if !ok {
		return nil
	}
	return s.all[i]
}

// Load reads procedures/*.yaml and overlays/*.yaml.
func Load(fsys fs.FS, pack Pack) (*Set, []Fault) {
	s := &Set{Pack: pack, old: map[string]*Procedure{}}
	overlays, faults := readOverlays(fsys)
	for _, name := range files(fsys, "procedures") {
		b, err := fs.ReadFile(fsys, name)
		if err != nil {
			faults = append(faults, Fault{name, 0, err.Error()})
			continue
		}
		p, bad := read(name, b, overlays, pack)
		faults = append(faults, bad...)
		if p == nil {
			continue
		}
		if twin := slices.IndexFunc(s.all, func(q *Procedure) bool { return q.Code == p.Code }); twin >= 0 {
			faults = append(faults, Fault{name, data.Where(b).Of("/code"), fmt.Sprintf("%s stands in %s already", p.Code, s.all[twin].File)})
			continue
		}
		s.all = append(s.all, p)
	}
	for _, o := range overlays {
		if !o.used {
			faults = append(faults, Fault{o.file, o.line, fmt.Sprintf("no procedure %q is loaded", o.Code)})
		}
	}
	slices.SortFunc(s.all, func(a, b *Procedure) int { return strings.Compare(a.Code, b.Code) })
	return s, faults
}

// Parse reads one procedure without overlays, for a check of its file.
func Parse(name string, b []byte, pack Pack) (*Procedure, []Fault) { return read(name, b, nil, pack) }

func files(fsys fs.FS, dir string) (names []string) {
	entries, _ := fs.ReadDir(fsys, dir) // a pack may have none
	for _, e := range entries {
		if !e.IsDir() && strings.HasSuffix(e.Name(), ".yaml") {
			names = append(names, path.Join(dir, e.Name()))
		}
	}
	return names
}

// An overlay remembers where it stands.
type overlay struct {
	Overlay
	file string
	line int
	used bool // by the procedure it is of, or refused
}

func readOverlays(fsys fs.FS) (all []*overlay, faults []Fault) {
	for _, name := range files(fsys, "overlays") {
		b, err := fs.ReadFile(fsys, name)
		var list []Overlay
		if err == nil && len(b) > sourceMax {
			err = errors.New("the file is too large")
		}
		if err == nil {
			err = data.Read(name, b, &list)
		}
		if err != nil {
			faults = append(faults, split(name, err)...)
			continue
		}
		lines := data.Where(b)
		for i, o := range list {
			all = append(all, &overlay{Overlay: o, file: name, line: lines.Of(fmt.Sprintf("/%d", i))})
		}
	}
	return all, faults
}

// read makes a procedure of its source, or says what is wrong with it.
func read(name string, b []byte, overlays []*overlay, pack Pack) (p *Procedure, faults []Fault) {
	if len(b) > sourceMax {
		return nil, []Fault{{name, 1, "the file is too large"}}
	}
	p = &Procedure{Source: b, File: name}
	if err := data.Read(name, b, p); err != nil {
		return nil, split(name, err)
	}
	p.pack = pack
	c := &checker{p: p, lines: sync.OnceValue(func() data.Lines { return data.Where(b) })}
	if c.check(); len(c.faults) > 0 {
		return nil, c.faults
	}
	var refused []Fault // overlays with a fault are left out alone
	var sound []*overlay
	for _, o := range overlays {
		if o.Code != p.Code || o.used {
			continue
		}
		o.used = true
		bad := p.overlay(o)
		if refused = append(refused, bad...); bad == nil {
			sound = append(sound, o)
		}
	}
	refused = append(refused, p.sums(sound)...)
	p.version()
	p.kind = p.compile()
	if c.examples(); len(c.faults) > 0 {
		return nil, append(refused, c.faults...)
	}
	return p, refused
}

// version is the hash of all that the procedure was read from: an open dossier keeps it.
func (p *Procedure) version() {
	p.overlaySource = nil
	if len(p.Overlays) > 0 {
		p.overlaySource, _ = data.Write(p.Overlays)
	}
	h := sha256.New()
	fmt.Fprintf(h, "%d %d\n", len(p.Source), len(p.overlaySource))
	h.Write(p.Source)
	h.Write(p.overlaySource)
	p.Version = hex.EncodeToString(h.Sum(nil)[:16])
}

var position = regexp.MustCompile(`^([^:\n]*):(\d+): (?s:(.*))$`)

// split makes faults of what data.Read says; it has one error a line.
func split(name string, err error) (faults []Fault) {
	for _, line := range strings.Split(err.Error(), "\n") {
		f := Fault{File: name, Line: 1, Reason: strings.TrimPrefix(line, name+": ")}
		if m := position.FindStringSubmatch(line); m != nil {
			f.Line, _ = strconv.Atoi(m[2])
			f.Reason = m[3]
		} else if _, rest, ok := strings.Cut(line, "yaml: line "); ok { // of the scanner: "yaml: line 3: did not find …"
			n, why, _ := strings.Cut(rest, ": ")
			f.Line, _ = strconv.Atoi(n)
			if strings.HasPrefix(why, "did not find expected") {
				f.Line++ // of its parser, which counts lines from 0
			}
			f.Reason = why
		}
		faults = append(faults, f)
	}
	return faults
}

// Old is the procedure of this code as a dossier was filed under it; version "" is the one in use.
func (s *Set) Old(ctx context.Context, d *db.DB, code, version string) (*Procedure, error) {
	if p := s.Get(code); p != nil && (version == "" || p.Version == version) {
		return p, nil
	}
	if version == "" {
		return nil, fault.New(fault.NotFound, "procedure.missing", code)
	}
	key := code + "/" + version
	s.mu.Lock()
	p := s.old[key]
	s.mu.Unlock()
	if p != nil {
		return p, nil
	}
	p, err := s.reload(ctx, d, code, version)
	if err != nil {
		return nil, err
	}
	s.mu.Lock()
	s.old[key] = p
	s.mu.Unlock()
	return p, nil
}

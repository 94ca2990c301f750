package kernel

import (
	"cmp"
	"context"
	"embed"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"maps"
	"net/http"
	"net/netip"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"motcua/base/blob"
	"motcua/base/cades"
	"motcua/base/cert"
	"motcua/base/clamd"
	"motcua/base/db"
	"motcua/base/fault"
	"motcua/base/id"
	"motcua/base/job"
	"motcua/base/lang"
	"motcua/base/pades"
	"motcua/base/pdf"
	"motcua/base/post"
	"motcua/base/ui"
	"motcua/base/upload"
	"motcua/base/verdict"
	"motcua/base/web"
	"motcua/base/xades"
	"motcua/kernel/clock"
	"motcua/kernel/dossier"
	"motcua/kernel/figure"
	"motcua/kernel/file"
	"motcua/kernel/form"
	"motcua/kernel/heard"
	"motcua/kernel/ledger"
	"motcua/kernel/letter"
	"motcua/kernel/mirror"
	"motcua/kernel/password"
	"motcua/kernel/procedure"
	"motcua/kernel/sign"
	"motcua/kernel/tally"
	"motcua/kernel/throttle"
	"motcua/kernel/who"
)

//go:embed texts.yaml
var texts embed.FS

// A Config is how one program runs.
type Config struct {
	DB     string // url of the database
	Dir    string // files, and the secret
	URL    string // how the public reaches it, without a final slash
	Node   string // name of this node, in proofs
	First  int64  // first number of this node's block of dossier codes; 0 is 1
	Demo   bool
	SMTP   string         // url of the mail server; "" keeps messages in the outbox
	From   string         // who mails come from
	Land   string         // ISO 3166 code of the country, in certificates
	Help   string         // phone number of the help line
	Reach  []netip.Prefix // networks that calls may go to, beside the public one
	Before []netip.Prefix // of the proxies that stand before it, whose word on who asks is taken
	Scan   *clamd.Daemon  // looks for malware in what people send; nil: nobody does
	Now    func() time.Time
	Secret []byte // 32 bytes that seal the keys in the database
}

// A Pack is what one country decides.
type Pack struct {
	Files    fs.FS
	Country  *who.Country
	Person   func(number string) bool // rule of persons' numbers
	Zone     *time.Location
	Calendar *clock.Calendar
	Patterns []dossier.Pattern
	Law      procedure.Pack
	Forms    *letter.Book
}

// Front is the built front end.
type Front struct {
	Path  func(string) string
	Files http.Handler
	Fonts pdf.Fonts
}

// An App is one running program.
type App struct {
	Config
	Pack
	Front      Front
	DB         *db.DB
	IDs        *id.Source
	Blobs      *blob.Store
	Files      *file.Store
	Jobs       *job.Runner
	Calls      *job.Runner // of what waits for other machines
	Web        *web.Server
	Sessions   *web.Sessions
	Texts      *lang.Catalogue
	Book       *who.Book
	Guard      *who.Guard
	Calendars  *clock.Calendars
	Log        *ledger.Log
	Keys       *sign.Authority
	Seal       sign.Key // of the node: receipts are signed with it
	Engine     *dossier.Engine
	Mirror     *mirror.Store
	Heard      *heard.Log
	Procedures *procedure.Set
	Systems    []System

	routes []Route
	ops    []Route
	mu     sync.RWMutex
	kinds  map[string]*dossier.Kind
	order  []*dossier.Kind
}

// Open makes ready everything but the listening: tables, keys, kinds, routes.
func Open(ctx context.Context, c Config, p Pack, f Front, systems []System) (*App, error) {
	if c.Now == nil {
		c.Now = time.Now
	}
	a := &App{Config: c, Pack: p, Front: f, Systems: systems}
	var err error
	if a.DB, err = db.Open(ctx, c.DB); err != nil {
		return nil, err
	}
	if err := a.open(ctx); err != nil {
		return nil, errors.Join(err, a.DB.Close())
	}
	return a, nil
}

func (a *App) open(ctx context.Context) (err error) {
	if a.Blobs, err = blob.Open(filepath.Join(a.Dir, "files")); err != nil {
		return err
	}
	a.Files = &file.Store{DB: a.DB, Blobs: a.Blobs, Scanner: a.Scan, Now: a.Now}
	for _, m := range []struct {
		name  string
		files fs.FS
	}{{"job", job.Schema}, {"post", post.Schema}, {"web", web.Schema()}, {"who", who.Schema()},
		{"dossier", dossier.Schema()}} {
		if err := a.DB.Migrate(ctx, m.name, m.files); err != nil {
			return fmt.Errorf("tables of %s: %w", m.name, err)
		}
	}
	for _, open := range []func(context.Context, *db.DB) error{throttle.Open, file.Open, figure.Open, mirror.Open, heard.Open} {
		if err := open(ctx, a.DB); err != nil {
			return err
		}
	}
	sources := []fs.FS{texts, db.Texts, blob.Texts, upload.Texts, post.Texts, ui.Texts, web.Texts, clock.Texts, password.Texts, who.Texts, sign.Texts, cert.Texts, pades.Texts, verdict.Texts, cades.Texts, xades.Texts, form.Texts, ledger.Texts,
		dossier.Texts, file.Texts, mirror.Texts, procedure.Texts}
	for _, s := range a.Systems {
		if s.Schema != nil {
			if err := a.DB.Migrate(ctx, s.Name, s.Schema); err != nil {
				return fmt.Errorf("tables of %s: %w", s.Name, err)
			}
		}
		sources = append(sources, s.Texts...)
	}
	if a.Texts, err = lang.Load(sources...); err != nil {
		return err
	}
	instance, err := a.DB.Instance(ctx)
	if err != nil {
		return err
	}
	a.IDs = id.NewSource(instance, a.Now)
	a.Sessions = &web.Sessions{DB: a.DB, IDs: a.IDs, Now: a.Now, Ended: a.signedOut}
	a.Web = &web.Server{Texts: a.Texts, Zone: a.Zone, Asset: a.Front.Path, Sessions: a.Sessions, HTTPS: strings.HasPrefix(a.URL, "https://"), Demo: a.Demo, Help: a.Help, IDs: a.IDs,
		Frame: func(r *web.Request) ui.Frame {
			q, err := a.request(r)
			if err != nil {
				q = &Request{Request: r, App: a}
			}
			if len(q.Me.Grants)+len(q.Rest) > 0 {
				return q.Office("", "")
			}
			return q.Frame("", "")
		}}
	a.Book = &who.Book{DB: a.DB, IDs: a.IDs, Now: a.Now, Record: a.record}
	a.DB.Watch("who", a.Book.Drop)
	a.DB.Watch("body", func() {
		if err := a.Country.Read(context.Background(), a.DB); err != nil {
			slog.Error("bodies stay as they were", "err", err)
		}
	})
	if err := a.Country.Read(ctx, a.DB); err != nil {
		return err
	}
	for _, name := range []string{"who", "body", "clock", "find", "procedure_info"} { // what still pages show
		a.DB.Watch(name, a.Web.Drop)
	}
	a.Guard = who.NewGuard(a.Book)
	if a.Calendars, err = clock.Open(ctx, a.DB, a.Pack.Calendar); err != nil {
		return err
	}
	if err := a.keys(ctx); err != nil {
		return err
	}
	a.Engine = a.EngineAt(a.Now)
	a.Heard = &heard.Log{DB: a.DB, Now: a.Now, Calendar: a.Calendars.For}
	a.Mirror = &mirror.Store{DB: a.DB, IDs: a.IDs, Now: a.Now, Body: a.Country.Body, Kind: procedure.KindOf, Record: a.Engine.RecordAs, Take: a.reported, Heard: a.Heard.From}
	a.Engine.Others = a.Mirror.Check
	return a.systems(ctx)
}

// EngineAt is an engine that believes it is another time: the demo's past.
func (a *App) EngineAt(now func() time.Time) *dossier.Engine {
	return &dossier.Engine{DB: a.DB, IDs: a.IDs, Node: a.Node, From: a.First, Kind: a.Kind, Kinds: a.Kinds, Body: a.Country.Body,
		Calendar: a.Calendars.For, Env: a.Env, Now: now, Person: a.Book.Find, Tally: tally.Of,
		Pattern: func(day string) (dossier.Pattern, bool) {
			for _, p := range a.Patterns {
				if p.From <= day && (p.To == "" || day <= p.To) {
					return p, true
				}
			}
			return dossier.Pattern{}, false
		},
		Applicant: func(tx *db.Tx, by who.Person, h dossier.Helped) (who.Person, error) {
			return a.Book.Helped(tx, by, who.Person{Name: h.Name, Number: h.Number, Phone: h.Phone, Email: h.Email, Born: h.Born})
		},
		Alarm: func(tx *db.Tx, key string, at time.Time, d dossier.Due) error {
			return job.Add(tx, "alarm", key, at, d)
		},
		Elsewhere: func(ctx context.Context, body, kind string) (yes bool, err error) {
			for _, s := range a.Systems {
				if s.Elsewhere != nil && !yes && err == nil {
					yes, err = s.Elsewhere(ctx, a, body, kind)
				}
			}
			return yes, err
		},
		After: func(do *dossier.Doing) error {
			for _, s := range a.Systems {
				if s.After != nil {
					if err := s.After(a)(do); err != nil {
						return err
					}
				}
			}
			return nil
		}}
}

// record writes the act of a register's change and gives it to the ledger.
func (a *App) record(tx *db.Tx, by who.Person, act string, about id.ID, body any) error {
	return a.Engine.Record(tx, by, act, about, body)
}

// signedOut tells the systems which browsers were signed out.
func (a *App) signedOut(tx *db.Tx, sessions []id.ID) error {
	for _, s := range a.Systems {
		if s.SignedOut != nil {
			if err := s.SignedOut(a)(tx, sessions); err != nil {
				return err
			}
		}
	}
	return nil
}

// Env is what forms are checked against.
func (a *App) Env(today string, p who.Person, org id.ID) form.Env {
	about := map[string]any{"name": p.Name, "number": p.Number, "phone": p.Phone, "email": p.Email, "born": p.Born, "kind": "citizen"}
	for _, m := range p.Mandates {
		switch {
		case m.Org != org || org == 0:
		case m.Private:
			about["name"], about["number"], about["born"] = m.Name, m.Number, m.Born
		default:
			about["kind"], about["org_name"], about["org_number"] = "business", m.Name, m.Number
		}
	}
	return form.Env{Today: today, Applicant: about, Person: a.Pack.Person, Unit: a.Country.Has,
		Whole: func(code string) bool { return len(a.Country.Inside(code)) == 0 }}
}

// Today is the date at a body.
func (a *App) Today(body string) string {
	b, _ := a.Country.Body(body)
	return a.Now().In(a.Voice("", b.Zone).Zone).Format(time.DateOnly)
}

// Voice is the State's in papers and messages: in the language of whom it speaks
// to, by the clock of a body; without, the national language, the node's clock.
func (a *App) Voice(l lang.Lang, zone string) lang.Voice {
	v := lang.Voice{Lang: cmp.Or(l, lang.All()[0]), Zone: a.Zone, Catalogue: a.Texts}
	if z, err := time.LoadLocation(zone); err == nil && zone != "" {
		v.Zone = z
	}
	return v
}

// Kind finds a kind of dossier; an earlier version lives as long as a dossier was filed under it.
func (a *App) Kind(name, version string) (*dossier.Kind, error) {
	a.mu.RLock()
	k := a.kinds[name]
	a.mu.RUnlock()
	if k != nil && (version == "" || k.Version == version) {
		return k, nil
	}
	for _, s := range a.Systems {
		if s.Name == system(name) && s.Old != nil && version != "" {
			return s.Old(a, name, version)
		}
	}
	if k != nil {
		return k, nil
	}
	return nil, fmt.Errorf("kind %q: %w", name, fault.New(fault.NotFound, "kernel.kind"))
}

// Kinds are the kinds of today in the order of the systems.
func (a *App) Kinds() []*dossier.Kind {
	a.mu.RLock()
	defer a.mu.RUnlock()
	return a.order
}

// Reload asks the systems for their kinds again.
func (a *App) Reload() error {
	kinds, order := map[string]*dossier.Kind{}, []*dossier.Kind(nil)
	var bad []error
	for _, s := range a.Systems {
		if s.Kinds == nil {
			continue
		}
		all, err := s.Kinds(a)
		bad = append(bad, err)
		for _, k := range all {
			if err := k.Check(); err != nil {
				bad = append(bad, err)
				continue
			}
			kinds[k.Name], order = k, append(order, k)
		}
	}
	a.mu.Lock()
	a.kinds, a.order = kinds, order
	a.mu.Unlock()
	a.Web.Drop()
	return errors.Join(bad...)
}

func (a *App) systems(ctx context.Context) error {
	jobs := map[string]job.Do{"alarm": func(ctx context.Context, body []byte) error {
		var d dossier.Due
		if err := json.Unmarshal(body, &d); err != nil {
			return err
		}
		return a.Engine.Ring(ctx, d)
	}}
	calls := map[string]job.Do{}
	carrier, err := post.NewCarrier(a.DB, a.SMTP, a.From)
	if err != nil {
		return err
	}
	jobs[post.JobName] = carrier.Deliver
	for _, s := range a.Systems {
		if s.Start != nil {
			if err := s.Start(ctx, a); err != nil {
				return fmt.Errorf("system %s: %w", s.Name, err)
			}
		}
		if s.Jobs != nil {
			for name, do := range s.Jobs(a) {
				jobs[name] = do
			}
		}
		if s.Calls != nil {
			maps.Copy(calls, s.Calls(a))
		}
	}
	a.Jobs, a.Calls = job.New(a.DB, jobs), job.New(a.DB, calls)
	a.Jobs.Now, a.Calls.Now = a.Now, a.Now
	return a.Reload()
}

// Close ends the program's hold on the database.
func (a *App) Close() error { return a.DB.Close() }

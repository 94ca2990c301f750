// Package procedure reads public services written as files and compiles each into a kind of dossier.
//
// A file holds the guide, papers, questions, steps inside the body with their
// budgets, limit, fee, letters, the legal acts by their ids, and example
// filings that are its tests.
package procedure

import (
	"motcua/base/data"
	"motcua/base/lang"
	"motcua/kernel/clock"
	"motcua/kernel/dossier"
	"motcua/kernel/form"
	"motcua/kernel/who"
)

// A Procedure is one public service as its file says it.
type Procedure struct {
	Code       string            `yaml:"code"` // d.dddddd
	Title      lang.Text         `yaml:"title"`
	Summary    lang.Text         `yaml:"summary"`   // one or two sentences: what you get, how
	Level      int               `yaml:"level"`     // 1 to 4
	Assurance  who.Level         `yaml:"assurance"` // how surely who files online must be known: substantial or high; "": an account is enough
	Sign       who.Level         `yaml:"sign"`      // how surely who files online must confirm his answers, which his own key then signs; "": he only declares them
	Sector     string            `yaml:"sector"`    // id in sectors.yaml
	For        []string          `yaml:"for"`       // citizen, business
	Events     []string          `yaml:"events"`    // ids in events.yaml
	Words      []string          `yaml:"words"`     // what people call it
	Body       string            `yaml:"body"`      // level of the bodies that decide: commune, district, province, ministry, department
	Bodies     []string          `yaml:"bodies"`    // or exactly these (a pattern may end in *)
	Minutes    int               `yaml:"minutes"`   // how long filing takes, roughly
	Limit      Timed             `yaml:"limit"`
	Fees       []Fee             `yaml:"fees"`
	Papers     []Paper           `yaml:"papers"`
	Receive    []string          `yaml:"receive"` // how the result may be had: online, counter, post
	Law        []Cite            `yaml:"law"`
	Partly     *Cite             `yaml:"partly"`     // why it does not go wholly online, where it does not
	Unverified []string          `yaml:"unverified"` // of limit, fees, papers, code, law: marked so on the page
	Form       form.Form         `yaml:",inline"`    // sections
	Declare    lang.Text         `yaml:"declare"`
	Pause      bool              `yaml:"pause"`  // the applicant may ask to wait
	Intake     string            `yaml:"intake"` // budget of the clerk who receives, such as 0.25d
	Steps      []Step            `yaml:"steps"`
	Refusals   []Ground          `yaml:"refusals"` // grounds on which it may be refused
	Subject    []string          `yaml:"subject"`  // fields that name the matter in lists
	Result     Result            `yaml:"result"`
	Letters    []Letter          `yaml:"letters"`
	Outside    []Outside         `yaml:"outside"` // steps outside this portal, before or after
	Examples   []Example         `yaml:"examples"`
	Moved      map[string]string `yaml:"moved"` // states of earlier versions that are no more, and where they went

	Overlays []Overlay `yaml:"-"` // of bodies, from overlays/*.yaml
	Source   []byte    `yaml:"-"`
	Version  string    `yaml:"-"` // hash of Source and Overlays
	File     string    `yaml:"-"`

	pack          Pack
	overlaySource []byte
	limit         clock.Limit
	cases         []timed                // of limit
	budgets       map[string]clock.Limit // by step; "intake" too
	wide          *form.Form             // the questions with the fields of all steps, for the result's lines
	propose       *form.Form             // of the desk before the last
	reissue       *form.Form             // the fields of all steps, for a result that replaces another; or nil
	kind          *dossier.Kind
}

// Kind is the procedure as a sort of dossier: portal/<code>. It never changes.
func (p *Procedure) Kind() *dossier.Kind { return p.kind }

// A timed limit holds when its formula does.
type timed struct {
	when    *form.Formula
	limit   clock.Limit
	budgets map[string]clock.Limit
}

// A Timed limit is set by law: 1d, 0.5d, 4h, 20cd; Cases shorten or lengthen it
// by answers, and say what the desks then have.
type Timed struct {
	Time  string     `yaml:"time"`
	Law   string     `yaml:"law"`  // "act-id article"
	Rule  clock.Rule `yaml:"rule"` // of a supplement; "": the first of the pack's clock.yaml
	Cases []struct {
		When data.Expr `yaml:"when"`
		Time string    `yaml:"time"`
		Say  lang.Text `yaml:"say"`
		Law  string    `yaml:"law"`

		Intake string            `yaml:"intake"` // "": as in every case
		Steps  map[string]string `yaml:"steps"`
	} `yaml:"cases"`
}

// A Paper is a document to give.
type Paper struct {
	ID       string    `yaml:"id"`
	Name     lang.Text `yaml:"name"`
	Hint     lang.Text `yaml:"hint"`
	Optional bool      `yaml:"optional"`
	When     data.Expr `yaml:"when"`
	Max      int       `yaml:"max"`
	Reuse    string    `yaml:"reuse"`
	Law      string    `yaml:"law"`

	asked *form.Formula
}

// A Cite names a legal act of law.yaml and the place in it.
type Cite struct {
	Act     string    `yaml:"act"`
	Article string    `yaml:"article"`
	About   lang.Text `yaml:"about"`
}

// A Step is a desk inside the body, after the intake and in order; the last one decides.
type Step struct {
	ID      string       `yaml:"id"`
	Title   lang.Text    `yaml:"title"`
	Role    who.Role     `yaml:"role"`
	Budget  string       `yaml:"budget"`
	Checks  []lang.Text  `yaml:"checks"`  // what the official checks
	Consult *Consult     `yaml:"consult"` // whom this desk may ask for an opinion
	Fields  []form.Field `yaml:"fields"`  // what the official adds

	form *form.Form // of Fields, or nil
}

// A Ground is a reason for refusal with its source.
type Ground struct {
	ID  string    `yaml:"id"`
	Say lang.Text `yaml:"say"`
	Law string    `yaml:"law"`
}

// A Result is what the citizen gets.
type Result struct {
	Title lang.Text `yaml:"title"`
	Lines []Line    `yaml:"lines"`
	Text  lang.Text `yaml:"text"` // a closing sentence
	Days  int       `yaml:"days"` // valid for; 0: without end
	// Signed is how surely who decides must confirm the paper itself, which his own
	// key then signs; "": the body's seal signs.
	Signed who.Level `yaml:"signed"`
}

// A Line of the result: a field's name, or a CEL expression that gives a string.
type Line struct {
	Label lang.Text `yaml:"label"`
	Value data.Expr `yaml:"value"`

	gives *form.Formula // nil: the field itself
}

// A Letter replaces the pack's standard letter of the same id (receipt, supplement, refusal).
type Letter struct {
	ID   string    `yaml:"id"`
	Text lang.Text `yaml:"text"`
}

// An Outside step happens elsewhere.
type Outside struct {
	Before bool      `yaml:"before"`
	Say    lang.Text `yaml:"say"`
}

// An Example is a filing that is a test and a help for who tries the API.
type Example struct {
	Name      string            `yaml:"name" json:"name"`
	Applicant string            `yaml:"applicant" json:"applicant"` // citizen, business
	Body      string            `yaml:"body" json:"body"`
	Answers   form.Answers      `yaml:"answers" json:"answers"`
	Papers    map[string]string `yaml:"papers" json:"papers"` // paper → kind of sample file: pdf, jpg, png
	Receive   string            `yaml:"receive" json:"receive,omitempty"`
	Story     []Turn            `yaml:"story" json:"story"`
	Ends      string            `yaml:"ends" json:"ends"` // the state at the end
}

// A Turn is one act of an example's story.
type Turn struct {
	By      string            `yaml:"by" json:"by"` // applicant, clerk, officer, leader
	Act     string            `yaml:"act" json:"act"`
	Answers form.Answers      `yaml:"answers" json:"answers,omitempty"`
	Papers  map[string]string `yaml:"papers" json:"papers,omitempty"`
}

// An Overlay is what one body (and those below it) sets differently: never a
// longer limit, never another paper.
type Overlay struct {
	Body   string            `yaml:"body"`
	Code   string            `yaml:"code"` // of the procedure
	Limit  string            `yaml:"limit"`
	Fees   []Fee             `yaml:"fees"`
	Intake string            `yaml:"intake"`
	Steps  map[string]string `yaml:"steps"`  // budget by step
	Office lang.Text         `yaml:"office"` // where, when
	Law    string            `yaml:"law"`
}

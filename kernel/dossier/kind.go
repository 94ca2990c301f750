// Package dossier is the heart: something asked of the State, carried from
// desk to desk by acts.
//
// An act is checked, timed, recorded and provable; it is inserted once and
// never changed. The dossier row is what the acts add up to.
package dossier

import (
	"motcua/base/lang"
	"motcua/kernel/clock"
	"motcua/kernel/figure"
	"motcua/kernel/form"
	"motcua/kernel/who"
)

// A State is where a dossier stands.
type State string

// A Public is one of the six things a citizen is told about where a dossier stands.
type Public string

// The public states.
const (
	Drafted   Public = "draft"
	Submitted Public = "submitted"
	Action    Public = "action" // the applicant must do something; the clock waits
	Progress  Public = "progress"
	Ready     Public = "ready"
	Closed    Public = "closed" // refused, withdrawn, stopped
)

// A Stand is what a state means, in one table per kind.
type Stand struct {
	Title    lang.Text    // of data; nil: the text "<system>.state.<state>"
	Public   Public       //
	National int          // 1 to 10, the states of the national portal; 0: none
	Desk     who.Role     // whose inbox it waits in; "": nobody's of the body
	Budget   clock.Limit  // time this desk has
	Waits    clock.Ground // why the legal clock is paused; "": it runs
	Ends     bool         // the legal clock has ended
	Result   bool         // a result is in force
	Sent     bool         // on its way to the body's own software, which has not taken it: nobody may say "received"
}

// Asks is what the applicant is told that he has to do: the ground on which the
// clock waits for him, or else the public state.
func (s Stand) Asks() string {
	if s.Public == Action && s.Waits != "" {
		return string(s.Waits)
	}
	return string(s.Public)
}

// A By is who may do an act: a relation to the dossier.
type By string

// The relations that are not a role at the body ("clerk@body").
const (
	Applicant By = "applicant" // the person who asked
	Mandate   By = "mandate"   // who may act for the organisation that asked
	Clock     By = "clock"     // time itself
	Node      By = "node"      // the node on its own account, by what others reported: Engine.Itself
	Parent    By = "parent"    // an act of the dossier that opened this one
	Everyone  By = "everyone"  // any signed-in person: opening acts
	Above     By = "above"     // who administers the node or a body above, and is not who asked
)

// At is the relation "holds role in the body of the dossier".
func At(role who.Role) By { return By(string(role) + "@body") }

// A Step is one act that may be done: from these states, to that one, by those.
type Step struct {
	Act     string
	Title   lang.Text // of data; nil: the text "<system>.act.<act>"
	From    []State   // none: the act opens a dossier
	To      State     // "": the dossier stays where it is
	By      []By      // any of them; none: the kind is refused at start
	Form    *form.Form
	Reasons bool        // cannot be done without structured reasons (Act.Reasons)
	Papers  bool        // papers may come with it
	Grounds bool        // the reasons name grounds of Kind.Grounds
	Opens   bool        // with reasons, it names the fields and papers that the applicant may then change
	After   clock.Limit // with Clock: how long after the state began the node itself acts
	Watched bool        // with Clock: not at once, but as the promise nears its end or breaks (kernel/watch)
	Within  clock.Limit // how long after receipt it may be done; none: always
	If      If          // nil: always
	Then    Then        // nil: nothing more
	Starts  bool        // the legal clock starts with this act
	Claims  bool        // the doer becomes the holder
	Frees   bool        // nobody holds the dossier afterwards
	Anew    bool        // the promise is computed anew, as after a change of the calendar

	More func(form.Answers) clock.Limit                          // the promise is moved by so much; nil: it is not
	Asks func(body string, a form.Answers) (string, clock.Limit) // which body is asked for its opinion, and its time; "": it is not waited for any more
}

// An If is a pure function of the dossier and its acts.
type If func(d *Dossier, acts []Act) bool

// A Then runs in the transaction of the act, after the dossier is stored.
type Then func(do *Doing) error

// A Kind is a sort of dossier: its steps and what its states mean.
type Kind struct {
	Name    string // "portal/1.001193": the system, then its own name
	Version string // hash of its source
	Title   lang.Text
	Stands  map[State]Stand
	Steps   []Step
	Papers  []Paper
	Grounds []string                                               // ids of the grounds on which it may be refused; none: any text
	Needs   who.Level                                              // of who opens it himself, with no clerk's help; "": none
	Signs   who.Level                                              // of the confirmation by which who opens it himself signs what he files; "": he need not
	Takes   func(who.Body) bool                                    // which bodies decide; nil: all
	Limit   func(form.Answers, string) clock.Limit                 // by answers and body; nil: none
	Rule    func(day string) clock.Rule                            // what waiting for a supplement does to the limit of what was filed that day; nil: Restart
	Budget  func(s State, a form.Answers, body string) clock.Limit // of the desk at s, where answers or bodies decide; nil: the stand's
	Counts  func(d *Dossier, a *Act) []figure.Part                 // what a, which d has had, adds to the figures besides; nil: nothing
	Subject []string                                               // fields whose answers name the matter in lists, such as child_name
	Inside  bool                                                   // among authorities: the applicant of the parent has no part in it, and it is in no figure
	Moved   map[State]State                                        // states of earlier versions that are no more
	Page    string                                                 // where who asked sees it, with {id} for its id; "": /c/{id}
	Receipt func(acts []Act) *Act                                  // the act that a receipt for money rests on, nil while there is none; nil: it has none ever
	Service any                                                    // what the kind was compiled from (a *procedure.Procedure), for its pages
}

// Desk is the time that the desk at s has.
func (k *Kind) Desk(s State, a form.Answers, body string) clock.Limit {
	if k.Budget != nil {
		return k.Budget(s, a, body)
	}
	return k.Stands[s].Budget
}

// A Paper is a document the applicant gives.
type Paper struct {
	ID       string
	Name     lang.Text
	Hint     lang.Text
	Optional bool
	When     func(form.Answers) bool // nil: always asked
	Max      int                     // files; 0 is 5
	Reuse    string                  // sort of document: papers of the same sort given before may be used again
}

// Most is how many files the paper takes.
func (p Paper) Most() int {
	if p.Max > 0 {
		return p.Max
	}
	return 5
}

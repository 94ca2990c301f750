package mirror

// A Sort is what a field of a line holds.
type Sort uint8

// The sorts.
const (
	Text   Sort = iota
	Whole       // a number from Field.Least to Field.Most
	Flag        // true or false
	Moment      // RFC 3339 with its zone, to the second
	Choice      // one of Field.Among
	Many        // objects of the shape Field.Of
)

// A Field is one field of a line.
type Field struct {
	Name  string
	Sort  Sort
	Need  bool
	Most  int64 // characters of a text, items of a list, or the greatest number
	Least int64
	Among []string
	Of    Shape
}

// A Shape is the fields of an object in the order of the canonical form. It is
// also what the reference of the format says: there is no second list.
type Shape []Field

// at is the place of a field; where is where it is looked for first.
func (s Shape) at(name []byte, where int) int {
	for i := range s {
		n := where + i
		if n >= len(s) {
			n -= len(s)
		}
		if s[n].Name == string(name) {
			return n
		}
	}
	return -1
}

// Places of the fields of a line that its row is made of.
const (
	atCode = iota
	atVersion
	atBody
	atOrigin
	atProcedure
	atProcedureName
	atField
	atFieldName
	atChannel
	atApplicant
	atApplicantKind
	atNumber
	atEmail
	atPhone
	atFax
	atSubject
	atFiled
	atReceived
	atDue
	atState
	atEnded
	atReturned
	fieldCount = 35
)

const greatest = 1<<53 - 1 // what every program's numbers hold

// Dossier is the shape of a line: what a body reports of one of its dossiers.
var Dossier = Shape{
	atCode:          {Name: "code", Need: true, Most: 80},
	atVersion:       {Name: "version", Sort: Whole, Need: true, Least: 1, Most: greatest},
	atBody:          {Name: "body", Most: 35},
	atOrigin:        {Name: "origin", Most: 80},
	atProcedure:     {Name: "procedure", Need: true, Most: 40},
	atProcedureName: {Name: "procedure_name", Most: 1000},
	atField:         {Name: "field", Most: 40},
	atFieldName:     {Name: "field_name", Most: 300},
	atChannel:       {Name: "channel", Sort: Choice, Need: true, Among: []string{"counter", "online", "post"}},
	atApplicant:     {Name: "applicant", Need: true, Most: 300},
	atApplicantKind: {Name: "applicant_kind", Sort: Choice, Among: []string{"citizen", "business", "body", "other"}},
	atNumber:        {Name: "applicant_number", Most: 40},
	atEmail:         {Name: "email", Most: 200},
	atPhone:         {Name: "phone", Most: 40},
	atFax:           {Name: "fax", Most: 40},
	atSubject:       {Name: "subject", Most: 4000},
	atFiled:         {Name: "filed_at", Sort: Moment},
	atReceived:      {Name: "received_at", Sort: Moment},
	atDue:           {Name: "due_at", Sort: Moment},
	atState:         {Name: "state", Sort: Whole, Need: true, Least: 1, Most: 10},
	atEnded:         {Name: "ended_at", Sort: Moment},
	atReturned:      {Name: "returned_at", Sort: Moment},
	{Name: "returned_by", Sort: Choice, Among: []string{"counter", "post"}},
	{Name: "return_note", Most: 4000},
	{Name: "unit", Most: 300},
	{Name: "note", Most: 400_000},
	{Name: "digitised", Sort: Flag},
	{Name: "verified_account", Sort: Flag},
	{Name: "paid_online", Sort: Choice, Among: []string{"national", "local"}},
	{Name: "papers", Sort: Many, Most: 500, Of: Shape{
		{Name: "id", Most: 100}, {Name: "name", Most: 500}, {Name: "component", Most: 100}, {Name: "copy", Sort: Choice, Among: []string{"original", "copy", "electronic"}},
		{Name: "url", Most: 2000}, {Name: "digitised", Sort: Flag}, {Name: "from_store", Sort: Flag}, {Name: "database", Most: 100}, {Name: "result_code", Most: 100}, {Name: "deleted", Sort: Flag},
	}},
	{Name: "attachments", Sort: Many, Most: 500, Of: Shape{{Name: "id", Most: 100}, {Name: "name", Most: 500}, {Name: "url", Most: 2000}}},
	{Name: "fees", Sort: Many, Most: 100, Of: Shape{
		{Name: "name", Most: 500}, {Name: "code", Most: 100}, {Name: "collected", Sort: Choice, Among: []string{"receipt", "supplement", "return"}},
		{Name: "amount", Sort: Whole, Need: true, Most: greatest}, {Name: "kind", Sort: Choice, Among: []string{"fee", "charge"}},
	}},
	{Name: "supplements", Sort: Many, Most: 100, Of: Shape{
		{Name: "asked_by", Most: 300}, {Name: "content", Most: 10_000}, {Name: "asked_at", Sort: Moment}, {Name: "taken_by", Most: 300}, {Name: "taken_at", Sort: Moment},
		{Name: "state", Sort: Choice, Among: []string{"waiting", "supplied", "lapsed"}}, {Name: "papers", Most: 10_000}, {Name: "due_before", Sort: Moment}, {Name: "due_after", Sort: Moment},
	}},
	{Name: "results", Sort: Many, Most: 100, Of: Shape{{Name: "id", Most: 100}, {Name: "name", Most: 500}, {Name: "component", Most: 100}, {Name: "code", Most: 100}, {Name: "url", Most: 2000}}},
	{Name: "progress", Sort: Many, Most: 1000, Of: Shape{
		{Name: "by", Most: 300}, {Name: "title", Most: 300}, {Name: "at", Sort: Moment, Need: true}, {Name: "unit", Most: 300}, {Name: "content", Most: 10_000},
		{Name: "state", Sort: Whole, Least: 1, Most: 10}, {Name: "from", Sort: Moment}, {Name: "until", Sort: Moment},
	}},
}

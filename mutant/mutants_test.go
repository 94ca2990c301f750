package mutant

// A mutant is the program without one of its checks.
type mutant struct {
	check    string // that is taken out
	file     string
	old, new string // old stands in the file exactly once
	test     string // package and tests, of which at least one turns red
}

var mutants = []mutant{
	// Who may.
	{"a route's role", "kernel/kernel.go", `a.rule == "roles" && p.Holds(a.roles...)`, `a.rule == "roles" && p.ID != 0`, ". TestMatrix/sqlite"},
	{"signing in where a route wants it", "kernel/kernel.go", `a.rule == "signed in" && p.ID != 0`, `a.rule == "signed in"`, ". TestMatrix/sqlite"},
	{"an operation's access", "kernel/kernel.go", `return q, q.allowed(access)`, `return q, nil`, ". TestMatrix/sqlite"},
	{"a second factor for dangerous roles", "kernel/sure.go", `		return g.Role.Dangerous()`, `		return false`, "./kernel/confirm TestSecondFactor/sqlite"},
	{"who may read a dossier", "kernel/dossier/may.go", "	return Official(p, d)\n}", "	return p.ID != 0\n}", ". TestMatrix/sqlite"},
	{"that an official is one of the dossier's body", "kernel/dossier/may.go", `return g.Body == d.Body && g.Role.Desk() })`, `return g.Role.Desk() })`, ". TestMatrix/sqlite"},
	{"that an administrator reads nothing", "kernel/dossier/may.go", `return g.Body == d.Body && g.Role.Desk() })`, `return g.Body == d.Body })`, ". TestMatrix/sqlite"},
	{"the role an act needs", "kernel/dossier/may.go", `p.Me.Is(role, d.Body) && (len`, `p.Me.Holds(who.Clerk, who.Officer, who.Leader) && role != "" && (len`, ". TestActs/sqlite"},
	{"the applicant of an act", "kernel/dossier/may.go", `(p.Me.ID == d.Applicant && d.Org == 0 || p.Me.ID == d.Org)`, `(d.Org == 0 || p.Me.ID == d.Org)`, ". TestActs/sqlite"},
	{"the mandate for an organisation", "kernel/dossier/may.go", `p.Me.ID != 0 && given && !m.Private {`, `p.Me.ID != 0 && d.Org != 0 && !m.Private {`, ". TestActs/sqlite|TestAPIBusiness"},
	{"which services a mandate is for", "kernel/who/mandate.go", `(len(m.Services) == 0 || slices.Contains(m.Services, kind))`, `(len(m.Services) >= 0 || kind == "")`, "./systems/behalf TestModel/sqlite"},
	{"what a mandate lets do", "kernel/who/mandate.go", `slices.Contains(m.Powers, do)) &&`, `do != "") &&`, "./systems/behalf TestModel/sqlite"},
	{"the end of a mandate", "kernel/who/mandate.go", `m.since <= $2 and (m.until = 0 or m.until > $2) order by m.id`, `m.since <= $2 order by m.id`, "./systems/behalf TestModel/sqlite"},
	{"that a mandate was accepted", "kernel/who/mandate.go", `where m.person = $1 and m.state = 'accepted' and m.since`, `where m.person = $1 and m.state <> 'ended' and m.since`, "./systems/behalf TestModel/sqlite"},
	{"that a mandate is asked for anew in the act", "kernel/dossier/may.go", `	if err == nil && !in {
		err = fault.New(fault.Forbidden, "dossier.mandate")`, `	if err == nil && !in && e == nil {
		err = fault.New(fault.Forbidden, "dossier.mandate")`, "./systems/behalf TestTakenBackAtOnce"},
	{"who gives a mandate", "kernel/who/mandate.go", `	case !heads:
		return 0, fault`, `	case !heads && m.Org == 0:
		return 0, fault`, "./systems/behalf TestModel/sqlite"},
	{"who accepts a mandate", "kernel/who/mandate.go", `if err == nil && m.Holder != by.ID {`, `if err == nil && by.ID == 0 {`, "./systems/behalf TestModel/sqlite"},
	{"who takes a mandate back", "kernel/who/mandate.go", `case !heads && m.Holder != by.ID:`, `case !heads && by.ID == 0:`, "./systems/behalf TestModel/sqlite"},
	{"for which services a list shows dossiers", "kernel/dossier/list.go", `			if len(m.Services) > 0 {`, `			if len(m.Services) > 99 {`, "./systems/behalf TestModel/sqlite"},
	{"the wait of a recovery", "systems/recover/recover.go", `!m.seen() || h.app.Now().Before(m.Due.Time) {`, `!m.seen() {`, "./systems/recover TestRecovery/sqlite"},
	{"the second clerk of a recovery", "systems/recover/recover.go", `return m.Eyes < 2 || m.Second != 0`, `return m.Eyes < 3 || m.Second != 0`, "./systems/recover TestFourEyes"},
	{"that the second clerk is another", "systems/recover/counter.go", `case m.Clerk == r.Me.ID, m.Person == r.Me.ID:`, `case m.Person == r.Me.ID:`, "./systems/recover TestFourEyes"},
	{"whose account a document gets back", "systems/recover/counter.go", `lang.Fold(p.Name) != lang.Fold(s.Name):`, `p.Name == "":`, "./systems/recover TestWrongDocument"},
	{"what a recovery's link is for", "systems/recover/way.go", `	if s.Scope != scope || bad != nil {`, `	if bad != nil {`, "./systems/recover TestLinksOfOtherSorts"},
	{"whose recovery a link is", "systems/recover/way.go", `(m.Person != s.Subject || h.over(m))`, `h.over(m)`, "./systems/recover TestLinksOfOtherSorts"},
	{"that everything of before ends", "systems/recover/way.go", `		if err = recovered(a, tx, p.ID); err != nil {
			return err
		}
`, "", "./systems/recover TestRecovery/sqlite"},
	{"that he looks at what was given before, not since", "systems/recover/trust.go", `m.Holder != p.ID && !m.ID.At().After(at) {`, `m.Holder != p.ID && at.Year() > 0 {`, "./systems/recover TestWhoMayAct/sqlite"},
	{"that who looked is asked no more", "systems/recover/trust.go", `and state = 'done' and looked = 0 order`, `and state = 'done' and looked >= 0 order`, "./systems/recover TestWhoMayAct/sqlite"},
	{"recovery after a contact was changed", "systems/recover/counter.go", `m.Eyes, wait = 2, doubt*h.Wait`, `m.Eyes, wait = m.Eyes, wait`, "./systems/recover TestContactChanged"},
	{"that a changed contact lets nobody in alone", "kernel/onetime/onetime.go", `now.Sub(c.Since) >= Settle`, `now.Sub(c.Since) >= 0`, "./kernel/contact TestConfirmed/sqlite"},
	{"that who changes a contact signed in lately", "kernel/ways/change.go", `	if !ok || err != nil {`, `	if !ok && err != nil {`, "./kernel/contact TestStolen"},
	{"whose changed contact it is", "kernel/contact/stop.go", `where person = $1 and kind = $2 and state in ('asked', 'waits') order`, `where person >= 0 and $1 <> 0 and kind = $2 and state in ('asked', 'waits') order`, "./kernel/contact TestStolen"},
	{"that an applicant signs", "kernel/dossier/signed.go", `	if !himself || p.kind.Signs == "" {`, `	if !himself || p.Signed == nil {`, "./kernel/filing TestSignatureRefused"},
	{"how surely an applicant signs", "kernel/dossier/signed.go", `	if !s.Level.Reaches(p.kind.Signs) {`, `	if s.Level == "" {`, "./kernel/filing TestSignatureRefused"},
	{"that what is filed is what was signed", "kernel/dossier/signed.go", `	if err == nil && sum != s.Sum {`, `	if err == nil && sum == "" {`, "./kernel/filing TestSignatureRefused"},
	{"the level of what an applicant confirms", "kernel/signed/confirm.go", `	if !level.Reaches(x.least) {`, `	if level == "" {`, "./kernel/filing TestSignatureRefused"},
	{"that a changed draft is signed anew", "kernel/signed/signed.go", `x.filed != f.Sum || x.person`, `x.filed == "" || x.person`, "./kernel/filing TestSignatureRefused"},
	{"contacts that were changed lately", "kernel/who/contact.go", `where person = $1 and at > $2`, `where person = $1 and at > $2 and at < 0`, "./systems/recover TestChangedContact"},
	{"the level a service needs", "kernel/dossier/engine.go", `!p.Me.Level.Reaches(p.kind.Needs) {`, `p.Me.ID == 0 {`, "./systems/assure TestServiceNeedsLevel"},
	{"that a proved number is one account's", "kernel/level/level.go", `known && holder.ID != p ||`, `known && holder.ID == 0 ||`, "./systems/assure TestFirstWithANumber"},
	{"that no passkey vouches for itself", "kernel/confirm/stepup.go", `return w == who.Passkey })`, `return w == "" })`, "./systems/assure TestKeyNotAlone"},
	{"that a passkey which lifts stays on one device", "systems/assure/key.go", `case !s.Key.Bound():`, `case s.Key.ID == 0:`, "./systems/assure TestKeyNotAlone"},
	{"that a level falls with its passkey", "kernel/level/level.go", `x.Way == Passkey && x.Ref == key.String()`, `x.Way == Passkey && x.Ref == ""`, "./systems/assure TestKeyLifts/sqlite"},
	{"that a representative is asked about again", "systems/behalf/business.go", `state = 'holds' and next <= $1 order`, `state = 'holds' and next < 0 and $1 <> 0 order`, "./systems/behalf TestRegisterSaysWho/sqlite"},
	{"that who represents a business is known", "systems/behalf/business.go", `case !p.Level.Reaches(who.Substantial):`, `case p.ID == 0:`, "./systems/behalf TestRegisterSaysWho/sqlite"},
	{"that a representative is known when the register answers", "systems/behalf/business.go", `l.Reaches(who.Substantial) && proved == number, err`, `len(l) < 99 || proved == number, err`, "./systems/behalf TestProofGone/sqlite"},
	{"whether a level fell with a passkey", "kernel/passkey/passkey.go", `err != nil || now.Level == was.Level {`, `err != nil {`, "./systems/assure TestKeyBesideCounter"},
	{"how many accounts a phone is told of", "kernel/door/name.go", `throttle.Try{Sort: "told", Account: to}`, `throttle.Try{Sort: "told" + to}`, "./kernel/door TestNobodyIsFlooded"},
	{"that two take a proof back", "systems/disprove/disprove.go", `agrees && all[i].By == r.Me.ID`, `agrees && r.Me.ID == 0`, "./systems/disprove TestTakenBack/sqlite"},
	{"that what was filed later is in no doubt", "kernel/doubt/cases.go", `and d.opened <= t.ended and`, `and t.ended > 0 and`, "./systems/disprove TestFiledUnder/sqlite"},
	{"that finished dossiers hide no open one", "kernel/doubt/cases.go", `where = stands + " and " + where`, `where = "(d.version > 0 or " + stands + ") and " + where`, "./kernel/doubt TestFinishedOnes/sqlite"},
	{"that what was looked at is told of no more", "kernel/doubt/cases.go", `as x where x.seen = 0 limit`, `as x where x.seen >= 0 limit`, "./systems/disprove TestFiledUnder/sqlite"},
	{"that who asks is not told that he is in doubt", "kernel/doubt/doubt.go", `return !dossier.Official(me, d) || d.Asked(me, who.Follow) })`, `return me.ID == 0 })`, "./kernel/doubt TestMarked/sqlite"},
	{"that codes on paper end with a recovery", "kernel/second/second.go", "delete from second_recovery where person = $1`, person)\n\treturn errors.Join", "delete from second_recovery where person = -$1`, person)\n\treturn errors.Join", "./systems/recover TestRecovery/sqlite"},
	{"that keys outside end with a recovery", "systems/keys/keeps.go", `return !k.Held() })`, `return k.Kind == "" })`, "./systems/keys TestRecoveredKeys/sqlite"},
	{"whose proofs a body takes back", "systems/disprove/disprove.go", `(x.Body == "" || slices.Contains(mine, x.Body))`, `(x.Body == "" || len(mine) > 0)`, "./systems/disprove TestTakenBack/sqlite"},
	{"whom a number finds", "kernel/who/book.go", `and (proven = $1 or login is null)`, `and (proven = $1 or login is null or number = $1)`, "./systems/assure TestFirstWithANumber"},
	{"the owner of a dossier's page", "kernel/track/story.go", `	if !owns(r.Me, d) {`, `	if r.Me.ID == 0 {`, ". TestMatrix/sqlite"},
	{"the owner of a draft", "kernel/draft/draft.go", `case r.Me.ID != 0 && d.Owner == r.Me.ID, d`, `case r.Me.ID != 0, d`, ". TestMatrix/sqlite"},
	{"that a draft is submitted by its owner", "kernel/filing/check.go", `	if d.Owner != 0 && d.Owner != r.Me.ID {`, `	if d.Owner < 0 {`, ". TestLinkOfADraft/sqlite"},
	{"the owner of a file", "kernel/dossier/take.go", `owner != p.Me.ID && `, `owner == 0 && `, ". TestMatrix/sqlite|TestAPIRights"},
	{"whose dossiers a list shows", "kernel/dossier/list.go", `mine := "(applicant = ? and org = 0) or org = ?"`, `mine := "(applicant <> ? or org >= 0) or org = ?"`, ". TestMatrix/sqlite"},
	{"the clerk's body at the counter", "kernel/counter/file.go", `!ok || !r.Me.Is(who.Clerk, b.Code) || s == nil`, `!ok || !r.Me.Holds(who.Clerk) || s == nil`, ". TestMatrix/sqlite"},
	{"whose calendar may be changed", "kernel/hours/hours.go", `		if !given || b == asked {
			return b, nil`, `		if b != "?" {
			return asked, nil`, ". TestMatrix/sqlite"},
	{"the end of a role", "kernel/who/book.go", `from grants where person = $1 and since <= $2 and (until = 0 or until > $2)`, `from grants where person = $1 and since <= $2 and (until = 0 or until > $2 or until > 0)`, "./kernel/who TestGrantsAreSeenAtOnceAndEnd/sqlite"},

	{"who may answer for an issuer", "base/verdict/revoked.go", `!slices.Contains(r.ExtKeyUsage, x509.ExtKeyUsageOCSPSigning) ||`, ``, "./base/verdict TestWeigh"},
	{"that a responder's own time is over", "base/verdict/revoked.go", `|| a.ProducedAt.After(r.NotAfter) {`, `{`, "./base/verdict TestWeigh"},
	{"that a good answer speaks of the time of signing", "base/verdict/revoked.go", `|| later(s.As, s.Until).Before(when):`, `:`, "./base/verdict TestWeigh"},
	{"that lists forget certificates whose time is over", "base/verdict/revoked.go", `case s.As.After(c.NotAfter) ||`, `case`, "./base/verdict TestWeigh"},
	{"that a list speaks for all certificates", "base/verdict/revoked.go", `cert.PartOf(list).Clears(c)`, `cert.PartOf(list).Clears(c) || c != nil`, "./base/verdict TestWeigh"},
	{"that only a clock shows what is older", "base/verdict/revoked.go", `			if st.Then == Later && !shown {`, `			if st.Then == Later && !shown && n > 9 {`, "./base/verdict TestWeigh$"},
	{"certificates that no issuer made", "kernel/sign/sign.go", `		own.Strange = true`, `		own.Strange = false`, "./kernel/sign TestSign/sqlite"},
	{"where a head of cybersecurity stops signing", "systems/keys/halt/halt.go", `	if !May(r, x.Body) {`, `	if !May(r, x.Body) && !r.Me.Holds(who.Warden) {`, "./systems/keys TestWarden/sqlite"},
	{"that letting signing go on takes two", "systems/keys/halt/halt.go", `		if !x.Go && guards(r, x.Body) {`, `		if guards(r, x.Body) {`, "./systems/keys TestWarden/sqlite"},
	{"that who asked does not agree", "systems/keys/halt/halt.go", `		case x.By == r.Me.ID:`, `		case x.By == 0:`, "./systems/keys TestWarden/sqlite"},
	{"that a role at no desk reads no dossier", "kernel/who/who.go", `return r == Clerk || r == Officer || r == Leader }`, `return r != Admin }`, "./systems/keys TestWarden/sqlite"},
	{"that nothing is sealed where signing is stopped", "kernel/sign/seals.go", `	if err = a.May(ctx, body, Sealing); err != nil {`, `	if err = a.May(ctx, body, Sealing); err != nil && body == "?" {`, "./systems/keys TestSealed/sqlite"},
	{"that a seal takes two administrators", "systems/keys/seals/seals.go", `		if err == nil && agreed {`, `		if err != nil && agreed {`, "./systems/keys TestSeal/sqlite"},
	{"who keeps the seal when he confirms", "systems/keys/signing/signing.go", `err != nil || !me.Is(who.Sealer, s.Body) {`, `err != nil || me.ID == 0 {`, "./systems/keys TestKeeper"},
	{"that a seal is stopped alone", "kernel/sign/stop.go", `	if k.Kind == Seal {`, `	if k.Kind == Root {`, "./systems/keys TestSeal/sqlite"},
	{"that a stopped signing waits", "systems/keys/signing/signing.go", `kind == fault.Unavailable {`, `kind == fault.Unidentified {`, "./systems/keys TestSeal/sqlite"},
	{"that a list is its issuer's", "kernel/lists/lists.go", `	case l.CheckSignatureFrom(issuer) != nil:`, `	case issuer == nil:`, "./kernel/lists TestFetched/sqlite"},
	{"that nobody signs with what its issuer revoked", "kernel/lists/lists.go", `		if above < 1 {`, `		if above < 10 {`, "./kernel/lists TestFetched/sqlite"},
	{"that an older list hides no newer one", "kernel/lists/lists.go", `	case began.Before(last.Time):`, `	case began.Before(last.Time) && issuer == nil:`, "./kernel/lists TestFetched/sqlite"},
	{"that parts of an issuer's lists hide not one another", "kernel/lists/lists.go", `	if part.Raw != nil {`, `	if part.Raw != nil && now.IsZero() {`, "./kernel/lists TestParts/sqlite"},
	{"for whom a list speaks", "base/cert/part.go", `slices.Contains(c.CRLDistributionPoints, at) })`, `at != "" })`, "./base/cert TestPart"},
	{"whose a certificate from outside is", "systems/keys/own/outside.go", `	if !cert.OfPerson(`, `	if c == nil && !cert.OfPerson(`, "./systems/keys TestOffer"},
	{"that the key of a certificate from outside is his", "systems/keys/own/offer.go", `			err = sign.Signed(message, o.Some[0], o.digest())`, `			err = sign.Signed(message, o.Some[0], o.digest())
			err = nil`, "./systems/keys TestOffer"},
	{"that what its issuer revoked is not brought", "systems/keys/own/offer.go", `	if err == nil && gone {`, `	if err != nil && gone {`, "./systems/keys TestOffer"},
	{"the stamp of what is sealed", "kernel/sign/seals.go", `	if a.Now != nil {`, `	if a.Now == nil {`, "./systems/keys TestSealed/sqlite"},
	{"the fingerprint of a root outside", "roots.go", `got != plain(sum) {`, `got == "" {`, ". TestRootsCommand/sqlite"},
	{"whom an administrator rules", "kernel/admin/admin.go", `	if !ok || !r.App.Country.Rules(r.Me, b.Code) {`, `	if !ok {`, ". TestMatrix/sqlite"},
	{"that a paper is signed once", "kernel/paper/keep.go", `	if err != nil || first {
		return b, err
	}`, `	if err != nil || first || sort == string(Result) {
		return b, err
	}`, "./systems/keys TestCutShort"},
	{"the certificates that a signature from elsewhere lacks", "base/cms/cms.go", `		if !slices.ContainsFunc(m.Others, c.Equal) {`, `		if slices.ContainsFunc(m.Others, c.Equal) {`, "./base/cades TestComplete"},
	{"whose password an administrator gives", "kernel/admin/admin.go", `	if err == nil && !resets(r, x) {`, `	if err == nil && x.Login == "" {`, "./kernel/admin TestAdmin/sqlite"},

	// What holds.
	{"the form's answers", "kernel/dossier/take.go", `p.answers, err = p.step.Form.Check(rest, e.env(p, d))`, `p.answers = rest`, ". TestAPIRefuses/sqlite"},
	{"what the applicant was asked to change", "kernel/dossier/take.go", `return field(r.Ref) == name }) {
				wrong`, `return field(r.Ref) == name }) && name == "" {
				wrong`, ". TestNotAsked/sqlite"},
	{"that papers are there", "kernel/dossier/take.go", `				if !paper.Optional {`, `				if !paper.Optional && p.step.Opens {`, ". TestPapersMissing/sqlite"},
	{"that reasons are given", "kernel/dossier/take.go", `	if len(all) == 0 && p.step.Reasons {`, `	if len(all) == 0 && p.step.Reasons && d == nil {`, ". TestActs/sqlite"},
	{"the state an act begins in", "kernel/dossier/may.go", `		if !opens && !slices.Contains(s.From, d.State) || s.If`, `		if s.If`, ". TestActs/sqlite"},
	{"the condition of an act", "kernel/dossier/may.go", `		if !opens && !slices.Contains(s.From, d.State) || s.If != nil && !s.If(d, d.Acts) {
			continue`, `		if !opens && !slices.Contains(s.From, d.State) {
			continue`, ". TestActs/sqlite"},
	{"the version that was seen", "kernel/dossier/engine.go", `	if p.Version != 0 && p.Version != d.Version {`, `	if p.Version < 0 {`, ". TestStale/sqlite"},
	{"what a key was used for", "kernel/dossier/engine.go", `[]any{o.Dossier, o.Kind, o.Body, o.Org, o.Act, o.Answers, o.Papers, o.Helped, o.Version}`, `[]any{o.Dossier, o.Kind}`, ". TestAPIOnce"},
	{"whose key it was", "kernel/dossier/engine.go", `e.DB.Once(ctx, o.Me.ID.String(), o.Key,`, `e.DB.Once(ctx, "anybody", o.Key,`, ". TestAPIOnce"},
	{"that a reading is recorded", "kernel/dossier/may.go", `	if !d.Asked(p, who.Follow) {`, `	if p.ID == 0 {`, "./kernel/desk TestDeskWork/sqlite"},

	// Who read.
	{"that a reading that was wiped out is found", "kernel/digest/digest.go", `if now.Readings != was.Body.Readings || now.Sum != was.Body.Sum {`, `if now.Readings > was.Body.Readings {`, "./kernel/digest TestDigest/sqlite"},
	{"that what lets in goes with an account", "kernel/held/held.go", `		if t.Goes != then {
			continue
		}`, `		if t.Goes == Closed || t.Goes != then {
			continue
		}`, ". TestNothingIsLeft"},
	{"that what is held of a person goes with him", "kernel/held/held.go", `		if t.Goes != then {
			continue
		}`, `		if t.Goes == Erased || t.Goes != then {
			continue
		}`, ". TestNothingIsLeft"},
	{"that an opening is recorded", "kernel/dossier/may.go", `return e.Note(tx, Reading{Dossier: d.ID, Person: p.ID, Body: d.Body, Role: roleIn(p, d.Body), Way: wayOf(ctx), Purpose: purpose(p, d, k)})`, `return nil`, ". TestEveryReadingIsRecorded/sqlite"},
	{"that looking somebody up is recorded", "kernel/dossier/list.go", `why := l.looksUp(); err == nil && why != ""`, `why := l.looksUp(); err == nil && why == "?"`, ". TestEveryReadingIsRecorded/sqlite"},
	{"that a pick of dossiers is recorded", "kernel/inbox/bulk.go", `Glance(r.Context(), r.Me, dossier.Work, d)`, `Glance(r.Context(), r.Me, dossier.Work)`, "./kernel/inbox TestBulk/sqlite"},
	{"that a seal hides a reading", "kernel/dossier/reading.go", `s.person = r.person and r.at >= s.since and s.until > $1)`, `s.person = r.person and r.at < s.since and s.until > $1)`, "./kernel/readers TestSeal/sqlite"},
	{"that who read does not answer", "kernel/readers/page.go", `err == nil && x == do.Act.By`, `err == nil && x == 0`, "./kernel/readers TestWhy/sqlite"},

	{"what an erasure says is left", "kernel/dossier/erase.go", `said.Body.Acts[a.ID.String()] == a.sum()`, `said.Body.Acts[a.ID.String()] != ""`, "./kernel/leave TestErasure/sqlite"},
	{"the time of keeping", "kernel/leave/erase.go", `never || d.ended.IsZero() || until.After(now)`, `never || d.ended.IsZero() || until.IsZero()`, "./kernel/leave TestErasure/sqlite"},
	{"that open dossiers end first", "kernel/leave/close.go", `case len(v.open) > 0:
		return`, `case len(v.open) > 1<<20:
		return`, "./kernel/leave TestErasure/sqlite"},

	// Four eyes.
	{"that no dangerous role comes by one", "kernel/who/book.go", `	if role.Dangerous() && by.ID != 0 && !lent`, `	if role.Dangerous() && by.ID == 1 && !lent`, "./kernel/rights TestADangerousRole|TestAttacks|TestNobodyInvents|TestTheOneAtTheMachine/sqlite"},
	{"who lends a role", "kernel/who/book.go", `covers == by.ID && role != Admin && slices.Contains(by.Grants, Grant{Role: role, Body: body})`, `covers == by.ID && (role != "" || slices.Contains(by.Grants, Grant{Role: role, Body: body}))`, "./kernel/rights TestADangerousRole|TestAttacks|TestNobodyInvents|TestTheOneAtTheMachine/sqlite"},
	{"that what was lent ends with it", "kernel/who/book.go", `where (person = $2 or covers = $2) and role`, `where person = $2 and role`, "./kernel/rights TestADangerousRole|TestAttacks|TestNobodyInvents|TestTheOneAtTheMachine/sqlite"},
	{"who asks for a role", "kernel/rights/rights.go", `	if err == nil && !a.Country.Rules(asker, k.Body) {`, `	if err == nil && asker.ID == 0 {`, "./kernel/rights TestADangerousRole|TestAttacks|TestNobodyInvents|TestTheOneAtTheMachine/sqlite"},
	{"that an asking is answered once", "kernel/rights/rights.go", `note = $4 where id = $5 and state = 'open'`, `note = $4 where id = $5 and state <> ''`, "./kernel/rights TestADangerousRole|TestAttacks|TestNobodyInvents|TestTheOneAtTheMachine/sqlite"},
	{"who refuses", "kernel/rights/rights.go", `	case !a.Country.Rules(by, k.Body):`, `	case by.ID == 0:`, "./kernel/rights TestADangerousRole|TestAttacks|TestNobodyInvents|TestTheOneAtTheMachine/sqlite"},
	{"who approves", "kernel/rights/chain.go", `	case !a.Country.Rules(me, k.Body):`, `	case me.ID == 0:`, "./kernel/rights TestADangerousRole|TestAttacks|TestNobodyInvents|TestTheOneAtTheMachine/sqlite"},
	{"that nobody approves his own", "kernel/rights/chain.go", `	case slices.Contains(k.parties(), me.ID):`, `	case me.ID == 0:`, "./kernel/rights TestADangerousRole|TestAttacks|TestNobodyInvents|TestTheOneAtTheMachine/sqlite"},
	{"that an asking ends", "kernel/rights/chain.go", `	case !k.Expires.After(a.Now()):
		return fault.New(fault.Conflict, "rights.over")
	}
	me, err`, `	}
	me, err`, "./kernel/rights TestADangerousRole|TestAttacks|TestNobodyInvents|TestTheOneAtTheMachine/sqlite"},
	{"that who asked still may", "kernel/rights/chain.go", `fault.New(fault.Conflict, "rights.askergone")`, `error(nil)`, "./kernel/rights TestADangerousRole|TestAttacks|TestNobodyInvents|TestTheOneAtTheMachine/sqlite"},
	{"whom the asker made an administrator", "kernel/rights/chain.go", `			case slices.Contains(those, n):
				return true, nil`, `			case slices.Contains(those, n):
				return false, nil`, "./kernel/rights TestADangerousRole|TestAttacks|TestNobodyInvents|TestTheOneAtTheMachine/sqlite"},
	{"whom that one made", "kernel/rights/chain.go", `madeBy(tx, a, n, "*", those, seen); made || err != nil`, `madeBy(tx, a, n, "*", those, seen); err != nil`, "./kernel/rights TestADangerousRole|TestAttacks|TestNobodyInvents|TestTheOneAtTheMachine/sqlite"},
	{"that others could", "kernel/rights/chain.go", `	if err == nil && len(others) > 0 {`, `	if err == nil && len(others) > 99 {`, "./kernel/rights TestADangerousRole|TestAttacks|TestNobodyInvents|TestTheOneAtTheMachine/sqlite"},
	{"that two acts are two people's", "kernel/doctor/rights.go", `	case x.by == c.by || x.Body.Hand == c.by && c.by != 0 || c.Person == c.by:`, `	case x.by == 1:`, "./kernel/doctor TestNoDangerousRole/sqlite"},
	{"that somebody asked", "kernel/doctor/rights.go", `	case !asked:`, `	case !asked && c.by == 1:`, "./kernel/doctor TestNoDangerousRole/sqlite"},
	{"that a role is lent by who has it", "kernel/doctor/rights.go", `c.by != r.person || !has(r) {`, `c.by != r.person {`, "./kernel/doctor TestNoDangerousRole/sqlite"},
	{"that a doubt was deleted", "kernel/doubt/check.go", `for act, c := range said {`, `for act, c := range map[id.ID]cast{} {`, "./systems/disprove TestDoctorMisses/sqlite"},
	{"that a doubt was made narrower", "kernel/doubt/check.go", `d.Since.After(c.reached.Time), d.Ended.Before(c.agreed.Time):`, `d.Since.IsZero(), d.Ended.IsZero():`, "./systems/disprove TestDoctorMisses/sqlite"},
	{"that a doubt was slipped in", "kernel/doubt/check.go", `case !ok && !erased[d.Agreed]:`, `case !ok && erased[d.Agreed]:`, "./systems/disprove TestDoctorMisses/sqlite"},
	{"that nobody founds a node twice", "kernel/doctor/rights.go", `		if a.begun {`, `		if a.begun && c.by != 0 {`, "./kernel/doctor TestNoDangerousRole/sqlite"},
	{"who reviews a role", "kernel/review/review.go", `	if err == nil && !a.Country.Rules(me, v.Body) {`, `	if err == nil && me.ID == 0 {`, "./kernel/review TestRolesAreReviewed/sqlite"},
	{"that nobody keeps his own role", "kernel/review/review.go", `	case h.Person == me.ID:`, `	case me.ID == 0:`, "./kernel/review TestRolesAreReviewed/sqlite"},
	{"that a role is answered about once", "kernel/review/review.go", `where review = $4 and held = $5 and said = ''`, `where review = $4 and held = $5 and said <> 'x'`, "./kernel/review TestRolesAreReviewed/sqlite"},
	{"that who serves people is not suspended", "kernel/review/review.go", `(word != "" || h.Role != who.Admin)`, `word != ""`, "./kernel/review TestRolesAreReviewed/sqlite"},
	{"that the node's last administrator stays", "kernel/review/review.go", ` || v.Body == "" && admins == 1:`, `:`, "./kernel/review TestRolesAreReviewed/sqlite"},
	{"who reads what administrators did", "kernel/deeds/page.go", `code != "" && !ok || !reads(r, code) {`, `code != "" && !ok {`, "./kernel/deeds TestWhatAdministratorsDid/sqlite"},
	{"whose proof it is", "kernel/deeds/page.go", `	if err == nil && !reads(r, d.Body) {`, `	if err == nil && d.Act == 0 {`, "./kernel/deeds TestWhatAdministratorsDid/sqlite"},
	{"who confirmed an administrator", "kernel/rights/chain.go", `k.Confirmed != 0 && !slices.Contains(those, k.Confirmed)`, `k.Confirmed != 0`, "./kernel/review TestAReviewMakes"},

	// Ways in.
	{"that a link works once", "base/web/session.go", `	_, err = tx.Exec(` + "`delete from session where hash = $1`" + `, digest(secret))
	return v, err
}`, `	return v, err
}`, ". TestWaysIn/sqlite"},
	{"that a code is spent once", "systems/eid/grant/grant.go", `	if err == nil && n == 1 && fits {`, `	if err == nil && n < 9 && fits {`, "./systems/eid TestManyAtOnceUseOneCode/sqlite"},
	{"that what comes with a code fits it", "systems/eid/grant/grant.go", `	if err == nil && n == 1 && fits {`, `	if err == nil && n == 1 {`, "./systems/eid TestAttacks"},
	{"that who signed out is not let in by a code", "systems/eid/grant/grant.go", `	return a.Sessions.Here(tx, g.Person, g.Session)`, `	return true, nil`, "./systems/eid TestAttacks"},
	{"that who withdrew is not let in by a code", "systems/eid/grant/grant.go", `	if err != nil || slices.ContainsFunc(g.Scopes, func(s string) bool { return !slices.Contains(given, s) }) {`, `	if err != nil || len(given) < 0 {`, "./systems/eid TestAttacks"},
	{"that a refresh token is spent once", "systems/eid/grant/grant.go", `	if n == 1 && g.Ended.IsZero()`, `	if n < 9 && g.Ended.IsZero()`, "./systems/eid TestManyAtOnceUseOneCode/sqlite"},
	{"the end of a session", "base/web/session.go", `and expires > $1 and (idle`, `and expires > $1 - $1 and (idle`, ". TestWaysIn/sqlite"},
	{"what sort a secret is", "base/web/session.go", `where hash = $2 and sort in ($3, $4)`, `where hash = $2 and sort not in ($3 || '.', $4 || '.')`, ". TestWaysIn/sqlite"},
	{"what a token may", "base/web/web.go", `return slices.Contains(has, scope) || scope == ScopeRead`, `return true || scope == ScopeRead`, ". TestMatrix/sqlite"},
	{"that the first administrator is the first", "kernel/door/entry.go", `			if n > 0 {`, `			if n < 0 {`, ". TestMatrix/sqlite"},
	{"what a link is for", "kernel/door/entry.go", `a.Sessions.Use(tx, r.PathValue("secret")); err == nil && s.Scope != e.scope {`, `a.Sessions.Use(tx, r.PathValue("secret")); err == nil && s.Scope == "" {`, ". TestWaysIn/sqlite"},
	{"the password", "kernel/who/guard.go", `if !right || n == 0`, `if n == 0`, "./kernel/who TestSignIn"},
	{"how strong a body's provider says it was", "systems/staffing/upstream/strength.go", `sorts > 1`, `sorts > 0`, "./systems/staffing TestStrengthOfProviders"},
	{"that a body's provider takes two", "systems/staffing/staffing.go", `if err != nil || !allowed {`, `if err != nil || !allowed && s.Body == "" {`, "./systems/staffing TestAProviderTakesTwo/sqlite"},
	{"that what was approved is what is done", "kernel/rights/rights.go", `and detail = $5 and state`, `and (detail = $5 or detail <> $5) and state`, "./systems/staffing TestAProviderTakesTwo/sqlite"},
	{"that a link to a provider is a way in", "systems/staffing/staffing.go", `ways.Sure(r, "/staff"); err != nil || !ok {`, `ways.Sure(r, "/staff"); err != nil || !ok && r.Me.ID == 0 {`, "./systems/staffing TestLinkingIsAWayIn/sqlite"},
	{"a second factor behind a body's provider", "kernel/door/further.go", `	if !has {`, `	if !has || p.ID != 0 {`, "./systems/staffing TestStrengthOfProviders"},
	{"that unused sessions end", "base/web/session.go", `(idle = 0 or used + idle > $1)`, `(idle >= 0 or used + idle > $1)`, "./kernel/door TestIdle"},
	{"that nothing is read behind chunks", "base/web/front.go", `len(r.TransferEncoding) > 0 || !r`, `!r`, ". TestSmuggling"},
	{"who is told measurements", "base/web/from.go", `r.Session.Sort != Token && !local`, `r.Session.Sort == "" && r.Host == "" && !local`, ". TestMetricsAreForOperators"},
	{"that common passwords are refused", "kernel/password/password.go", `guesses(password, nil) < enough`, `guesses(password, nil) < 0`, "./kernel/password TestRefuses"},
	{"that nobody leans on his name", "kernel/password/password.go", `append(names(own), names(k.Words)...)) < enough`, `append(names(own), names(k.Words)...)) < 0`, "./kernel/password TestRefuses"},
	{"that leaked passwords are refused", "kernel/password/password.go", `err == nil && leaked`, `err != nil && leaked`, "./kernel/password TestBreached"},
	{"who a password is told of", "kernel/who/guard.go", `p.Login, p.Name, mail`, `"", "", mail`, "./kernel/door TestWeakPasswords"},
	{"that guessing is slowed", "kernel/who/guard.go", `; wait > 0 {`, `; wait > 1<<60 {`, "./kernel/who TestSignIn"},
	{"that nothing unreadable comes in", "base/web/letters.go", `if none(name) || slices`, `if none(name) && slices`, "./base/web TestLetters"},
	{"that names are seen", "kernel/who/book.go", `if strings.ContainsFunc(x[1], lang.Hidden) {`, `if x[1] == "" && strings.ContainsFunc(x[1], lang.Hidden) {`, "./kernel/door TestNamesAreSeen"},
	{"that officials' words are seen", "kernel/dossier/take.go", `} else if why != "" {`, `} else if why == "." {`, "./kernel/dossier TestWordsOfOfficialsAreSeen"},
	{"that text that is none is kept nowhere", "base/db/tx.go", `case slices.ContainsFunc(args, unreadable):`, `case len(args) < 0 && unreadable(args):`, "./base/db TestUnreadableText/sqlite"},
	{"that switches stay here", "base/web/web.go", `RawPath: r.URL.RawPath, `, ``, "./base/web TestSwitchesStayHere"},
	{"where one goes after signing in", "base/web/answer.go", `strings.HasPrefix(to, "//") || strings.ContainsAny(to, "\\\r\n") {
		return ""`, `strings.HasPrefix(to, "//") || strings.ContainsAny(to, "\\\r\n") {
		return to`, ". TestWaysIn/sqlite"},
	{"what comes from other sites", "kernel/handler.go", `cross.Handler(mux)), nil`, `mux), nil`, ". TestCrossSite"},
	{"the secret end of a code", "kernel/dossier/list.go", "where code in ($1, $2) and tail = $3", "where code in ($1, $2) and (tail = $3 or tail <> $3)", ". TestAPI"},
	{"how often a code is tried", "kernel/track/public.go", `	if !tries.Allow(`, `	if false && !tries.Allow(`, "./kernel/filing TestTrackIsLimited"},

	// What comes in and goes out.
	{"the true type of a file", "base/upload/upload.go", `f.Type == "" || says != "" && says != f.Type`, `f.Type == "" || says == "nothing"`, ". TestBadInput/sqlite"},
	{"the size of a file", "base/upload/upload.go", `	case n > Most:`, `	case n > Most<<10:`, ". TestBadInput/sqlite"},
	{"that malware is refused", "kernel/file/scan.go", `	case found != "":
		return nil, fault`, `	case found == "OK":
		return nil, fault`, "./kernel/file TestScan/sqlite"},
	{"that large files switch no scanner off", "kernel/file/scan.go", `		if !errors.Is(err, clamd.ErrLarge) { //`, `		if err != nil { //`, "./kernel/file TestScannerIsBack/sqlite"},
	{"that malware found later is opened for nobody", "kernel/file/file.go", `err == nil && m.Found != ""`, `err == nil && m.Found == "OK"`, "./kernel/file TestScan/sqlite"},
	{"that half a file is not clean", "base/clamd/clamd.go", `			err = sent //`, `			err = nil //`, "./base/clamd TestNeverClean"},
	{"the wall around files", "base/web/answer.go", `	a.header.Set("Content-Security-Policy", wall)`, `	_ = wall`, ". TestWalls"},
	{"the policy of pages", "base/web/web.go", `	h.Set("Content-Security-Policy", policy)
`, `	_ = policy
`, ". TestWalls"},
	{"that history was not rewritten", "kernel/dossier/history.go", `case ledger.Leaf(a.Salt, a.Canonical()) != [32]byte(entry.Leaf):`, `case len(a.Salt) < 0:`, "./kernel/dossier TestDoctorNamesTampering"},
	{"the bytes that were signed", "base/cms/read.go", `if !bytes.Equal(digest, m.Digest) {`, `if len(digest) == 0 {`, "./base/pades TestEveryByteCounts|TestSignTwiceAndRead"},
	{"that a line that comes again is the last of its dossier", "kernel/repeat/repeat.go", `if c := rows[sums[i]]; c != codes[i] {`, `if rows[sums[i]] == "nothing" {`, "./systems/sync TestLinesThatComeAgain"},
	{"that its sender may still report it", "kernel/repeat/repeat.go", `raw != 0 && s.May(sender, body)`, `raw != 0`, "./systems/sync TestLinesThatComeAgain"},
	{"that no newer line stands before it", "systems/sync/stream.go", `known[i] != "" && news[known[i]]`, `known[i] == "nothing" && news[known[i]]`, "./systems/sync TestLinesThatComeAgain"},
}

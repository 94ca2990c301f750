package main

import (
	"motcua/kernel"
	"motcua/kernel/admin"
	"motcua/kernel/api"
	"motcua/kernel/confirm"
	"motcua/kernel/counter"
	"motcua/kernel/cutover"
	"motcua/kernel/desk"
	"motcua/kernel/device"
	"motcua/kernel/door"
	"motcua/kernel/export"
	"motcua/kernel/filing"
	"motcua/kernel/hours"
	"motcua/kernel/inbox"
	"motcua/kernel/indicators"
	"motcua/kernel/leave"
	"motcua/kernel/my"
	"motcua/kernel/mydata"
	"motcua/kernel/onetime"
	"motcua/kernel/paper"
	"motcua/kernel/passkey"
	"motcua/kernel/readers"
	"motcua/kernel/register"
	"motcua/kernel/reported"
	"motcua/kernel/rights"
	"motcua/kernel/roll"
	"motcua/kernel/scrub"
	"motcua/kernel/second"
	"motcua/kernel/signed"
	"motcua/kernel/start"
	"motcua/kernel/track"
	"motcua/kernel/verify"
	"motcua/kernel/watch"
	"motcua/kernel/ways"
	"motcua/kernel/why"
	"motcua/packs/vn2020/nps"
	"motcua/systems/assure"
	"motcua/systems/behalf"
	"motcua/systems/board"
	"motcua/systems/eid"
	"motcua/systems/handover"
	"motcua/systems/keys"
	"motcua/systems/pay"
	"motcua/systems/pledges"
	"motcua/systems/portal"
	"motcua/systems/recover"
	"motcua/systems/scores"
	"motcua/systems/staffing"
	"motcua/systems/sync"
	"motcua/systems/voice"
)

// systems is the table of contents of the product: one line per system.
func systems(s settings) []kernel.System {
	return []kernel.System{
		door.System(),
		device.System(),
		onetime.System(),
		passkey.System(),
		second.System(),
		confirm.System(),
		readers.System(),
		mydata.System(),
		leave.System(),
		ways.System(),
		start.System(),
		filing.System(),
		signed.System(),
		track.System(),
		my.System(),
		reported.System(),
		counter.System(),
		paper.System(),
		verify.System(),
		inbox.System(),
		desk.System(),
		admin.System(),
		rights.System(),
		register.System(),
		hours.System(),
		scrub.System(),
		watch.System(),
		why.System(),
		cutover.System(),
		roll.System(),
		api.System(),
		export.System(),
		indicators.System(),
		portal.System(),
		eid.System(),
		assure.System(assure.Settings{URL: s.RegisterURL, Secret: s.RegisterSecret}),
		keys.System(),
		behalf.System(),
		recover.System(recover.Settings{Wait: s.recoverAfter}),
		pay.System(pay.Settings{URL: s.PayURL, Merchant: s.PayMerchant, Secret: s.PaySecret, Folder: s.PayFolder}),
		voice.System(),
		sync.System(),
		nps.System(),
		handover.System(),
		board.System(),
		scores.System(),
		pledges.System(),
		staffing.System(),
	}
}

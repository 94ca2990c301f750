// Package vn2020 is what one country decides, as data: Viet Nam in February
// and March 2020, with its 63 provinces, bodies and their codes, calendar,
// laws, letters and public services.
//
// Everything here is a file that an official can read. Where a fact is not
// certain its file says so under "unverified".
package vn2020

import "embed"

// Files are the pack. dist holds what ./packs/vn2020/build made of the unit
// lists; on a bare clone it is empty and the country has provinces and one
// district.
//
//go:embed all:dist *.yaml procedures overlays
var Files embed.FS

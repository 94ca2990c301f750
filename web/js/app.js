// The script of every page. Each module makes quicker what works without it;
// none is needed. Pages carry no handlers, only data-* names.
import { autosave } from "./autosave.js";
import { copy } from "./copy.js";
import { files } from "./files.js";
import { keys } from "./keys.js";
import { live } from "./live.js";
import { once } from "./once.js";
import { passkey } from "./passkey.js";
import { picks } from "./picks.js";
import { units } from "./units.js";

for (const e of document.querySelectorAll("[data-nojs]")) e.hidden = true;
for (const e of document.querySelectorAll("[data-js]")) e.hidden = false;

// After a refused form the summary of its errors is where one is.
document.querySelector("[data-focus]")?.focus();

once();
autosave();
files();
units();
passkey();
picks();
keys();
copy();
live();

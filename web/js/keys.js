// Keys of the officials' pages: j and k move in the list, x picks, Enter
// opens, / searches, ? shows the sheet, Esc picks none, and a letter that
// stands on a button presses it. They rest while one types, and the sheet's
// own box turns them off for good.
const OFF = "keys-off";

export function keys() {
  const sheet = document.querySelector("details[data-keys]");
  const off = sheet?.querySelector("[data-keys-off]");
  if (off) {
    off.checked = localStorage.getItem(OFF) === "1";
    off.addEventListener("change", () => localStorage.setItem(OFF, off.checked ? "1" : ""));
  }
  addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
    if (localStorage.getItem(OFF) === "1") return;
    if (event.key === "Escape" && typing(event.target)) {
      event.target.blur();
      return;
    }
    if (!typing(event.target) && pressed(event.key, sheet)) event.preventDefault();
  });
}

function typing(e) {
  return e.matches?.("textarea, select, [contenteditable], input:not([type=checkbox], [type=radio])");
}

// pressed does what key stands for and reports whether it stands for something.
function pressed(key, sheet) {
  const table = document.querySelector("table[data-rows]");
  const row = table?.querySelector("tr.at");
  switch (key) {
    case "j":
      return move(table, row, 1);
    case "k":
      return move(table, row, -1);
    case "x":
      row?.querySelector("input[type=checkbox]")?.click();
      return Boolean(row);
    case "Enter": {
      if (document.activeElement?.matches("a, button, summary, input")) return false;
      const link = row?.querySelector("a");
      link?.click();
      return Boolean(link);
    }
    case "/": {
      const find = document.querySelector("[data-find]");
      find?.focus();
      return Boolean(find);
    }
    case "?":
      if (sheet) sheet.open = !sheet.open;
      return Boolean(sheet);
  }
  const name = key === "Escape" ? "Esc" : key;
  const button = [...document.querySelectorAll("[data-key]")].find((b) => b.dataset.key === name && b.offsetParent);
  button?.click();
  return Boolean(button);
}

function move(table, row, by) {
  if (!table) return false;
  const rows = [...table.tBodies[0].rows];
  const next = rows[row ? rows.indexOf(row) + by : 0];
  if (!next) return true;
  row?.classList.remove("at");
  next.classList.add("at");
  next.scrollIntoView({ block: "nearest" });
  next.querySelector("a")?.focus();
  return true;
}

// Rows that are picked: the bar says how many, the head picks all, shift picks
// from the last one to here. Lists may come and go: live.js replaces them.
export function picks() {
  let last;

  addEventListener("click", (event) => {
    const box = event.target;
    const table = listOf(box);
    if (!table || box.dataset.all !== undefined) return;
    const all = boxes(table);
    const [from, to] = [all.indexOf(last), all.indexOf(box)];
    if (event.shiftKey && from >= 0) {
      for (let i = Math.min(from, to); i <= Math.max(from, to); i++) all[i].checked = box.checked;
    }
    last = box;
  });

  addEventListener("change", (event) => {
    const table = listOf(event.target);
    if (!table) return;
    if (event.target.dataset.all !== undefined) {
      for (const box of boxes(table)) box.checked = event.target.checked;
    }
    show(table);
  });

  // A reset brings back what the server had picked; it shall pick none.
  addEventListener("reset", (event) => {
    setTimeout(() => {
      for (const table of event.target.querySelectorAll("table[data-rows]")) {
        for (const box of boxes(table)) box.checked = false;
        show(table);
      }
    });
  });

  addEventListener("pageshow", () => document.querySelectorAll("table[data-rows]").forEach(show));
}

function listOf(box) {
  return box.type === "checkbox" && box.closest("table[data-rows]");
}

function boxes(table) {
  return [...table.tBodies[0].querySelectorAll("input[type=checkbox]")];
}

// show makes the bar and the head say what is picked.
export function show(table) {
  const all = boxes(table);
  for (const box of all) box.closest("tr").classList.toggle("on", box.checked);
  const n = all.filter((box) => box.checked).length;
  const head = table.tHead.querySelector("[data-all]");
  if (head) {
    head.checked = n > 0 && n === all.length;
    head.indeterminate = n > 0 && !head.checked;
  }
  const says = (table.closest("form") ?? document).querySelector("[data-picked]");
  if (says) {
    says.dataset.idle ??= says.textContent;
    says.textContent = n ? says.dataset.picked.replace("{0}", n) : says.dataset.idle;
  }
}

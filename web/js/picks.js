// Rows that are picked: the bar says how many, the head picks all, shift picks
// from the last one to here.
export function picks() {
  for (const table of document.querySelectorAll("table[data-rows]")) list(table);
}

function list(table) {
  const form = table.closest("form") ?? document;
  const says = form.querySelector("[data-picked]");
  const idle = says?.textContent;
  const boxes = () => [...table.tBodies[0].querySelectorAll("input[type=checkbox]")];
  let last;

  const show = () => {
    let n = 0;
    for (const box of boxes()) {
      box.closest("tr").classList.toggle("on", box.checked);
      n += box.checked;
    }
    if (says) says.textContent = n ? says.dataset.picked.replace("{0}", n) : idle;
    const head = table.tHead.querySelector("[data-all]");
    if (head) {
      head.checked = n > 0 && n === boxes().length;
      head.indeterminate = n > 0 && !head.checked;
    }
  };
  table.addEventListener("click", (event) => {
    const box = event.target;
    if (box.type !== "checkbox" || box.dataset.all !== undefined) return;
    const all = boxes();
    const [from, to] = [all.indexOf(last), all.indexOf(box)];
    if (event.shiftKey && from >= 0) {
      for (let i = Math.min(from, to); i <= Math.max(from, to); i++) all[i].checked = box.checked;
    }
    last = box;
  });
  table.addEventListener("change", (event) => {
    if (event.target.dataset.all !== undefined) {
      for (const box of boxes()) box.checked = event.target.checked;
    }
    show();
  });
  // A reset brings back what the server had picked; it shall pick none.
  form.addEventListener("reset", () =>
    setTimeout(() => {
      for (const box of boxes()) box.checked = false;
      show();
    }),
  );
  addEventListener("pageshow", show);
}

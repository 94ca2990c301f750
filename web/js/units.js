// Selects of an address: choosing a unit brings the list of those under it.
export function units() {
  addEventListener("change", (event) => {
    if (event.target.dataset?.next) fill(event.target);
  });
}

async function fill(select) {
  const next = document.getElementById(select.dataset.next);
  for (let s = next; s; s = document.getElementById(s.dataset.next)) {
    s.length = 1; // the first option is the invitation to choose
  }
  if (!select.value) return;
  const asked = select.value;
  const answer = await fetch(select.dataset.source + "?under=" + encodeURIComponent(asked)).catch(() => null);
  if (!answer?.ok || select.value !== asked) return;
  for (const unit of await answer.json()) next.add(new Option(unit.label, unit.value));
}

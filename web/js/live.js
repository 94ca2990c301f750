import { show } from "./picks.js";

// An element with an id and data-refresh (seconds) is fetched again with its
// page and replaced where it changed, while it is looked at and nobody works in
// it; also when one comes back to its tab.
export function live() {
  for (const part of document.querySelectorAll("[id][data-refresh]")) {
    setInterval(() => fresh(part), 1000 * Number(part.dataset.refresh));
    document.addEventListener("visibilitychange", () => fresh(part));
  }
}

async function fresh(part) {
  if (document.hidden || part.querySelector("tbody :checked") || part.contains(document.activeElement)) return;
  const answer = await fetch(location.href, { headers: { "X-Refresh": part.id } }).catch(() => null);
  if (!answer?.ok || answer.redirected) return;
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  const now = page.getElementById(part.id);
  if (!now || now.textContent === part.textContent) return;
  for (const e of now.querySelectorAll("[data-js]")) e.hidden = false;
  part.replaceChildren(...now.childNodes);
  part.querySelectorAll("table[data-rows]").forEach(show);
}

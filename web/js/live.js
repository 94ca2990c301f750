// An element with an id and data-refresh (seconds) is fetched again with its
// page and replaced where it changed, while it is looked at and nobody works in it.
export function live() {
  for (const part of document.querySelectorAll("[id][data-refresh]")) {
    setInterval(() => fresh(part), 1000 * Number(part.dataset.refresh));
  }
}

async function fresh(part) {
  if (document.hidden || part.querySelector(":checked") || part.contains(document.activeElement)) return;
  const answer = await fetch(location.href, { headers: { "X-Refresh": part.id } }).catch(() => null);
  if (!answer?.ok || answer.redirected) return;
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  const now = page.getElementById(part.id);
  if (now && now.innerHTML !== part.innerHTML) part.replaceChildren(...now.childNodes);
}

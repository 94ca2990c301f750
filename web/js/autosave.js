// A form with data-autosave sends what stands in it to that address soon after
// it changes, and again until it arrives. The answer is the sentence to show,
// such as when it was kept; without one the old sentence stays.
const SOON = 1500;
const AGAIN = 6000;

export function autosave() {
  for (const form of document.querySelectorAll("form[data-autosave]")) keep(form);
}

function keep(form) {
  const says = form.querySelector("[data-saved]");
  let kept = written(form);
  let timer;

  const later = (wait) => {
    clearTimeout(timer);
    timer = setTimeout(save, wait);
  };
  const save = async (event) => {
    const now = written(form);
    if (now === kept || form.dataset.sent) return;
    try {
      const answer = await fetch(form.dataset.autosave, {
        method: "POST",
        body: new URLSearchParams(now),
        headers: { "X-Autosave": "1" },
        keepalive: event !== undefined,
      });
      if (!answer.ok) throw new Error(answer.status);
      kept = now;
      const text = (await answer.text()).trim();
      if (text && says) says.textContent = text;
      if (written(form) !== kept) later(SOON);
    } catch {
      if (says) says.textContent = says.dataset.saved;
      later(AGAIN);
    }
  };

  form.addEventListener("input", () => later(SOON));
  form.addEventListener("change", () => later(SOON));
  addEventListener("online", () => later(0));
  addEventListener("visibilitychange", (event) => {
    if (document.visibilityState === "hidden") save(event);
  });
}

// written is the form as one text; files have their own way.
function written(form) {
  const pairs = new URLSearchParams();
  for (const [name, value] of new FormData(form)) {
    if (typeof value === "string") pairs.append(name, value);
  }
  return pairs.toString();
}

// A form is sent once, however often its button is pressed. The server takes
// a second one calmly too; this saves the person the doubt.
export function once() {
  addEventListener("submit", (event) => {
    const form = event.target;
    if (event.defaultPrevented || form.method === "get") return;
    if (form.dataset.sent) {
      event.preventDefault();
      return;
    }
    form.dataset.sent = "1";
    event.submitter?.setAttribute("aria-busy", "true");
    setTimeout(again, 10000); // the answer was a file, or there was none
  });
  addEventListener("pageshow", again); // back from the next page
}

function again() {
  for (const form of document.forms) delete form.dataset.sent;
  for (const b of document.querySelectorAll("[aria-busy]")) b.removeAttribute("aria-busy");
}

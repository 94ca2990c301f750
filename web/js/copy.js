// A button that copies, and one that prints; they show only here.
export function copy() {
  addEventListener("click", async (event) => {
    const button = event.target.closest?.("[data-copy], [data-print]");
    if (!button) return;
    if (button.dataset.print !== undefined) {
      print();
      return;
    }
    await navigator.clipboard?.writeText(document.getElementById(button.dataset.copy).textContent.trim());
    button.querySelector("span").textContent = button.dataset.done;
  });
}

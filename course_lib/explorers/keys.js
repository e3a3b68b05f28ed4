// The sliders of ipywidgets have no accessible name, and shortcuts of Notebook 7 take their arrow keys. Both apps leave
// alone what carries data-lm-suppress-shortcuts, but only on the element that has the focus.
const focusable = "button, input, [role=slider], [contenteditable]";

function mend(box) {
  for (const element of box.querySelectorAll(focusable)) {
    element.dataset.lmSuppressShortcuts = "true";
    const label = element.closest(".widget-inline-hbox")?.querySelector(".widget-label");
    if (label && !element.labels?.length && !element.closest(".widget-toggle-buttons"))
      element.setAttribute("aria-label", label.textContent);
  }
  for (const button of box.querySelectorAll(".widget-toggle-button"))
    button.setAttribute("aria-pressed", button.classList.contains("mod-active"));
  for (const group of box.querySelectorAll(".widget-toggle-buttons")) {
    group.setAttribute("role", "group");
    group.setAttribute("aria-label", group.querySelector(".widget-label").textContent);
  }
  // What is typed beside a slider of stops is neither taken nor put back (ipywidgets 8.1).
  for (const readout of box.querySelectorAll(".course-stops [contenteditable]")) readout.removeAttribute("contenteditable");
  box.querySelector(".course-status")?.setAttribute("role", "status");
}

function render({ el }) {
  let watcher;
  requestAnimationFrame(() => {
    const box = el.closest(".widget-vbox");
    if (!box) return;
    mend(box);
    watcher = new MutationObserver(() => mend(box));
    watcher.observe(box, { childList: true, subtree: true, attributeFilter: ["class"] });
  });
  return () => watcher?.disconnect();
}

export default { render };

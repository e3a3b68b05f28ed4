for (const formula of document.querySelectorAll(".math")) {
  const link = formula.closest("a");
  if (link) link.ariaLabel ??= link.textContent;               // axe, and some readers, hear no MathML in a link
  katex.render(formula.textContent, formula, { displayMode: formula.matches("div"), throwOnError: false });
}

// Furo opens its drawers by labels, which no key reaches.
for (const label of document.querySelectorAll("label:is(.nav-overlay-icon, .toc-overlay-icon)")) {
  const box = document.getElementById(label.htmlFor), button = document.createElement("button");
  Object.assign(button, { type: "button", className: label.className, ariaLabel: box.ariaLabel, ariaExpanded: box.checked });
  button.append(...label.childNodes);
  label.replaceWith(button);
  const open = wanted => {
    box.checked = wanted;
    button.ariaExpanded = wanted;
    if (wanted) document.querySelector(`${box.id === "__toc" ? ".toc" : ".sidebar"}-drawer :is(a, input)`)?.focus();
  };
  button.addEventListener("click", () => open(!box.checked));
  addEventListener("keydown", event => {
    if (event.key === "Escape" && box.checked && button.checkVisibility()) { open(false); button.focus(); }
  });
}

// What scrolls by itself can be scrolled by keys.
function scrollers() {
  for (const element of document.querySelectorAll("article :is(.output, pre, .table-wrapper, div.math, .course-scroll)")) {
    const scrolls = element.scrollWidth > element.clientWidth + 1;
    if (scrolls && !element.hasAttribute("tabindex")) element.tabIndex = 0;
    else if (!scrolls) element.removeAttribute("tabindex");
  }
}
new ResizeObserver(scrollers).observe(document.body);
document.addEventListener("toggle", scrollers, true);

// On a phone a wide picture scrolls, so that its words can be read: site.css needs to know how wide it is.
addEventListener("load", () => {
  for (const image of document.querySelectorAll(".cell_output img")) image.style.setProperty("--width", `${image.naturalWidth}px`);
  scrollers();
});

// Paper cannot unfold anything.
let opened = [];
addEventListener("beforeprint", () => {
  opened = [...document.querySelectorAll("details:not([open])")];
  for (const details of opened) details.open = true;
});
addEventListener("afterprint", () => { for (const details of opened) details.open = false; });

// What a link led to moves down while pictures come alive above it: go there again, as long as the reader has not moved.
// A reader who comes back, or loads the page anew, stays where the browser remembers.
let moved = performance.getEntriesByType("navigation")[0].type !== "navigate";
for (const kind of ["wheel", "touchstart", "pointerdown", "keydown"]) addEventListener(kind, () => { moved = true; }, { once: true });
const again = new ResizeObserver(() => { if (!moved) document.querySelector(":target")?.scrollIntoView(); });
addEventListener("load", () => {
  again.observe(document.body);
  setTimeout(() => again.disconnect(), 3000);
});

// How webdriver.py finds elements, by the steps of a Locator, as Playwright does: by CSS, by role and name, by text, by label.
const TAGS = { button: "button, summary, input[type=button]", checkbox: "input[type=checkbox]", slider: "input[type=range]",
  textbox: "input[type=text], input:not([type]), textarea", progressbar: "progress", status: "output", group: "fieldset, details",
  rowheader: "th[scope=row]", link: "a[href]", heading: "h1, h2, h3, h4, h5, h6" };
const shown = (one) => one.checkVisibility({ visibilityProperty: true }) && one.getClientRects().length > 0;
const tidy = (text) => text.replace(/\s+/g, " ").trim();
const labels = (one) => [one.ariaLabel ?? "", ...[...(one.labels ?? [])].map((label) => label.textContent)].map(tidy).filter(Boolean);
const named = (one) => labels(one)[0] ?? tidy(one.textContent);
const matches = (said, { text, exact, pattern }) => pattern ? new RegExp(pattern, "u").test(said)
  : text == null || (exact ? said === tidy(text) : said.toLowerCase().includes(tidy(text).toLowerCase()));
const call = (value, ...args) => typeof value === "function" ? value(...args) : value;

const STEPS = {
  css: (from, { css }) => from.flatMap((one) => [...one.querySelectorAll(css)]),
  "has text": (from, { text }) => from.filter((one) => matches(tidy(one.textContent), { text })),
  role: (from, step) => from.flatMap((one) => [...one.querySelectorAll(`[role="${step.role}"]${TAGS[step.role] ? `, :is(${TAGS[step.role]}):not([role])` : ""}`)])
    .filter((one) => shown(one) && !one.closest("[aria-hidden=true]") && matches(named(one), step)),
  text: (from, step) => from.flatMap((one) => [...one.querySelectorAll("*")]).filter((one) => !one.closest("script, style")
    && matches(tidy(one.textContent), step) && ![...one.children].some((child) => matches(tidy(child.textContent), step))),
  label: (from, step) => from.flatMap((one) => [...one.querySelectorAll("*")]).filter((one) => labels(one).some((said) => matches(said, step))),
  nth: (from, { index }) => from.slice(index, index + 1),
  or: (from, { other }) => [...new Set([...from, ...find(other)])].sort((a, b) => a.compareDocumentPosition(b) & 4 ? -1 : 1),
};

function find(steps) {
  return steps.reduce((from, step) => [...new Set(STEPS[step.kind](from, step))], [document]);
}

function only(found) {
  if (found.length !== 1) throw new Error(`${found.length} elements were found and one was expected`);
  return found[0];
}

// Scrolled to where it can be seen.
function reveal(one) {
  const { top, bottom, left, right } = one.getBoundingClientRect();
  if (top < 0 || left < 0 || bottom > innerHeight || right > innerWidth) one.scrollIntoView({ block: "center", inline: "center", behavior: "instant" });
}

// Where the pointer has to be for an element's middle, or for a place in it; null while something else lies above it.
function aim(one, place) {
  reveal(one);
  const { x, y, width, height } = one.getBoundingClientRect();
  const at = place ? [x + place[0], y + place[1]] : [x + width / 2, y + height / 2], hit = document.elementFromPoint(...at);
  if (hit && (one.contains(hit) || hit.contains(one))) return at;
  one.scrollIntoView({ block: "center", inline: "center", behavior: "instant" });       // from below what sticks to the window
  return null;
}

// Remember what goes wrong from now on.
function listen() {
  if (window.uncaught) return;
  window.uncaught = [];
  addEventListener("error", ({ message }) => { if (message) uncaught.push(message); });
  addEventListener("unhandledrejection", ({ reason }) => uncaught.push([reason, reason?.cause].filter(Boolean).join(": ")));
}

// Lets a still live where no kernel runs: `render` gets a model like that of a widget, which nobody but the page hears.
function enliven(name, state, style) {
  for (const el of document.querySelectorAll(`.${name}:not([data-alive])`)) {
    const heard = [], own = structuredClone(state);
    const set = (key, value) => {
      own[key] = value;
      for (const [event, act] of heard) if (event === `change:${key}`) act();
    };
    el.dataset.alive = "";
    follow(getComputedStyle(el));
    el.before(Object.assign(document.createElement("style"), { textContent: style }));
    render({ el, model: { get: (key) => own[key], set, save_changes() {}, on: (...pair) => heard.push(pair), off() {}, send() {} } });
  }
}

// A page that does not say whether it is light or dark tells it by the colour of its words; pictures follow what is said,
// and Chromium draws those that are there already anew only when it changes.
function follow({ colorScheme, color }) {
  const root = document.documentElement, sum = color.match(/\d+/g).slice(0, 3).reduce((all, part) => all + Number(part), 0);
  if (colorScheme !== "normal") return;
  for (const scheme of sum > 382 ? ["light", "dark"] : ["dark", "light"]) {
    root.style.colorScheme = scheme;
    root.getBoundingClientRect();
  }
}

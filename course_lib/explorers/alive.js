// Lets a still live where no kernel runs: `render` gets a model like that of a widget, which nobody but the page hears.
function enliven(name, state, style) {
  for (const el of document.querySelectorAll(`.${name}:not([data-alive])`)) {
    const heard = [], own = structuredClone(state);
    const set = (key, value) => {
      own[key] = value;
      for (const [event, act] of heard) if (event === `change:${key}`) act();
    };
    el.dataset.alive = "";
    el.before(Object.assign(document.createElement("style"), { textContent: style }));
    render({ el, model: { get: (key) => own[key], set, save_changes() {}, on: (...pair) => heard.push(pair), off() {}, send() {} } });
  }
}

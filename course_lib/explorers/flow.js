// Ask a number of the chain where it comes from. Python draws the picture (flow.py) and sends the chain as data (chain.py);
// this lights what a chosen number arises from and writes its arithmetic out. A test compares every number with steps.py.
const NARROW = 640;

function show(value) {
  if (value === null) return "−∞";
  const text = Math.abs(value - Math.round(value)) < 1e-9 ? String(Math.round(value)) : value.toFixed(4);
  return value < 0 ? `(${text.replace("-", "−")})` : text;
}

const terms = (pairs) => pairs.map((pair) => pair.map(show).join(" × ")).join(" + ");
const power = (value) => `e^${show(value)}`;
const hidden = "a later token may not be seen";

// The softmax of the first n numbers of a row: its entry j.
function share(a, i, j, n) {
  const row = a.values[i].slice(0, n);
  return [`${power(row[j])} / (${row.map(power).join(" + ")})`, [[a, i, j], ...row.map((_, k) => [a, i, k])]];
}

// Numbers times their partners, n pairs of [matrix, row, column]: as they are written, and where, the largest product first.
const at = ([a, i, j]) => a.values[i][j];
function products(n, first, second) {
  const pairs = Array.from({ length: n }, (_, k) => [first(k), second(k)]);
  const size = (pair) => Math.abs(at(pair[0]) * at(pair[1]));
  return [terms(pairs.map((pair) => pair.map(at))), [...pairs].sort((p, q) => size(q) - size(p)).flat()];
}

// Softmax down a column, of numbers that are divided first; and what it hands back.
function columnShare(a, i, by) {
  const part = ([x]) => (by ? `e^(${show(x)} / ${by})` : power(x)), places = a.values.map((_, k) => [a, k, 0]);
  return [`${part(a.values[i])} / (${a.values.map(part).join(" + ")})`, [[a, i, 0], ...places]];
}
function pulled(weights, g, i, by) {
  const [mean, from] = products(g.values.length, (k) => [weights, k, 0], (k) => [g, k, 0]);
  return [`${show(weights.values[i][0])} × (${show(g.values[i][0])} − (${mean})) / ${by}`, [[weights, i, 0], [g, i, 0], ...from]];
}

// For each rule: the arithmetic of entry (i, j), and the entries that it arises from as [matrix, row, column]; of each matrix
// first the one that matters most, to which one goes on.
const RULES = {
  sum: ([a, b], i, j) => [`${show(a.values[i][j])} + ${show(b.values[i][j])}`, [[a, i, j], [b, i, j]]],
  product: ([a, b], i, j) => products(b.values.length, (k) => [a, i, k], (k) => [b, k, j]),
  "product of rows": ([a, b], i, j) => products(a.values[i].length, (k) => [a, i, k], (k) => [b, j, k]),
  "product of columns": ([a, b], i, j) => products(a.values.length, (k) => [a, k, i], (k) => [b, k, j]),
  quotient: ([a], i, j, by) => [`${show(a.values[i][j])} / ${by}`, [[a, i, j]]],
  mask: ([a], i, j) => [j <= i ? show(a.values[i][j]) : hidden, [[a, i, j]]],
  softmax: ([a], i, j) => share(a, i, j, a.values[i].length),
  "masked softmax": ([a], i, j) => (j <= i ? share(a, i, j, i + 1) : [hidden, [[a, i, j]]]),
  "softmax of a column": ([a], i, j, by) => columnShare(a, i, by),
  surprise: ([a]) => [`−log(${show(a.values[0][0])})`, [[a, 0, 0]]],
  "share minus given": ([a], i) => [`${show(a.values[i][0])} − ${i === 0 ? 1 : 0}`, [[a, i, 0]]],
  "softmax gradient": ([weights, g], i, j, by) => pulled(weights, g, i, by),
  kept: ([a], i, j, by) => (i < by ? ["kept from an earlier step", []] : [show(a.values[0][j]), [[a, 0, j]]]),
  "side by side": (sources, i, j) => [show(sources[j].values[i][0]), [[sources[j], i, 0]]],
};

function render({ model, el }) {
  el.classList.add("course", "course-flow");
  el.innerHTML = `<div></div><div class="told"><p role="status"></p><small></small><div></div></div>
    <label hidden>a sentence of your own <input type="text" data-lm-suppress-shortcuts="true"></label><i></i>`;
  const [paper, told, own, place] = el.children, [status, note, buttons] = told.children, input = own.querySelector("input");
  let chain, labels, chosen, path = [], tall;

  const drawn = () => Object.values(chain).filter((matrix) => matrix.step).map((matrix) => matrix.name);
  const cells = (name) => paper.querySelectorAll(`[data-matrix="${name}"] .cell`);
  const cell = (name, i, j) => cells(name)[i * chain[name].columns.length + j];
  const row = (name, i) => chain[name].rows[i] ?? labels[i];
  const called = (name, i, j) => [name, row(name, i), chain[name].columns[j]].filter(Boolean).join(", ");

  function arises(name, i, j) {
    const { rule, of, by } = chain[name];
    return RULES[rule](of.map((source) => chain[source]), i, j, by);
  }

  // Show a number, which may have been covered until now.
  function uncover(name, i, j) {
    const one = cell(name, i, j);
    one?.classList.add("seen");
    one?.setAttribute("aria-label", `${called(name, i, j)}: ${show(chain[name].values[i][j])}`);
    return one;
  }

  function choose(name, i, j, focus = true) {
    const [arithmetic, from] = arises(name, i, j), value = show(chain[name].values[i][j]).replace(/[()]/g, ""), here = cell(name, i, j);
    if (chosen) cell(...chosen)?.setAttribute("tabindex", -1);
    for (const lit of paper.querySelectorAll(".on, .from")) lit.classList.remove("on", "from");
    for (const [source, k, l] of from) uncover(source.name, k, l)?.classList.add("from");
    chosen = [name, i, j];
    uncover(name, i, j).classList.add("on");
    here.setAttribute("tabindex", 0);
    status.textContent = `${called(name, i, j)}: ${arithmetic === value ? value : `${arithmetic} = ${value}`}`;
    note.textContent = chain[name].note;
    offer(from.filter(([source]) => source.step));
    if (!focus) return;
    here.focus({ preventScroll: true });
    const { top, height } = here.getBoundingClientRect();              // Firefox scrolls to no part of a picture, but to `place`
    Object.assign(place.style, { top: `${top - el.getBoundingClientRect().top}px`, height: `${height}px` });
    place.style.scrollMarginBottom = `${told.offsetHeight}px`;          // above the answer
    place.scrollIntoView({ block: "nearest", inline: "nearest", behavior: "instant" });
  }

  // Go on to each matrix that the number arises from, to the first of its numbers there; and back.
  function offer(from) {
    buttons.replaceChildren();
    const first = from.filter(([source], n) => from.findIndex(([other]) => other === source) === n);
    for (const [source, k, l] of first) button(`go on to ${source.name}`, () => { path.push(chosen); choose(source.name, k, l); });
    if (path.length) button("back", () => choose(...path.pop()));
  }

  function button(text, act) {
    const made = buttons.appendChild(document.createElement("button"));
    made.textContent = text;
    made.dataset.lmSuppressShortcuts = "true";
    made.onclick = act;
  }

  function draw() {
    const setup = model.get("setup");
    if (setup.error) { status.textContent = setup.error; return; }
    chain = Object.fromEntries(setup.chain.map((matrix) => [matrix.name, matrix]));
    [labels, path, chosen] = [setup.labels, [], null];
    paper.innerHTML = setup[tall ? "tall" : "wide"];
    paper.firstElementChild.setAttribute("role", "group");              // what is in an img is hidden from screen readers
    for (const name of drawn()) cells(name).forEach((one, n) => ready(one, name, n));
    choose(...setup.start, false);
  }

  function ready(one, name, n) {
    const width = chain[name].columns.length, [i, j] = [Math.floor(n / width), n % width];
    one.setAttribute("role", "button");
    one.setAttribute("tabindex", -1);
    if (one.closest(".covered")) one.setAttribute("aria-label", `${called(name, i, j)}: covered`);
    else uncover(name, i, j);
    one.dataset.lmSuppressShortcuts = "true";
    one.onclick = () => { path = []; choose(name, i, j); };
  }

  // The arrow keys go from number to number, and past the side of a matrix to the next one.
  paper.addEventListener("keydown", (event) => {
    const way = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0] }[event.key];
    if (!way || !chosen) return;
    event.preventDefault();
    const [name, i, j] = chosen, { values } = chain[name], next = drawn()[drawn().indexOf(name) + way[1]];
    const within = (k, { values }) => Math.min(values.length - 1, Math.max(0, k));
    const [k, l] = [within(i + way[0], chain[name]), j + way[1]];
    path = [];
    if (l in values[k]) choose(name, k, l);
    else if (next) choose(next, within(k + chain[name].first - chain[next].first, chain[next]), way[1] > 0 ? 0 : chain[next].columns.length - 1);
  });
  input.oninput = () => { model.set("text", input.value); model.save_changes(); };
  const answered = () => { own.hidden = false; input.value = model.get("text"); };
  const watch = new ResizeObserver(() => {
    const now = el.clientWidth < NARROW;
    if (el.clientWidth && now !== tall) { tall = now; requestAnimationFrame(draw); }          // heads.js says why in a frame
  });
  model.on("msg:custom", answered);
  model.on("change:setup", draw);
  watch.observe(el);
  model.send("is there a kernel?");
  return () => { watch.disconnect(); model.off("change:setup", draw); model.off("msg:custom", answered); };
}

export default { render };

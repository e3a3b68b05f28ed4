// All heads of a language model as thumbnails, one of them large. Python sends the weights of a whole text (heads.py); from
// then on nothing is asked for: a key press draws at once, also where no kernel runs.
const LEFT = 38, TOP = 20, GAP = 2, SMALL = 22, LARGE = 32, NARROW = 640, PAUSE = 60;      // pixels; milliseconds without a key
const MOVES = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0] };
const PARTS = `<div class="course-presets" role="group" aria-label="stories"></div><p role="status"></p><small></small>
  <label hidden>a text of your own <input type="text" maxlength="300" autocomplete="off" spellcheck="false"></label>
  <div class="course-presets" role="group" aria-label="sort the heads by"></div><small></small><div class="both">
  <div class="board"><canvas role="slider" tabindex="0" aria-label="head" aria-valuemin="0"></canvas><i></i></div>
  <div class="large"><div role="grid" aria-label="weights: rows are queries, columns keys"></div><div class="row"></div>
  <small>Click, or move by the arrow keys, from head to head and from weight to weight. ␣ is a space: for the model it is part
  of the word behind it. A dashed frame is where heads of the chosen kind have their weight.</small></div></div>`;

const range = (n) => [...Array(n).keys()];
const clamp = (value, end) => Math.min(end, Math.max(0, value));
const make = (tag, properties, ...inside) => {
  const element = Object.assign(document.createElement(tag), properties);
  element.append(...inside);
  return element;
};

// The weights of a text: head h gives key j of query i `at(h, i, j)`.
function unpack({ weights, tokens: { length: n } }) {
  const size = (n * (n + 1)) / 2, bytes = Uint8Array.from(atob(weights), (byte) => byte.charCodeAt(0));
  const packed = new Uint16Array(bytes.buffer);
  return { n, count: packed.length / size, at: (h, i, j) => packed[h * size + (i * (i + 1)) / 2 + j] / 1e4 };
}

function render({ model, el }) {
  const { readings, kinds, presets } = model.get("setup");
  el.classList.add("course-heads");
  el.innerHTML = PARTS;
  const [stories, status, story, own, sorting, ranking] = el.children, input = own.querySelector("input");
  const board = el.querySelector("canvas"), frame = board.nextSibling, [grid, row] = el.querySelector(".large").children;
  let reading, n, count, at, columns, kind, order, scores, head, pair, atlas, cells, words, thumb = SMALL, timer;

  const name = (h) => `${Math.floor(h / columns)}.${h % columns}`;
  const label = (i) => `${reading.tokens[i]} (${i})`;
  const says = (i, j) => `${label(i)} gives ${at(head, i, j).toFixed(4)} of its weight to ${label(j)}`;
  const tell = (i, j) => { status.textContent = `Head ${name(head)}: ${says(i, j)}.`; };
  const corner = (place) => [LEFT + (place % columns) * thumb, TOP + Math.floor(place / columns) * thumb];

  function token(role, i) {
    const [colour, mark] = reading.looks[i], title = reading.tokens[i];
    return make("span", { role, title, className: "token" }, make("b", { textContent: mark, style: `color: ${colour}` }), title);
  }

  function button(box, textContent, onclick) {
    const made = box.appendChild(make("button", { textContent, onclick }));
    made.dataset.lmSuppressShortcuts = "true";
    return made;
  }

  // Show a text: its table and its words are built once, then only filled.
  function open(next) {
    [reading, columns, atlas] = [next, next.n_heads, null];
    ({ n, count, at } = unpack(next));
    input.value = reading.text;
    grid.style.setProperty("--n", n);
    cells = range(n).map((i) => range(i + 1).map((j) => {
      const cell = make("span", { role: "gridcell", className: "cell" });
      Object.assign(cell.dataset, { i, j, lmSuppressShortcuts: "true" });
      return cell;
    }));
    const above = [make("span", { role: "columnheader" }, "query \\ key"), ...range(n).map((j) => token("columnheader", j))];
    const lines = cells.map((line, i) => [token("rowheader", i), ...line]);
    grid.replaceChildren(...[above, ...lines].map((line) => make("div", { role: "row" }, ...line)));
    words = range(n).map((j) => make("span", {}, make("span"), make("i"), token("none", j)));
    row.replaceChildren(...words);
    sorting.replaceChildren();
    for (const each of ["layer", ...Object.keys(reading.aims), "pair"])
      button(sorting, each, () => { story.textContent = ""; sort(each, true); }).dataset.kind = each;
  }

  // The order of the thumbnails, by how much weight a head has on the pairs of a kind, the mean over their queries. If the
  // reader asks for it, the best head becomes large.
  function sort(next, jump = false) {
    kind = next;
    const pairs = kind === "pair" ? [pair] : reading.aims[kind] ?? [], queries = new Set(pairs.map(([i]) => i)).size;
    scores = range(count).map((h) => pairs.reduce((sum, [i, j]) => sum + at(h, i, j), 0) / (queries || 1));
    order = range(count).sort((a, b) => scores[b] - scores[a]);
    if (jump && queries) [head, pair] = [order[0], pairs.find(([i]) => i === pair[0]) ?? pairs.at(-1)];
    const best = order.slice(0, 3).map((h) => `${name(h)} (${scores[h].toFixed(2)})`).join(", ");
    const what = kind === "pair" ? `weight that ${label(pair[0])} gives to ${label(pair[1])}`
      : `mean weight ${kinds[kind]}, here over ${queries} ${queries === 1 ? "token" : "tokens"}`;
    ranking.textContent = queries ? `The best come first: ${best}. The score is the ${what}.`
      : `A row of small pictures is a layer, 0 to ${count / columns - 1}; in it stand its heads, 0 to ${columns - 1}.`;
    for (const choice of sorting.children) choice.setAttribute("aria-pressed", choice.dataset.kind === kind);
    for (const cell of cells.flat()) cell.classList.remove("aim");
    for (const [i, j] of pairs) cells[i][j].classList.add("aim");
    draw();
    show();
  }

  // Every head as a picture with a pixel for each weight, one below the other.
  function paint() {
    const picture = new ImageData(n, n * count), colour = getComputedStyle(board).color.match(/[\d.]+/g).slice(0, 3);
    for (let h = 0; h < count; h++) for (let i = 0; i < n; i++) for (let j = 0; j <= i; j++)
      picture.data.set([...colour, 255 * at(h, i, j)], 4 * ((h * n + i) * n + j));
    atlas = make("canvas", { width: n, height: n * count });
    atlas.getContext("2d").putImageData(picture, 0, 0);
  }

  function draw() {
    const [width, height] = [LEFT + columns * thumb, TOP + (count / columns) * thumb], side = thumb - GAP;
    const paper = board.getContext("2d"), ratio = devicePixelRatio;
    if (!el.clientWidth) return;                // it is not in the page yet and has no colours; `watch` draws it when it is
    if (!atlas) paint();
    Object.assign(board, { width: width * ratio, height: height * ratio });
    Object.assign(board.style, { width: `${width}px`, height: `${height}px` });
    paper.scale(ratio, ratio);
    Object.assign(paper, { font: "12px system-ui, sans-serif", textAlign: "center", fillStyle: getComputedStyle(el).color });
    order.forEach((h, place) => {
      const [x, y] = corner(place);
      if (x === LEFT) paper.fillText(kind === "layer" ? place / columns : scores[h].toFixed(2), LEFT / 2, y + thumb / 2 + 4);
      if (kind === "layer" && y === TOP) paper.fillText(place, x + side / 2, TOP - 6);
      paper.globalAlpha = 0.08;
      paper.fillRect(x, y, side, side);
      paper.globalAlpha = 1;
      paper.drawImage(atlas, 0, h * n, n, n, x, y, side, side);
    });
  }

  // Fill the large head and the sentence below it with what is chosen.
  function show(focus = false) {
    const place = order.indexOf(head), [query, key] = pair, [x, y] = corner(place), side = `${thumb - GAP}px`;
    Object.assign(frame.style, { left: `${x - 3}px`, top: `${y - 3}px`, width: side, height: side });
    Object.assign(board, { ariaValueMax: count - 1, ariaValueNow: place, ariaValueText: `${name(head)}, ${says(query, key)}` });
    cells.forEach((line, i) => line.forEach((cell, j) => {
      const chosen = i === query && j === key;
      cell.style.setProperty("--w", at(head, i, j));
      Object.assign(cell, { ariaLabel: says(i, j), ariaSelected: chosen, tabIndex: chosen ? 0 : -1 });
      cell.parentElement.className = i === query ? "on" : "";
    }));
    words.forEach((word, j) => {
      const weight = j > query ? 0 : at(head, query, j);
      word.className = `${j === key ? "key" : ""} ${j === query ? "query" : j > query ? "later" : ""}`;
      word.style.setProperty("--w", weight);
      word.firstChild.textContent = j > query ? "" : weight.toFixed(4);
    });
    sorting.lastChild.textContent = `${label(query)} → ${label(key)}`;
    tell(query, key);
    if (focus) cells[query][key].focus({ preventScroll: true });
  }

  const go = (place) => { [head, story.textContent] = [order[place] ?? head, ""]; show(); };
  const choose = ([i, j]) => {
    [pair, story.textContent] = [[i, clamp(j, i)], ""];
    if (kind === "pair") sort(kind);
    show(true);
  };
  const under = ({ target: { dataset } }) => dataset.i && [Number(dataset.i), Number(dataset.j)];
  grid.onclick = (event) => { if (under(event)) choose(under(event)); };
  grid.onpointerover = (event) => tell(...(under(event) || pair));
  grid.onpointerleave = () => tell(...pair);
  board.onclick = ({ offsetX, offsetY }) => {
    const [i, j] = [offsetY - TOP, offsetX - LEFT].map((length) => Math.floor(length / thumb));
    if (i >= 0 && j >= 0 && j < columns) go(i * columns + j);
  };
  for (const [place, move] of [[board, ([down, right]) => go(order.indexOf(head) + down * columns + right)],
    [grid, ([down, right]) => choose([clamp(pair[0] + down, n - 1), pair[1] + right])]])
    place.onkeydown = (event) => {
      if (!MOVES[event.key]) return;
      event.preventDefault();
      move(MOVES[event.key]);
    };

  function tellStory([text, [layer, i], chosen, by, sentence]) {
    clearTimeout(timer);
    open(readings[text]);
    [head, pair] = [layer * columns + i, chosen];
    sort(by);
    story.textContent = sentence;
  }

  // The reader's own text: asked for after a short pause, shown if it still is what stands in the field.
  function arrived(answer) {
    if (answer.text !== input.value) return;
    story.textContent = "";
    if (answer.error) { status.textContent = answer.error; return; }
    open(answer);
    pair = [n - 1, range(n).reduce((most, j) => (at(head, n - 1, j) > at(head, n - 1, most) ? j : most))];
    sort(kind in reading.aims || kind === "pair" ? kind : "layer");
  }
  function ask() {
    const text = input.value, known = Object.hasOwn(readings, text) ? readings[text] : model.get("own");
    if (known.text === text) arrived(known);
    else { model.set("text", text); model.save_changes(); }
  }
  const answered = () => { own.hidden = false; }, heard = () => arrived(model.get("own"));
  const watch = new ResizeObserver(() => {
    const size = el.clientWidth < NARROW ? clamp(Math.floor((el.clientWidth - LEFT) / columns), LARGE) : SMALL;
    // In a frame of its own: what changes the size of what is observed at once is an error in the console.
    if (el.clientWidth && (size !== thumb || !atlas)) requestAnimationFrame(() => { thumb = size; draw(); show(); });
  });
  input.dataset.lmSuppressShortcuts = board.dataset.lmSuppressShortcuts = "true";
  input.oninput = () => { clearTimeout(timer); timer = setTimeout(ask, PAUSE); };
  // The colour of the board changes when the page becomes light or dark: while it is seen, or before it is seen again.
  board.ontransitionend = board.onanimationstart = () => { atlas = null; requestAnimationFrame(draw); };
  for (const [text, preset] of Object.entries(presets)) button(stories, text, () => tellStory(preset));
  tellStory(Object.values(presets)[0]);
  model.on("change:own", heard);
  model.on("msg:custom", answered);
  watch.observe(el);
  model.send("is there a kernel?");
  return () => { watch.disconnect(); clearTimeout(timer); model.off("change:own", heard); model.off("msg:custom", answered); };
}

export default { render };

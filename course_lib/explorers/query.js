// The query of `query_in_the_plane` (views.py), dragged without a kernel. Python draws the picture once; this moves the
// arrow and the cross and writes the numbers. A test compares the two over a grid of queries.
const END = 5, ROOM = 60;
const HEAD = "M0 0l-11 -5v10z", DOT = "M-4 -4h8v8h-8z";

function decimal(value, decimals = 4) {
  const text = value.toFixed(decimals);
  return Number(text) === 0 ? (0).toFixed(decimals) : text;       // no -0.0000
}

function pair(point) {
  return `(${point.map((x) => decimal(x, Math.abs(x - Math.round(x)) < 1e-9 ? 0 : 4)).join(", ")})`;
}

function attend(query, keys, values) {
  const scores = keys.map((key) => query[0] * key[0] + query[1] * key[1]);
  const exponentials = scores.map((score) => Math.exp((score - Math.max(...scores)) / Math.SQRT2));
  const total = exponentials.reduce((sum, e) => sum + e);
  const weights = exponentials.map((e) => e / total);
  return { scores, weights, output: [0, 1].map((c) => weights.reduce((sum, w, j) => sum + w * values[j][c], 0)) };
}

function says(labels, weights) {
  const highest = Math.max(...weights), first = labels.filter((_, j) => Math.abs(weights[j] - highest) < 1e-9);
  if (first.length === labels.length) return `All get the same weight, ${decimal(highest)}.`;
  return first.length === 1
    ? `${first[0]} gets the most weight: ${decimal(highest)}.`
    : `${first.slice(0, -1).join(", ")} and ${first.at(-1)} get the most weight: ${decimal(highest)} each.`;
}

function place(mark, [x, y], low, high, unit) {
  const svg = mark.ownerSVGElement, [left, top] = [(x - low) * unit, (high - y) * unit];
  mark.setAttribute("transform", `translate(${decimal(left, 1)} ${decimal(top, 1)})`);
  const [line, head] = mark.querySelectorAll("path");
  if (head) {
    line.setAttribute("d", `M0 0L${decimal(-x * unit, 1)} ${decimal(y * unit, 1)}`);
    head.setAttribute("d", x || y ? HEAD : DOT);
    head.setAttribute("transform", `rotate(${decimal((Math.atan2(-y, x) * 180) / Math.PI, 1)})`);
    const name = mark.querySelector("text"), before = x <= 0 && left > ROOM;
    name.setAttribute("x", before ? -8 : 8);
    name.setAttribute("y", top > 29 ? -19 : 16);
    name.setAttribute("text-anchor", before ? "end" : "start");
  }
  const kind = mark.dataset.mark, told = svg.getAttribute("aria-label").split("\n").slice(0, -1);
  svg.setAttribute("aria-label", [...told, `${kind} ${kind}: ${pair([x, y])}`].join("\n"));
}

function render({ model, el }) {
  const { labels, keys, values, page, presets, planes } = model.get("setup");
  el.classList.add("jp-RenderedHTMLCommon");              // tables look as they do beside it
  el.innerHTML = `<div class="course-presets"></div>${page}`;
  const [sentence, rows] = [el.querySelector("p"), el.querySelectorAll("tbody tr")];
  const [query, output] = ["query", "output"].map((kind) => el.querySelector(`[data-mark=${kind}]`));
  const paper = query.ownerSVGElement;

  function draw() {
    const at = model.get("query"), now = attend(at, keys, values);
    place(query, at, ...planes.query);
    place(output, now.output, ...planes.output);
    keys.forEach((_, j) => [now.scores, now.weights].forEach((column, c) => { rows[j].cells[c + 1].textContent = decimal(column[j]); }));
    now.output.forEach((value, c) => { rows[keys.length].cells[c + 3].textContent = decimal(value); });
    sentence.textContent = `Query ${pair(at)}: ${says(labels, now.weights)}`;
    query.setAttribute("aria-valuetext", pair(at));
  }

  function turn(point) {
    model.set("query", point.map((x) => Math.min(END, Math.max(-END, Math.round(x * 10) / 10))));
  }

  function follow(event) {
    const box = paper.getBoundingClientRect(), [low, high, unit] = planes.query;
    turn([low + (event.clientX - box.left) / unit, high - (event.clientY - box.top) / unit]);
  }

  for (const [label, point] of presets) {
    const button = el.firstChild.appendChild(document.createElement("button"));
    button.textContent = label;
    button.onclick = () => turn(point);
  }
  for (const [name, value] of Object.entries({ role: "slider", tabindex: 0, "aria-label": "query" })) query.setAttribute(name, value);
  for (const element of el.querySelectorAll("button, [tabindex]")) element.dataset.lmSuppressShortcuts = "true";
  sentence.setAttribute("role", "status");
  paper.setAttribute("role", "group");                    // what is in an img is hidden from screen readers
  query.addEventListener("keydown", (event) => {
    const way = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] }[event.key];
    if (!way) return;
    event.preventDefault();
    turn(model.get("query").map((x, c) => x + way[c] * (event.shiftKey ? 0.1 : 0.5)));
  });
  paper.addEventListener("pointerdown", (event) => {
    event.preventDefault();
    paper.setPointerCapture(event.pointerId);
    query.focus({ preventScroll: true });
    follow(event);
  });
  paper.addEventListener("pointermove", (event) => { if (paper.hasPointerCapture(event.pointerId)) follow(event); });
  paper.style.touchAction = "none";
  paper.style.cursor = "crosshair";
  model.on("change:query", draw);
  draw();
  return () => model.off("change:query", draw);
}

export default { render };

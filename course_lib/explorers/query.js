// The query of `query_in_the_plane` (views.py), dragged without a kernel. Python draws the picture once; this moves the
// arrow and the cross and writes the numbers. A test compares the two over a grid of queries.
const END = 5, SIDE = 348, CHARACTER = 8, HEAD = "M0 0l-11 -5v10z", DOT = "M-4 -4h8v8h-8z";
const ANCHORS = ["start", "middle", "end"], NEAR = 8, FINGER = 24;      // pixels about the tip that a finger hits

function decimal(value, decimals = 4) {
  const text = value.toFixed(decimals);
  return Number(text) === 0 ? (0).toFixed(decimals) : text;       // no -0.0000
}

const pair = (point) => `(${point.map((x) => decimal(x).replace(/\.?0+$/, "")).join(", ")})`;

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

const box = (x, y, size) => [x - size, y - size, x + size, y + size];
const overlap = (a, b) => a[0] < b[2] && b[0] < a[2] && a[1] < b[3] && b[1] < a[3];

// Where the name of a mark hides the least: the rule of planes.py. → x, y, anchor
function beside(name, best, left, top, own, { height, hard, soft }, places) {
  const width = CHARACTER * name.length, costs = places.map(([aligned, right, down], i) => {
    const [x, y] = [left + right - aligned * (width / 2), top + down], a = [x, y, x + width, y + 18];
    const outside = a[0] < 2 || a[1] < 2 || a[2] > SIDE - 2 || a[3] > height - 2;
    const covers = (boxes) => boxes.filter((b) => overlap(a, b)).length;
    return 1e6 * outside + 1e3 * (covers(hard) + covers(own.slice(0, -1))) + covers(soft) + covers(own)
      + 0.5 * (i !== best) + 4 * (i >= NEAR) + 4 * (i >= 18);
  });
  const [aligned, right, down] = places[costs.indexOf(Math.min(...costs))];
  return [right, down + 14, ANCHORS[aligned]];
}

function move(mark, [x, y], plane, places) {
  const { low, top: high, unit } = plane, at = (p, q) => [(p - low) * unit, (high - q) * unit];
  const kind = mark.dataset.mark, [left, top] = at(x, y), [line, head] = mark.querySelectorAll("path"), own = [];
  let best = 0;
  mark.setAttribute("transform", `translate(${decimal(left, 1)} ${decimal(top, 1)})`);
  if (head) {
    line.setAttribute("d", `M0 0L${decimal(-x * unit, 1)} ${decimal(y * unit, 1)}`);
    head.setAttribute("d", x || y ? HEAD : DOT);
    head.setAttribute("transform", `rotate(${decimal((Math.atan2(-y, x) * 180) / Math.PI, 1)})`);
    const [x0, y0] = at(0, 0), steps = Math.ceil(Math.max(Math.abs(left - x0), Math.abs(top - y0)) / 6);
    for (let i = 0; steps && i <= steps; i++) own.push(box(x0 + ((left - x0) * i) / steps, y0 + ((top - y0) * i) / steps, 3));
    best = Math.abs(y) > Math.abs(x) ? (y > 0 ? 1 : 2) : x < 0 ? 3 : 0;
  }
  const name = mark.querySelector("text"), found = beside(kind, best, left, top, own, plane, places);
  ["x", "y", "text-anchor"].forEach((key, i) => name.setAttribute(key, found[i]));
  const svg = mark.ownerSVGElement, told = svg.getAttribute("aria-label").split("\n").slice(0, -1);
  svg.setAttribute("aria-label", [...told, `${kind} ${kind}: ${pair([x, y])}`].join("\n"));
}

function render({ model, el }) {
  const { labels, keys, values, page, presets, planes, places } = model.get("setup");
  el.classList.add("jp-RenderedHTMLCommon");              // tables look as they do beside it
  el.innerHTML = `<div class="course-presets"></div>${page}`;
  const [sentence, rows] = [el.querySelector("p"), el.querySelectorAll("tbody tr")];
  const [query, output] = ["query", "output"].map((kind) => el.querySelector(`[data-mark=${kind}]`));
  const paper = query.ownerSVGElement;

  function draw() {
    const at = model.get("query"), now = attend(at, keys, values);
    move(query, at, planes.query, places);
    move(output, now.output, planes.output, places);
    keys.forEach((key, j) => {
      const product = Math.hypot(...at) * Math.hypot(...key), cosine = product ? decimal(now.scores[j] / product) : "";
      [cosine, decimal(now.scores[j]), decimal(now.weights[j])].forEach((text, c) => { rows[j].cells[c + 2].textContent = text; });
    });
    sentence.firstChild.textContent = `Query ${pair(at)}, of length ${decimal(Math.hypot(...at))}: ${says(labels, now.weights)}`;
    query.setAttribute("aria-valuetext", pair(at));
  }

  function turn(point) {
    model.set("query", point.map((x) => Math.min(END, Math.max(-END, Math.round(x * 10) / 10))));
  }

  function follow(event) {
    const { left, top, width } = paper.getBoundingClientRect(), { low, top: high, unit } = planes.query;
    turn([event.clientX - left, event.clientY - top].map((pixels, c) => [low, high][c] + [1, -1][c] * ((pixels * SIDE) / width) / unit));
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
  // A finger on the query's tip drags it. One that comes down elsewhere may mean to scroll: the query comes when it goes up.
  const near = ({ clientX, clientY }) => {
    const { x, y, width, height } = query.querySelectorAll("path")[1].getBoundingClientRect();
    return Math.hypot(clientX - x - width / 2, clientY - y - height / 2) < FINGER;
  };
  let held = false;
  paper.addEventListener("touchstart", (event) => { if (near(event.touches[0])) event.preventDefault(); }, { passive: false });
  paper.addEventListener("pointerdown", (event) => {
    event.preventDefault();
    paper.setPointerCapture(event.pointerId);
    query.focus({ preventScroll: true });
    held = event.pointerType !== "touch" || near(event);
    if (held) follow(event);
  });
  paper.addEventListener("pointermove", (event) => { if (held && paper.hasPointerCapture(event.pointerId)) follow(event); });
  paper.addEventListener("pointerup", (event) => { if (paper.hasPointerCapture(event.pointerId)) follow(event); });
  paper.style.touchAction = "pan-y";
  paper.style.cursor = "crosshair";
  model.on("change:query", draw);
  draw();
  return () => model.off("change:query", draw);
}

export default { render };

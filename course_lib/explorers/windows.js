// Layers of windows (long.py): who has a part in an output. Python draws the first picture; this draws every other, and a test
// compares the two.
const NAMES = { size: "window", sink: "sink", layers: "layers", token: "output of token" };

const sees = ({ size, sink }, i, j) => j <= i && (i - j < size || j < sink);

function connected(at, n) {
  const found = [[at.token]];
  for (let layer = 0; layer < at.layers; layer++)
    found.push([...Array(n).keys()].filter((j) => found.at(-1).some((i) => sees(at, i, j))));
  return found;
}

function says({ size, sink, layers, token }, parts, n) {
  const kept = Math.min(n, size + sink);
  return `${layers === 1 ? "1 layer" : `${layers} layers`}, a window of ${size}${sink ? ` and a sink of ${sink}` : ""}: ${parts} of the `
    + `${token + 1} tokens so far ${parts === 1 ? "has" : "have"} a part in the output of token ${token}. A layer keeps ${kept} `
    + `key${kept > 1 ? "s" : ""}.`;
}

function render({ model, el }) {
  const { page, presets, n, step, layer, left, bottom } = model.get("setup"), start = model.get("at");
  el.classList.add("course-windows", "jp-RenderedHTMLCommon");
  el.innerHTML = `<div class="course-presets"></div>${page}`;
  const sentence = el.querySelector("p"), svg = el.querySelector("svg"), lines = svg.querySelector(".lines");
  const circles = [...svg.querySelectorAll("circle")], limits = { size: [1, n], sink: [0, 3], layers: [1, 4], token: [0, n - 1] };

  const controls = document.createElement("div"), sliders = {};
  controls.className = "controls";
  sentence.after(controls);
  for (const [name, [min, max]] of Object.entries(limits)) {
    const label = controls.appendChild(document.createElement("label")), input = document.createElement("input");
    const shown = document.createElement("span");
    Object.assign(input, { type: "range", min, max, step: 1, ariaLabel: NAMES[name] });
    input.oninput = () => model.set("at", { ...model.get("at"), [name]: Number(input.value) });
    label.append(NAMES[name], input, shown);
    sliders[name] = [input, shown];
  }

  function draw() {
    const at = model.get("at"), found = connected(at, n), path = [];
    for (let up = 0; up < at.layers; up++) {
      const y = bottom - layer * (at.layers - up);
      for (const i of found[up]) for (const j of found[up + 1])
        if (sees(at, i, j)) path.push(`M${left + step * i} ${y}L${left + step * j} ${y + layer}`);
    }
    lines.setAttribute("d", path.join(""));
    circles.forEach((circle, c) => {
      const [high, i] = [Math.floor(c / n), c % n], reached = high <= at.layers && found[at.layers - high].includes(i);
      circle.setAttribute("r", reached ? 7 : 3);
      circle.setAttribute("opacity", high <= at.layers ? 1 : 0.25);
      circle.setAttribute("class", reached ? (high < at.layers ? "reached" : "output") : "");
      circle.removeAttribute("fill");
    });
    const told = says(at, found.at(-1).length, n);
    sentence.firstChild.textContent = told;
    svg.setAttribute("aria-label", told);
    for (const [name, [input, shown]] of Object.entries(sliders)) input.value = shown.textContent = at[name];
  }

  for (const [label, change] of presets) {
    const button = el.firstChild.appendChild(document.createElement("button"));
    button.textContent = label;
    button.onclick = () => model.set("at", { ...start, ...change });
  }
  for (const element of el.querySelectorAll("button, input")) element.dataset.lmSuppressShortcuts = "true";
  sentence.setAttribute("role", "status");
  svg.addEventListener("pointerdown", (event) => {                          // a token below is asked for its own output
    const { left: from, width } = svg.getBoundingClientRect();
    const i = Math.round((((event.clientX - from) * svg.viewBox.baseVal.width) / width - left) / step);
    if (i >= 0 && i < n) model.set("at", { ...model.get("at"), token: i });
  });
  model.on("change:at", draw);
  draw();
  return () => model.off("change:at", draw);
}

export default { render };

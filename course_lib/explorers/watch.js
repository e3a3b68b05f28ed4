// Four heads through their training (training.py). Python draws the page once and sends the numbers; this shows those of the
// chosen time without the chosen heads, and tells a single weight. A test compares what is shown with what Python draws.
const SVG = "http://www.w3.org/2000/svg", LEAST = 5;

function says(step, gone, [right, loss]) {
  const names = gone.length > 1 ? `${gone.slice(0, -1).join(", ")} and ${gone.at(-1)}` : gone[0];
  return `${step ? `After ${step} steps` : "Before training"}${gone.length ? `, without ${names}` : ""}: of the letters that can be `
    + `known ${right.toFixed(1)} % are right; the loss is ${loss.toFixed(2)} nats a letter.`;
}

function render({ model, el }) {
  const { page, steps, names, tokens, cell, side, presets, numbers, weights, places } = model.get("setup"), n = tokens.length;
  const first = (i) => (i * (i + 1)) / 2;                 // where row i begins: it ends with the token itself
  el.classList.add("course-watch", "jp-RenderedHTMLCommon");
  el.innerHTML = `<div class="course-presets"></div>${page}<p class="told" role="status"></p>`;
  const [sentence, told] = [el.querySelector("p"), el.querySelector(".told")], figures = [...el.querySelectorAll("figure")];
  const grids = figures.map((figure) => figure.querySelector("svg")), cells = grids.map(filled), cursors = grids.map(cursor);
  let at = [n - 1, n - 6];

  // All cells of the lower triangle, of which Python draws only those that are to be seen.
  function filled(svg) {
    const group = svg.querySelector(".cells");
    group.replaceChildren();
    return tokens.flatMap((_, i) => tokens.slice(0, i + 1).map((_, j) => {
      const path = group.appendChild(document.createElementNS(SVG, "path"));
      path.setAttribute("d", `M${cell * j} ${cell * i + cell / 2}h${cell}`);
      return path;
    }));
  }

  function cursor(svg) {
    const rect = svg.querySelector(".cells").parentNode.appendChild(document.createElementNS(SVG, "rect"));
    for (const [name, value] of Object.entries({ class: "cursor", width: cell, height: cell, visibility: "hidden" })) rect.setAttribute(name, value);
    return rect;
  }

  const of = (k) => {
    const [lower, upper] = weights[model.get("at")];
    return k < 2 ? lower[k] : upper[model.get("subset") & 3][k - 2];
  };

  function largest(row) {
    const goes = tokens.map((token, i) => {
      const part = row.slice(first(i), first(i + 1));
      return `${token} → ${tokens[part.indexOf(Math.max(...part))]}`;
    });
    return `Most weight goes from ${goes.join(", ")}.`;
  }

  function draw() {
    const time = model.get("at"), subset = model.get("subset"), now = numbers[time][subset];
    const silent = names.map((_, k) => Boolean((subset >> k) & 1));
    sentence.firstChild.textContent = says(steps[time], names.filter((_, k) => silent[k]), now);
    figures.forEach((figure, k) => {
      const row = of(k);
      cells[k].forEach((path, c) => path.setAttribute("opacity", row[c] >= LEAST ? row[c] / 1000 : 0));
      grids[k].setAttribute("aria-label", `${names[k]}. ${largest(row)}`);
      figure.classList.toggle("silent", silent[k]);
      figure.querySelector("small").textContent = `previous token ${now[2 + k].toFixed(2)}, induction ${now[6 + k].toFixed(2)}`;
      switches[k].checked = silent[k];
    });
    el.querySelector(".now").setAttribute("transform", `translate(${places[time].toFixed(1)} 0)`);
    slider.value = time;
    slider.setAttribute("aria-valuetext", `step ${steps[time]}`);
    shown.textContent = steps[time];
    if (told.textContent) tell(chosen);
  }

  // One weight, of the head that a hand or the focus is on; the same place is marked in every head.
  let chosen = 0;
  function tell(k) {
    const [i, j] = at, weight = (of(k)[first(i) + j] / 1000).toFixed(3);
    chosen = k;
    told.textContent = `${names[k]}: ${tokens[i]} gives ${tokens[j]} the weight ${weight}.`;
    for (const rect of cursors) {
      rect.setAttribute("x", cell * j);
      rect.setAttribute("y", cell * i);
      rect.setAttribute("visibility", "visible");
    }
  }

  function move(i, j, k) {
    const row = Math.min(n - 1, Math.max(0, i));
    at = [row, Math.min(row, Math.max(0, j))];
    tell(k);
  }

  const choose = ([time, subset]) => { model.set("at", time); model.set("subset", subset); };
  for (const [label, setting] of presets) {
    const button = el.firstChild.appendChild(document.createElement("button"));
    button.textContent = label;
    button.onclick = () => choose(setting);
  }
  const time = document.createElement("label"), slider = document.createElement("input"), shown = document.createElement("output");
  time.className = "time";
  Object.assign(slider, { type: "range", min: 0, max: steps.length - 1, step: 1 });
  time.append("training step", slider, shown);
  slider.oninput = () => model.set("at", Number(slider.value));
  sentence.after(time);

  const switches = figures.map((figure, k) => {
    const caption = figure.firstChild, label = document.createElement("label"), box = document.createElement("input");
    const name = Object.assign(document.createElement("span"), { textContent: names[k] });
    box.type = "checkbox";
    box.setAttribute("aria-label", `silence ${names[k]}`);
    box.onchange = () => model.set("subset", model.get("subset") ^ (1 << k));
    label.append(box, " silence");
    caption.replaceChildren(name, label);
    return box;
  });

  grids.forEach((svg, k) => {
    svg.setAttribute("role", "application");
    svg.setAttribute("aria-description", "The arrow keys tell single weights.");
    svg.setAttribute("tabindex", 0);
    svg.addEventListener("focus", () => tell(k));
    svg.addEventListener("keydown", (event) => {
      const way = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0] }[event.key];
      if (!way) return;
      event.preventDefault();
      move(at[0] + way[0], at[1] + way[1], k);
    });
    svg.addEventListener("pointermove", (event) => {
      const { left, top, width } = svg.getBoundingClientRect(), unit = (width * cell) / svg.viewBox.baseVal.width;
      const scale = width / svg.viewBox.baseVal.width;
      const [i, j] = [event.clientY - top, event.clientX - left].map((pixels) => Math.floor((pixels - side * scale) / unit));
      if (i >= 0 && j >= 0 && j <= i && i < n) move(i, j, k);
    });
  });
  for (const element of el.querySelectorAll("button, input, [tabindex]")) element.dataset.lmSuppressShortcuts = "true";
  sentence.setAttribute("role", "status");
  model.on("change:at", draw);
  model.on("change:subset", draw);
  draw();
  return () => { model.off("change:at", draw); model.off("change:subset", draw); };
}

export default { render };

// The cache that fills (long.py). Python draws the page once and sends every step; this shows the chosen one.
function render({ model, el }) {
  const { page, steps, presets } = model.get("setup"), most = steps.at(-1).counts[1];
  el.classList.add("course-fill", "jp-RenderedHTMLCommon");
  el.innerHTML = `<div class="course-presets"></div>${page}`;
  const [sentence, result] = [el.querySelector("p"), el.querySelector(".result")], rows = [...el.querySelectorAll("tbody tr")];
  const [bars, counts] = [".bar", ".count"].map((name) => [...el.querySelectorAll(name)]);
  for (const cell of el.querySelectorAll("td")) cell.removeAttribute("style");          // the classes of the rows colour them

  const control = document.createElement("label"), slider = document.createElement("input"), shown = document.createElement("span");
  Object.assign(slider, { type: "range", min: 1, max: steps.length, step: 1, ariaLabel: "tokens read" });
  control.append("tokens read", slider, shown);
  control.className = "control";
  sentence.after(control);
  slider.oninput = () => model.set("at", Number(slider.value));

  function draw() {
    const t = model.get("at"), step = steps[t - 1];
    sentence.firstChild.textContent = step.says;
    result.textContent = step.result;
    rows.forEach((row, i) => {
      row.className = i >= t ? "later" : i === t - 1 ? "new" : "kept";
      step.rows[i].forEach((text, c) => { row.cells[c + 1].textContent = i < t ? text : ""; });
    });
    step.counts.forEach((count, i) => {
      const width = (300 * count) / most;
      bars[i].setAttribute("width", width.toFixed(1));
      counts[i].setAttribute("x", (width + 121).toFixed(1));
      counts[i].textContent = count;
    });
    bars[0].ownerSVGElement.setAttribute("aria-label", `Scores made so far: ${step.counts[0]} with the cache, ${step.counts[1]} without it.`);
    slider.value = shown.textContent = t;
    next.disabled = t === steps.length;
  }

  function button(label, act) {
    const made = el.firstChild.appendChild(document.createElement("button"));
    made.textContent = label;
    made.onclick = act;
    return made;
  }

  const next = button("next token", () => model.set("at", Math.min(steps.length, model.get("at") + 1)));
  for (const [label, t] of presets) button(label, () => model.set("at", t));
  for (const element of el.querySelectorAll("button, input")) element.dataset.lmSuppressShortcuts = "true";
  sentence.setAttribute("role", "status");
  model.on("change:at", draw);
  draw();
  return () => model.off("change:at", draw);
}

export default { render };

// A mask to be painted: a table of buttons, one for each pair of query and key. Arrow keys move, Space and Enter turn.
const MOVES = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0] };

function render({ model, el }) {
  el.classList.add("course-mask");
  const table = el.appendChild(document.createElement("table"));
  let brush = null;                                       // what a pressed pointer paints

  const button = (i, j) => table.querySelector(`[data-i="${i}"][data-j="${j}"]`);

  function paint(i, j, allowed) {
    const mask = model.get("value");
    if (mask[i][j] === allowed) return;
    model.set("value", mask.map((row, r) => row.map((cell, c) => (r === i && c === j ? allowed : cell))));
    model.save_changes();
  }

  function build() {
    const labels = model.get("labels");
    table.replaceChildren();
    table.createCaption().textContent = "mask (click, or arrow keys and Space)";
    const head = table.createTHead().insertRow();
    for (const text of ["query \\ key", ...labels]) {
      head.appendChild(Object.assign(document.createElement("th"), { scope: "col", textContent: text }));
    }
    const body = table.createTBody();
    labels.forEach((query, i) => {
      const row = body.insertRow();
      row.appendChild(Object.assign(document.createElement("th"), { scope: "row", textContent: query }));
      labels.forEach((key, j) => {
        const cell = row.insertCell().appendChild(document.createElement("button"));
        Object.assign(cell.dataset, { i, j, lmSuppressShortcuts: "true" });
        cell.tabIndex = i + j === 0 ? 0 : -1;
        cell.setAttribute("aria-label", `${query} may attend to ${key}`);
      });
    });
    draw();
  }

  function draw() {
    const mask = model.get("value");
    if (mask.length !== model.get("labels").length) return;      // the other half of a change is on its way
    for (const cell of table.querySelectorAll("button")) {
      const allowed = mask[cell.dataset.i][cell.dataset.j];
      cell.setAttribute("aria-pressed", allowed);
      cell.textContent = allowed ? "yes" : "no";
    }
  }

  table.addEventListener("pointerdown", (event) => {
    const { i, j } = event.target.dataset;
    if (i === undefined) return;
    brush = !model.get("value")[i][j];
    event.target.releasePointerCapture?.(event.pointerId);
    paint(Number(i), Number(j), brush);
  });
  table.addEventListener("pointerover", (event) => {
    const { i, j } = event.target.dataset;
    if (brush !== null && event.buttons && i !== undefined) paint(Number(i), Number(j), brush);
  });
  const lift = () => { brush = null; };
  document.addEventListener("pointerup", lift);
  table.addEventListener("keydown", (event) => {
    const [i, j] = [Number(event.target.dataset.i), Number(event.target.dataset.j)], way = MOVES[event.key];
    if (way) {
      const next = button(i + way[0], j + way[1]);
      if (next) {
        event.target.tabIndex = -1;
        next.tabIndex = 0;
        next.focus();
      }
    } else if (event.key === " " || event.key === "Enter") paint(i, j, !model.get("value")[i][j]);
    else return;
    event.preventDefault();
    event.stopPropagation();
  });

  model.on("change:labels", build);
  model.on("change:value", draw);
  build();
  return () => document.removeEventListener("pointerup", lift);
}

export default { render };

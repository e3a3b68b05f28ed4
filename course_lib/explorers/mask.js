// A mask to be painted: a table of buttons, one for each pair of query and key. Arrow keys move, Space and Enter turn.
const MOVES = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0] };

function render({ model, el }) {
  el.classList.add("course-mask");
  const table = el.appendChild(document.createElement("table"));
  let shown = "", brush = null, from = null;              // the tokens shown; what a pressed pointer paints, and from where
  let waits = null;                                       // the cell of a finger that may yet mean to scroll up or down

  const button = (i, j) => table.querySelector(`[data-i="${i}"][data-j="${j}"]`);
  const header = (scope, text) => Object.assign(document.createElement("th"), { scope, textContent: text });

  function token(scope, text, i) {
    const [colour, mark] = model.get("looks")[i] ?? ["", ""], head = header(scope, ` ${text}`);
    head.prepend(Object.assign(document.createElement("span"), { textContent: mark, style: `color: ${colour}` }));
    return head;
  }

  function build(labels) {
    shown = labels.join("\n");
    table.replaceChildren();
    table.createCaption().textContent = "mask (click or drag, or arrow keys and Space)";
    table.createTHead().insertRow().append(header("col", "query \\ key"), ...labels.map((text, j) => token("col", text, j)));
    const body = table.createTBody();
    labels.forEach((query, i) => {
      const row = body.insertRow();
      row.append(token("row", query, i));
      labels.forEach((key, j) => {
        const cell = row.insertCell().appendChild(document.createElement("button"));
        Object.assign(cell.dataset, { i, j, lmSuppressShortcuts: "true" });
        cell.tabIndex = i + j === 0 ? 0 : -1;
        cell.setAttribute("aria-label", `${query} may attend to ${key}`);
      });
    });
  }

  function draw() {
    const labels = model.get("labels"), mask = model.get("value");
    if (mask.length !== labels.length) return;            // the other half of a change is on its way
    if (shown !== labels.join("\n")) build(labels);
    for (const cell of table.querySelectorAll("button")) {
      const allowed = mask[cell.dataset.i][cell.dataset.j];
      cell.setAttribute("aria-pressed", allowed);
      cell.textContent = allowed ? "yes" : "no";
    }
  }

  function paint(cell, allowed) {
    const i = Number(cell.dataset.i), j = Number(cell.dataset.j), mask = model.get("value");
    if (mask[i][j] === allowed) return;
    model.set("value", mask.map((row, r) => (r === i ? row.map((old, c) => (c === j ? allowed : old)) : row)));
    model.save_changes();
  }

  // A quick finger jumps over cells: paint all on the way.
  function stroke(event) {
    if (brush === null) return;
    const [right, down] = [event.clientX - from[0], event.clientY - from[1]], steps = Math.ceil(Math.hypot(right, down) / 8);
    if (waits && Math.abs(right) <= Math.abs(down)) return;
    begin();
    for (let s = 1; s <= steps; s++) {
      const [x, y] = [event.clientX, event.clientY].map((end, c) => from[c] + ((end - from[c]) * s) / steps);
      const cell = document.elementFromPoint(x, y)?.closest("button");
      if (cell && table.contains(cell)) paint(cell, brush);
    }
    from = [event.clientX, event.clientY];
  }

  function begin() {
    if (waits) paint(waits, brush);
    waits = null;
  }

  table.addEventListener("pointerdown", (event) => {
    const cell = event.target.closest("button");
    if (!cell) return;
    event.preventDefault();                               // no selection of text
    cell.focus({ preventScroll: true });
    table.setPointerCapture(event.pointerId);
    brush = cell.getAttribute("aria-pressed") !== "true";
    from = [event.clientX, event.clientY];
    waits = cell;
    if (event.pointerType !== "touch") begin();
  });
  table.addEventListener("pointermove", stroke);
  table.addEventListener("pointerup", begin);
  table.addEventListener("lostpointercapture", () => { brush = waits = null; });
  table.addEventListener("keydown", (event) => {
    const cell = event.target, way = MOVES[event.key];
    if (way) {
      const next = button(Number(cell.dataset.i) + way[0], Number(cell.dataset.j) + way[1]);
      if (next) {
        [cell.tabIndex, next.tabIndex] = [-1, 0];
        next.focus();
      }
    } else if (event.key === " " || event.key === "Enter") paint(cell, cell.getAttribute("aria-pressed") !== "true");
    else return;
    event.preventDefault();
  });

  for (const name of ["change:labels", "change:value"]) model.on(name, draw);
  draw();
}

export default { render };

// Fits a hand-out to its paper: long lines of code hang, names of rows stand once, and a summary is as large as its page allows.
const MM = 96 / 25.4, COLUMN = 88 * MM, HIGH = 256 * MM;   // pixels: a column of a summary, and a page of Letter, less its margins

for (const pre of document.querySelectorAll("pre"))
  pre.innerHTML = pre.innerHTML.replace(/\n$/, "").split("\n").map((line) => `<div>${line}</div>`).join("");

// Tables side by side whose rows have the same names: the names of the first are enough.
const names = (table) => [...table.querySelectorAll("tbody th")].map((name) => name.textContent).join();
for (const table of document.querySelectorAll(".summary table + table"))
  if (names(table) && names(table) === names(table.previousElementSibling))
    for (const name of table.querySelectorAll("tr > th:first-child")) name.style.display = "none";

function fit(main) {
  const columns = main.querySelector("section");
  columns.style.height = `${HIGH - (columns.offsetTop - main.offsetTop)}px`;
  for (let size = 9.5; size >= 7; size -= 0.1) {
    main.style.fontSize = `${size}pt`;
    for (const table of main.querySelectorAll("table")) {                   // a wide one takes smaller words
      table.style.fontSize = "";
      if (table.offsetWidth > COLUMN) table.style.fontSize = `${(0.84 * COLUMN) / table.offsetWidth}em`;
    }
    if (columns.scrollWidth <= columns.clientWidth + 1) return;                   // what does not fit makes a third column
  }
}

addEventListener("load", () => MathJax.Hub.Queue(() => {
  document.querySelectorAll(".summary main").forEach(fit);
  document.documentElement.classList.add("fitted");
}));

// Fits a hand-out to its paper: long lines of code hang, names of rows stand once, and a summary is as large as its page allows.
const MM = 96 / 25.4, COLUMN = 88 * MM, HIGH = 256 * MM;   // pixels: a column of a summary, and a page of Letter, less its margins

for (const pre of document.querySelectorAll("pre"))
  pre.innerHTML = pre.innerHTML.replace(/\n$/, "").split("\n").map((line) => `<div>${line}</div>`).join("");

// Tables whose rows have the same names: those of the first are enough, if all then stand side by side.
const names = (table) => [...table.querySelectorAll("tbody th")].map((name) => name.textContent).join();
function name(table, shown) {
  for (const head of table.querySelectorAll("tr > th:first-child")) head.style.display = shown ? "" : "none";
}

function abreast(group) {
  const same = group.filter((table) => table !== group[0] && names(table) && names(table) === names(group[0]));
  for (const table of same) name(table, false);
  if (group.some((table) => table.offsetTop !== group[0].offsetTop)) for (const table of same) name(table, true);
}

function fit(main) {
  const columns = main.querySelector("section");
  const groups = new Map([...main.querySelectorAll("table:has(+ table), table + table")].map((table) => [table.parentElement, []]));
  for (const [parent, group] of groups) group.push(...parent.querySelectorAll(":scope > table"));
  columns.style.height = `${HIGH - (columns.offsetTop - main.offsetTop)}px`;
  for (let size = 9.5; size >= 7; size -= 0.1) {
    main.style.fontSize = `${size}pt`;
    for (const table of main.querySelectorAll("table")) {                   // a wide one takes smaller words
      table.style.fontSize = "";
      if (table.offsetWidth > COLUMN) table.style.fontSize = `${(0.84 * COLUMN) / table.offsetWidth}em`;
    }
    for (const group of groups.values()) abreast(group);
    if (columns.scrollWidth <= columns.clientWidth + 1) return;                   // what does not fit makes a third column
  }
}

addEventListener("load", () => MathJax.Hub.Queue(() => {
  document.querySelectorAll(".summary main").forEach(fit);
  document.documentElement.classList.add("fitted");
}));

// Fits a hand-out to its paper: long lines of code hang, names of rows stand once, and a summary is as large as its page allows.
const MM = 96 / 25.4, COLUMN = 88 * MM, HIGH = 256 * MM;   // pixels: a column of a summary, and a page of Letter, less its margins

for (const pre of document.querySelectorAll("pre"))
  pre.innerHTML = pre.innerHTML.replace(/\n$/, "").split("\n").map((line) => `<div>${line}</div>`).join("");

for (const code of document.querySelectorAll("td code")) if (code.innerText.length > 22) code.style.whiteSpace = "normal";

// Tables whose rows have the same names stand side by side if they can: then those of the first are enough.
const names = (table) => [...table.querySelectorAll("tbody th")].map((name) => name.textContent).join();
function named(table, shown) {
  for (const head of table.querySelectorAll("tr > th:first-child")) head.style.display = shown ? "" : "none";
}

function abreast(group) {
  const [first, ...others] = group, sizes = [0.84, 0.8, 0.76, 0.72];
  if (others.some((table) => !names(table) || names(table) !== names(first))) return;
  for (const table of others) named(table, false);
  for (const size of sizes) {
    for (const table of group) table.style.fontSize = `${size}em`;
    if (others.every((table) => table.offsetTop === first.offsetTop)) return;
  }
  for (const table of group) table.style.fontSize = "";
  for (const table of others) named(table, true);
}

function fit(main) {
  const columns = main.querySelector("section");
  const groups = new Map([...main.querySelectorAll("table:has(+ table), table + table")].map((table) => [table.parentElement, []]));
  for (const [parent, group] of groups) group.push(...parent.querySelectorAll(":scope > table"));
  columns.style.height = `${HIGH - (columns.offsetTop - main.offsetTop)}px`;
  for (let size = 9.5; size >= 7; size -= 0.1) {
    main.style.fontSize = `${size}pt`;
    for (const table of main.querySelectorAll("table")) table.style.fontSize = "";
    for (const group of groups.values()) abreast(group);
    for (const table of main.querySelectorAll("table"))                     // a wide one takes smaller words
      if (table.offsetWidth > COLUMN) table.style.fontSize = `${(0.84 * COLUMN) / table.offsetWidth}em`;
    if (columns.scrollWidth <= columns.clientWidth + 1) return;                   // what does not fit makes a third column
  }
}

addEventListener("load", () => MathJax.Hub.Queue(() => {
  document.querySelectorAll(".summary main").forEach(fit);
  document.documentElement.classList.add("fitted");
}));

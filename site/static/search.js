// Puts first what is named as is searched for, a page before a section, and shows below each result the passage that has the
// words. texts.js has the prose of all pages: what is opened from a disk may not fetch one.
const asked = (new URLSearchParams(location.search).get("q") ?? "").trim().toLowerCase();
document.querySelector(".course-search input").value = asked;
const stem = word => new Stemmer().stemWord(word.toLowerCase());

var Scorer = {
  score([, title, anchor, , score]) {
    const name = title.split(" > ").at(-1).replace(/^\d+ |:.*/g, "");
    return score + (stem(name) === stem(asked) ? (anchor ? 50 : 100) : 0);
  },
  objNameMatch: 11, objPartialMatch: 6, objPrio: { 0: 15, 1: 5, 2: -5 }, objPrioDefault: 0,
  title: 15, partialTitle: 7, term: 5, partialTerm: 2,
};

// Where in a text all that is searched for stands, or else one word of it; -1 if nowhere.
function found(text, words) {
  const whole = text.toLowerCase().indexOf(asked);
  return whole >= 0 ? whole : [...text.matchAll(/[\p{L}\p{N}]+/gu)].find(([word]) => words.includes(stem(word)))?.index ?? -1;
}

// Some 200 letters of a page, or of a section of it, as a paragraph in which the words are marked; the beginning if they are not there.
function passage(page, section) {
  const words = splitQuery(asked).map(stem), sections = texts[page] ?? {};
  const among = section in sections ? [sections[section]] : Object.values(sections);
  const text = among.find(text => text.toLowerCase().includes(asked)) ?? among.find(text => found(text, words) >= 0) ?? among[0] ?? "";
  const place = found(text, words), from = place < 80 ? 0 : text.indexOf(" ", place - 80) + 1;
  const to = text.length < from + 220 ? text.length : text.lastIndexOf(" ", from + 200);
  const shown = Object.assign(document.createElement("p"), { className: "context" });
  for (const part of text.slice(from, to).split(/([\p{L}\p{N}]+)/u))
    shown.append(words.includes(stem(part)) ? Object.assign(document.createElement("mark"), { textContent: part }) : part);
  if (from) shown.prepend("… ");
  if (to < text.length) shown.append(" …");
  return shown;
}

new MutationObserver(changes => {
  for (const item of changes.flatMap(change => [...change.addedNodes])) {
    const link = item.nodeName === "LI" && item.querySelector("a");
    if (!link) continue;
    const { pathname, hash } = new URL(link.href);
    const shown = passage(pathname.match(/(\w+)\.html$/)[1], decodeURIComponent(hash.slice(1)));
    if (shown.textContent) item.append(shown);
  }
}).observe(document.getElementById("search-results"), { childList: true, subtree: true });

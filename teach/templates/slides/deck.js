// Lays a deck out: on every slide the title stands at one place, and the body below it is as large as fits.
const WIDTH = 1184, HEIGHT = 592, TOP = 88;             // pixels of a slide that its body may fill (deck.css)
const slides = [...document.querySelectorAll(".slides > section > section")];
const wide = (picture) => picture.viewBox?.baseVal.width || picture.naturalWidth || Number(picture.getAttribute("width"));

// The first heading is the title; all that is not the speaker's is the body.
for (const slide of slides) {
  const body = document.createElement("div"), title = slide.querySelector(":scope > h2, :scope > .jp-Cell :is(h1, h2, h3)");
  body.className = "body";
  title?.classList.add("slide-title");
  body.append(...[...slide.children].filter((child) => child !== title && child.localName !== "aside"));
  slide.prepend(...[title, body].filter(Boolean));
  for (const caption of body.querySelectorAll("figcaption"))                    // says the title once more
    caption.hidden = caption.textContent === title?.firstChild.textContent;
}

function set(body, sizes) {
  for (const [name, size] of Object.entries(sizes)) body.style.setProperty(`--${name}`, size);
}

const fits = (body) => body.offsetHeight <= HEIGHT && body.scrollWidth <= WIDTH
  && [...body.querySelectorAll(".beside > *, .jp-OutputArea-output")].every((part) => part.scrollWidth <= part.clientWidth + 1);

// What can stand side by side at its usual size stays so: tables and figures of one output. Tables whose rows have the same
// names then show them once.
function align(body) {
  for (const row of body.querySelectorAll(":has(> figure + figure), :has(> table + table)")) {
    const parts = [...row.children].filter((part) => ["FIGURE", "TABLE"].includes(part.tagName));
    const names = parts.map((part) => [...part.querySelectorAll("tbody th")].map((name) => name.textContent).join());
    const twice = parts.slice(1).filter((part, i) => names[i + 1] && names[i + 1] === names[0])
      .flatMap((part) => [...part.querySelectorAll("tr > th:first-child")]);
    for (const name of twice) name.hidden = true;
    const abreast = parts.every((part) => part.offsetTop === parts[0].offsetTop);
    for (const name of twice) name.hidden = abreast;
    if (abreast) row.style.whiteSpace = "nowrap";
  }
}

// One size after the other grows while all fits, from where everything is smallest: pictures until they can be read, then all
// up to what is usual, then what has room to be larger.
function fit(body, beside) {
  const longest = Math.max(1, ...[...body.querySelectorAll("pre")].flatMap((pre) => pre.innerText.split("\n"))
    .map((line) => line.length));
  const code = Math.max(0.82, Math.min(1.35, (WIDTH - 32) / (0.603 * 22 * longest)));     // as large as its longest line allows
  const least = { words: 0.7, boxes: 0.7, code: 0.82, pictures: 0.6 }, now = { ...least };
  const most = [{ boxes: 0.75, pictures: 1.36 }, { words: beside ? 0.85 : 1, boxes: 1, code: Math.min(1, code), pictures: 1.5 },
    { words: beside ? 0.95 : 1.1, boxes: 1.3, pictures: 2.4 }, { words: beside ? 1 : 1.2, boxes: 1.3, code }];
  set(body, now);
  for (const limit of most) {
    for (let grown = true; grown;) {
      grown = false;
      for (const name of Object.keys(limit)) {
        const next = Math.min(limit[name], now[name] + 0.05);
        if (next <= now[name]) continue;
        set(body, { [name]: next });
        if (fits(body)) [now[name], grown] = [next, true];
        else set(body, { [name]: now[name] });
      }
    }
  }
  return now;
}

// A picture that follows words, and no code, stands beside them if that lets both be larger.
function place(slide) {
  const body = slide.querySelector(".body"), pictures = [...body.querySelectorAll("img, svg[viewBox]")].filter((p) => wide(p) > 99);
  for (const picture of pictures) {
    picture.style.setProperty("--wide", wide(picture));
    picture.setAttribute("width", wide(picture));
    picture.style.width = picture.style.height = picture.style.maxWidth = "";
  }
  set(body, { words: 1, boxes: 1, pictures: 1.34 });
  align(body);
  const below = fit(body), parts = [...body.children], shown = parts.filter((part) => part.querySelector("img, svg[viewBox]"));
  if (pictures.length === 1 && parts.length > 1 && shown.length === 1 && parts.at(-1) === shown[0]
      && !body.querySelector(".jp-CodeMirrorEditor")) {
    const left = document.createElement("div"), width = pictures[0].clientWidth;
    left.append(...parts.slice(0, -1));
    body.prepend(left);
    body.classList.add("beside");
    const { words } = fit(body, true);
    if (pictures[0].clientWidth * words < 1.1 * width * below.words) {
      left.replaceWith(...left.children);
      body.classList.remove("beside");
      set(body, below);
    }
  }
  body.style.top = `${TOP + Math.max(0, HEIGHT - body.offsetHeight) * 0.3}px`;
}

Reveal.initialize({ width: 1280, height: 720, margin: 0, center: false, hash: true, slideNumber: "c/t", transition: "none",
                    viewDistance: 1000, keyboardCondition: (event) => !event.defaultPrevented, plugins: [RevealNotes] });
// Who used the mouse in a picture wants the keys back for turning slides; who came by the keyboard keeps them there.
for (const event of ["click", "pointerup"]) addEventListener(event, () => setTimeout(() => document.activeElement.blur()));
// What lives in a slide begins to live, and formulas are typeset, before sizes are taken.
addEventListener("load", () => MathJax.Hub.Queue(() => {
  slides.forEach(place);
  document.querySelector(".reveal").classList.add("placed");
}));

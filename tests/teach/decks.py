"""A reveal.js deck in Chromium: every slide in turn, and what is wrong with it at 1280 × 720."""
from contextlib import contextmanager

# What leaves the slide or reaches the strip of the page number, is too small to read from the last row, a broken number,
# a formula that is not there, a title that is not where it belongs. Words have 18 pixels, in pictures 16: an SVG says its
# sizes itself, and the letters of plots.py, which are drawn as lines, have 10 points.
FAULTS = """(() => {
    const slide = Reveal.getCurrentSlide(), faults = [];
    const foot = document.querySelector(".slide-number").getBoundingClientRect().top;
    const shown = element => element.checkVisibility() && !element.closest("aside, .MJX_Assistive_MathML");
    const look = (what, box, size, least) => {
        if (box.width && (box.left < 0 || box.top < 0 || box.right > innerWidth + 0.5 || box.bottom > foot))
            faults.push(`${what} ends at ${Math.round(box.right)}, ${Math.round(box.bottom)}`);
        if (size < least - 0.01) faults.push(`${what} has ${size.toFixed(1)} px`);
    };
    const scale = slide.getBoundingClientRect().width / slide.offsetWidth;
    const texts = document.createTreeWalker(slide, NodeFilter.SHOW_TEXT);
    while (texts.nextNode()) {
        const node = texts.currentNode, range = document.createRange(), drawn = node.parentElement.closest("text");
        // The mark of a name is a tspan of its own size, and no word.
        if (!node.data.trim() || !shown(node.parentElement) || node.parentElement.matches("tspan[font-size]")) continue;
        range.selectNodeContents(node);
        const size = parseFloat(getComputedStyle(node.parentElement).fontSize) * (drawn ? drawn.getScreenCTM().a : scale);
        let frame = node.parentElement;
        while (frame !== slide && getComputedStyle(frame).overflowX === "visible") frame = frame.parentElement;
        const edge = frame === slide ? innerWidth : frame.getBoundingClientRect().right;
        const what = JSON.stringify(node.data.trim().slice(0, 40));
        for (const box of range.getClientRects()) {
            look(what, box, size, drawn ? 16 : 18);
            if (box.right > edge + 0.5) faults.push(`${what} is cut off`);
        }
    }
    for (const output of slide.querySelectorAll(".jp-OutputArea-output pre"))
        for (const word of output.firstChild.data?.matchAll(/-?\\d[\\d.]*/g) ?? []) {
            const range = document.createRange();
            range.setStart(output.firstChild, word.index);
            range.setEnd(output.firstChild, word.index + word[0].length);
            if (range.getClientRects().length > 1) faults.push(`${word[0]} is broken`);
        }
    for (const image of slide.querySelectorAll("img")) {
        const box = image.getBoundingClientRect(), svg = decodeURIComponent(image.src.split(",")[1] ?? "");
        const sizes = [...svg.matchAll(/(?<!<tspan [^>]*)font-size[=:]"?([\\d.]+)/g)].map(found => Number(found[1]));
        look(image.alt.slice(0, 40), box, box.width / image.naturalWidth * Math.min(...sizes.length ? sizes : [40 / 3]), 16);
    }
    for (const formula of slide.querySelectorAll("script[type^='math/tex']"))
        if (!formula.previousElementSibling?.getBoundingClientRect().width || formula.parentElement.querySelector(".merror")
            || formula.previousElementSibling.innerText.includes("\\\\"))
            faults.push(`${formula.text.slice(0, 40)} is not typeset`);
    const title = slide.querySelector(":scope > .slide-title"), place = title?.getBoundingClientRect();
    if (!title?.innerText.trim()) faults.push("no title");
    else if (place.height > 60) faults.push("a title of two lines");
    else faults.push(...[[place.left, place.top, getComputedStyle(title).fontSize]].map(String)
        .filter(found => found !== "48,28,40px").map(found => `a title at ${found}`));
    return faults;
})()"""
# The share of a slide's body, from below the title to the strip, that reaches from its first line to its last.
FILL = "Reveal.getCurrentSlide().querySelector('.body').offsetHeight / 592"


@contextmanager
def opened(browser, path):
    """The page of a deck, laid out, on a dark machine without a network. It must ask for nothing but files and throw no error."""
    page = browser.new_page(viewport={"width": 1280, "height": 720}, color_scheme="dark")
    wrong = []
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.on("requestfailed", lambda request: wrong.append(request.url))
    page.route(lambda address: not address.startswith(("file:", "data:", "blob:")),
               lambda route: (wrong.append(route.request.url), route.abort()))
    page.goto(path.as_uri())
    page.wait_for_selector(".reveal.placed")
    yield page
    page.close()
    assert wrong == []


def walk(page):
    """Every slide with all that is revealed on it by and by; → for each, what is wrong with it and how full it is."""
    page.evaluate("Reveal.configure({ fragments: false })")
    for place in page.evaluate("Reveal.getSlides().map(slide => Reveal.getIndices(slide))"):
        page.evaluate("place => Reveal.slide(place.h, place.v)", place)
        yield page.evaluate(FAULTS), page.evaluate(FILL)

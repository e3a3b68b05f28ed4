"""A reveal.js deck in Chromium: every slide in turn, and what is wrong with it at 1280 × 720."""
from contextlib import contextmanager

# What leaves the screen, is too small to read from the last row, a broken number, a formula that is not there, no
# title. Pictures are scaled with their words, which have 12 pixels or more.
FAULTS = """(() => {
    const slide = Reveal.getCurrentSlide(), faults = [];
    const shown = element => element.checkVisibility() && !element.closest("aside, .MJX_Assistive_MathML");
    const look = (what, box, size) => {
        if (box.width && (box.left < 0 || box.top < 0 || box.right > innerWidth + 0.5 || box.bottom > innerHeight + 0.5))
            faults.push(`${what} ends at ${Math.round(box.right)}, ${Math.round(box.bottom)}`);
        if (size < 17.99) faults.push(`${what} has ${size.toFixed(1)} px`);
    };
    const scale = slide.getBoundingClientRect().width / slide.offsetWidth;
    const texts = document.createTreeWalker(slide, NodeFilter.SHOW_TEXT);
    while (texts.nextNode()) {
        const node = texts.currentNode, range = document.createRange();
        if (!node.data.trim() || !shown(node.parentElement)) continue;
        range.selectNodeContents(node);
        const size = parseFloat(getComputedStyle(node.parentElement).fontSize) * scale;
        let frame = node.parentElement;
        while (frame !== slide && getComputedStyle(frame).overflowX === "visible") frame = frame.parentElement;
        const edge = frame === slide ? innerWidth : frame.getBoundingClientRect().right;
        const what = JSON.stringify(node.data.trim().slice(0, 40));
        for (const box of range.getClientRects()) {
            look(what, box, size);
            if (box.right > edge + 0.5) faults.push(`${what} is cut off`);
        }
    }
    for (const output of slide.querySelectorAll(".jp-OutputArea-output pre"))
        for (const word of output.firstChild.data?.matchAll(/\\S+/g) ?? []) {
            const range = document.createRange();
            range.setStart(output.firstChild, word.index);
            range.setEnd(output.firstChild, word.index + word[0].length);
            if (range.getClientRects().length > 1) faults.push(`${word[0]} is broken`);
        }
    for (const image of slide.querySelectorAll("img")) {
        const box = image.getBoundingClientRect();
        const zoom = box.width / (image.getAttribute("width") || image.naturalWidth);
        look(image.alt.slice(0, 40), box, zoom * 12);
    }
    for (const formula of slide.querySelectorAll("script[type^='math/tex']"))
        if (!formula.previousElementSibling?.getBoundingClientRect().width || formula.parentElement.querySelector(".merror")
            || formula.previousElementSibling.innerText.includes("\\\\"))
            faults.push(`${formula.text.slice(0, 40)} is not typeset`);
    if (!slide.querySelector("h1, h2, h3")?.innerText.trim()) faults.push("no title");
    return faults;
})()"""


@contextmanager
def opened(browser, path):
    """The page of a deck, its formulas typeset, without a network. It must ask for nothing but files and throw no error."""
    page = browser.new_page(viewport={"width": 1280, "height": 720})
    wrong = []
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.on("requestfailed", lambda request: wrong.append(request.url))
    page.route(lambda address: not address.startswith(("file:", "data:", "blob:")),
               lambda route: (wrong.append(route.request.url), route.abort()))
    page.goto(path.as_uri())
    page.wait_for_function("document.querySelector('.reveal.ready') && window.MathJax?.isReady")
    page.evaluate("new Promise(done => MathJax.Hub.Queue(done))")
    yield page
    page.close()
    assert wrong == []


def walk(page):
    """Every slide with all that is revealed on it by and by; → for each, what is wrong with it."""
    page.evaluate("Reveal.configure({ fragments: false })")
    for place in page.evaluate("Reveal.getSlides().map(slide => Reveal.getIndices(slide))"):
        page.evaluate("place => Reveal.slide(place.h, place.v)", place)
        yield page.evaluate(FAULTS)

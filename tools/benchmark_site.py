"""What a page of the site costs who opens it: requests, bytes on the wire, and how long until its words and its largest part are
painted. From loopback in Chromium, each page with nothing kept from another. No test compares the times.
"""
import gzip
import sys
from statistics import median

from teach.browser import chromium
from tests.site.looking import PAGES, opened, served
from tools import site

REPEATS = 3
# Milliseconds from the first byte of the page to its first words and to the largest thing that is painted
TIMES = """() => new Promise(found => new PerformanceObserver(list => {
    const first = performance.getEntriesByType("navigation")[0].responseStart;
    const words = performance.getEntriesByName("first-contentful-paint")[0].startTime;
    found([words - first, list.getEntries().at(-1).startTime - first]);
}).observe({type: "largest-contentful-paint", buffered: true}))"""


def measured(browser, address, name):
    """A page: how many requests, kB compressed as static hosts do, and TIMES, the median of REPEATS."""
    times = []
    for _ in range(REPEATS):
        with opened(browser, address, name) as page:
            times.append(page.evaluate(TIMES))
            sizes = [len(gzip.compress(answer.body())) for answer in page.answers]
    return len(sizes), sum(sizes) / 1000, *map(median, zip(*times, strict=True))


def main():
    """A line for each page."""
    sys.stdout.reconfigure(errors="backslashreplace")       # a Windows console may not have every letter
    if not (site.SITE / "index.html").exists():
        sys.exit("There is no site yet: make site")
    print(f"{'page':<32}{'requests':>10}{'kB':>8}{'words, ms':>11}{'largest, ms':>13}")
    with chromium() as browser, served(site.SITE) as address:
        for name in PAGES:
            requests, size, words, largest = measured(browser, address, name)
            print(f"{name:<32}{requests:>10}{size:>8.0f}{words:>11.0f}{largest:>13.0f}", flush=True)


if __name__ == "__main__":
    main()

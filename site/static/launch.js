// Browsers start no kernel in a page that is opened from a disk.
if (location.protocol === "file:")
  for (const link of document.querySelectorAll('.course-launch a[href*="lite/notebooks/"]'))
    link.replaceWith("To run lessons here, serve this folder: python -m http.server");

// A still says that its controls appear in Jupyter; from there, too, one press leads to it.
const here = document.querySelector('.course-launch a[href*="lite/notebooks/"]');
if (here)
  for (const words of document.querySelectorAll(".cell_output p > em"))
    if (words.textContent.startsWith("Run this cell in Jupyter")) words.parentNode.append(" ", here.cloneNode(true));

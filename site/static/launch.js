// Browsers start no kernel in a page that is opened from a disk.
if (location.protocol === "file:")
  for (const link of document.querySelectorAll('.course-launch a[href*="lite/notebooks/"]'))
    link.replaceWith("To run lessons here, serve this folder: python -m http.server");

for (const formula of document.querySelectorAll(".math"))
  katex.render(formula.textContent, formula, { displayMode: formula.matches("div"), throwOnError: false });

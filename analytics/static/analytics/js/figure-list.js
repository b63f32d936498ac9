// @ts-check
/** Figures with their words, each name leading to how it is made. */

/** @typedef {{label: string, figure: string, note: string, formula: string}} Figure */

/** @param {Element} list a dl @param {Figure[]} figures @param {string} manual address of the formulas */
export function showFigures(list, figures, manual) {
  list.replaceChildren(
    ...figures.map(({ label, figure, note, formula }) => {
      const link = document.createElement("a");
      [link.href, link.title, link.textContent] = [`${manual}#${formula}`, "How it is made", label];
      const name = document.createElement("dt");
      name.append(link);
      const value = document.createElement("dd");
      value.append(figure);
      if (note) value.append(" ", Object.assign(document.createElement("span"), { className: "muted small", textContent: note }));
      const line = document.createElement("div");
      line.append(name, value);
      return line;
    }),
  );
}

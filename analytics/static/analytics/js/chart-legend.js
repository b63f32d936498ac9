// @ts-check
/** The words over a chart: which line, band and mark is what. */

/** @typedef {import("./chart-marks.js").Drawn} Drawn */
/** @typedef {{mark: string, text: string}} Item mark: classes of its sign, see components.css */

/** @param {Element | null} box @param {Item[]} items */
export function showLegend(box, items) {
  const told = JSON.stringify(items);
  if (!(box instanceof HTMLElement) || box.dataset.told === told) return;
  box.dataset.told = told;
  box.replaceChildren(
    ...items.map(({ mark, text }) => {
      const sign = document.createElement("span");
      sign.className = `legend-mark ${mark}`;
      const item = document.createElement("span");
      item.append(sign, text);
      return item;
    }),
  );
}

/** @param {Drawn} drawn @param {(y: number) => string} format @returns {Item[]} one for each threshold, for the bands of each tone */
export function ofRules({ thresholds, bands }, format) {
  const tones = [...new Set(bands.map(({ tone }) => tone ?? "critical"))];
  return [
    ...thresholds.map(({ value, label, tone }) => ({ mark: `dashed tone-${tone ?? "critical"}`, text: `${label} ${format(value)}` })),
    ...tones.map((tone) => ({ mark: `band tone-${tone}`, text: `firing, ${tone}` })),
  ];
}

/** @param {Drawn} drawn @param {number} most that are marked @returns {Item[]} */
export function ofTrades({ trades }, most) {
  if (!trades.length) return [];
  const which = trades.length >= most ? `, newest ${most}` : "";
  const lost = trades.filter(({ pnl }) => pnl < 0).length;
  const entries = trades.some(({ opened }) => opened !== null);
  return [
    { mark: "won", text: `${trades.length - lost} won${which}` },
    { mark: "lost", text: `${lost} lost` },
    ...(entries ? [{ mark: "entry", text: "entry" }] : []),
  ];
}

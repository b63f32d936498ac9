// @ts-check
/** The range beside the period before it: figures as the server words them, and pale lines. */
import { reword } from "../../ops_portal/js/time.js";

/** @typedef {{label: string, now: string, before: string, change: string, gain: string, why: string, formula: string}} Row */
/** @typedef {{start: number, end: number, figures: Row[]}} Earlier of analytics/earlier */

const table = /** @type {HTMLTableElement | null} */ (document.getElementById("earlier"));

/** @param {string} label @param {object} [more] of the series @returns {import("./chart-recipe.js").Series[]} the line of the period before; none where nothing is compared */
export const pale = (label, more = {}) => (table ? [{ label, points: [], color: "--quiet", dash: [3, 3], ...more }] : []);

/** @param {string} text @returns {import("./chart-legend.js").Item[]} its words over the chart */
export const paleItem = (text) => (table ? [{ mark: "dashed quiet", text }] : []);

/** @param {Earlier | null} earlier */
export function showEarlier(earlier) {
  if (!earlier) return;
  table?.tBodies[0].replaceChildren(
    ...earlier.figures.map(({ label, now, before, change, gain, why, formula }) => {
      const row = document.createElement("tr");
      const head = document.createElement("th");
      head.scope = "row";
      const link = Object.assign(document.createElement("a"), { className: "how", title: "How it is made", textContent: label });
      link.href = `${table.dataset.formulas}#${formula}`;
      head.append(link);
      const changed = cell(change, "Change", gain);
      if (why) changed.append(Object.assign(document.createElement("small"), { className: "muted", textContent: why }));
      row.append(head, cell(now, "Now"), cell(before, "Before"), changed);
      return row;
    }),
  );
  const times = /** @type {NodeListOf<HTMLTimeElement>} */ (document.querySelectorAll("#earlier-span time"));
  [earlier.start, earlier.end].forEach((at, index) => {
    if (!times[index]) return;
    times[index].dateTime = new Date(at * 1000).toISOString();
    reword(times[index]);
  });
}

/** A line may break before the unit. @param {string} text @param {string} label @param {string} [kind] */
function cell(text, label, kind = "") {
  const element = document.createElement("td");
  const unit = text.lastIndexOf("\u202f") + 1;
  element.append(text.slice(0, unit), document.createElement("wbr"), text.slice(unit));
  element.dataset.label = label;
  element.className = `num ${kind}`;
  return element;
}

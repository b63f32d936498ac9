// @ts-check
/** What a chart says, for people who do not see it: one sentence, and all its values as a table. */
import { moment } from "./chart-axis.js";

/** @typedef {import("./chart-points.js").Point} Point */
/** @typedef {{label: string, list: Point[]}} Line */

/**
 * @param {string} title
 * @param {Line[]} lines
 * @param {(y: number) => string} format
 * @returns {string} `PnL: now +12.50, between −3.10 and +14.00, 60 points`
 */
export function summary(title, lines, format) {
  const told = lines.map(({ label, list }) => {
    const values = list.flatMap(({ y }) => (y === null ? [] : [y]));
    if (!values.length) return `${label}: no data`;
    let low = Infinity;
    let high = -Infinity;
    for (const value of values) {
      low = Math.min(low, value);
      high = Math.max(high, value);
    }
    return `${label}: last ${format(values[values.length - 1])}, between ${format(low)} and ${format(high)}, ${values.length} points`;
  });
  return `${title}. ${told.join(". ")}.`;
}

/**
 * A fold under the chart that is filled when it is opened.
 * @param {Element} after
 * @param {() => Line[]} lines
 * @param {(y: number) => string} format
 * @param {() => HTMLElement[]} beside more tables: what is marked on the chart
 */
export function tableUnder(after, lines, format, beside) {
  const fold = document.createElement("details");
  fold.className = "chart-table";
  const opener = document.createElement("summary");
  opener.textContent = "Show as table";
  const box = document.createElement("div");
  box.className = "table-box";
  box.tabIndex = 0;
  box.role = "region";
  box.ariaLabel = "Values of the chart";
  fold.append(opener, box);
  fold.addEventListener("toggle", () => box.replaceChildren(...(fold.open ? [table(lines(), format), ...beside()] : [])));
  after.after(fold);
  return fold;
}

/** @param {Line[]} lines @param {(y: number) => string} format */
function table(lines, format) {
  const times = [...new Set(lines.flatMap(({ list }) => list.map(({ x }) => x)))].sort((a, b) => b - a);
  const columns = lines.map(({ list }) => new Map(list.map(({ x, y }) => [x, y])));
  const element = document.createElement("table");
  element.createTHead().append(row("th", ["Time", ...lines.map(({ label }) => label)]));
  const body = element.createTBody();
  for (const at of times) {
    const values = columns.map((column) => column.get(at));
    body.append(row("td", [moment(at), ...values.map((y) => (y === null || y === undefined ? "–" : format(y)))]));
  }
  return element;
}

/** @param {"th" | "td"} tag @param {string[]} texts */
function row(tag, texts) {
  const element = document.createElement("tr");
  texts.forEach((text, index) => {
    const cell = document.createElement(tag);
    cell.textContent = text;
    if (index) cell.className = "num";
    element.append(cell);
  });
  return element;
}

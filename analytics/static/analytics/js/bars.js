// @ts-check
/** A table whose rows are bars: how a whole shares out, readable without seeing it. */
import { ratio, whole } from "../../ops_portal/js/format.js";

/**
 * @param {string} id of the table
 * @param {[string, number][]} rows what, how many
 */
export function showBars(id, rows) {
  const table = /** @type {HTMLTableElement} */ (document.getElementById(id));
  const total = rows.reduce((sum, [, count]) => sum + count, 0);
  const most = Math.max(1, ...rows.map(([, count]) => count));
  table.hidden = total === 0;
  table.tBodies[0].replaceChildren(...rows.map(([word, count]) => bar(word, count, { most, total })));
}

/** @param {string} word @param {number} count @param {{most: number, total: number}} of */
function bar(word, count, { most, total }) {
  const row = document.createElement("tr");
  const head = document.createElement("th");
  head.scope = "row";
  head.textContent = word;
  const drawn = document.createElement("td");
  const meter = document.createElement("meter");
  meter.max = most;
  meter.value = count;
  meter.ariaLabel = ratio(total ? count / total : null);
  drawn.append(meter);
  const number = document.createElement("td");
  number.className = "num";
  number.textContent = whole(count);
  row.append(head, drawn, number);
  return row;
}

// @ts-check
/** The figures of the range beside those of the period before, as the server words them. */

/** @typedef {{label: string, now: string, before: string, change: string, gain: string, why: string}} Row */

/** @param {Row[]} rows */
export function showEarlier(rows) {
  const table = /** @type {HTMLTableElement | null} */ (document.getElementById("earlier"));
  table?.tBodies[0].replaceChildren(
    ...rows.map(({ label, now, before, change, gain, why }) => {
      const row = document.createElement("tr");
      const head = document.createElement("th");
      head.scope = "row";
      head.textContent = label;
      row.append(head, cell(now), cell(before), cell(change, gain), cell(why, "muted"));
      return row;
    }),
  );
}

/** @param {string} text @param {string} [kind] */
function cell(text, kind) {
  const element = document.createElement("td");
  element.textContent = text;
  element.className = kind === "muted" ? kind : `num ${kind ?? ""}`;
  return element;
}

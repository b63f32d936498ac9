// @ts-check
/** Arrow keys move over the days of the calendar; without this module Tab does. */
const table = /** @type {HTMLTableElement} */ (document.getElementById("calendar"));
/** @type {Record<string, [number, number]>} */
const MOVES = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] };

table.addEventListener("keydown", (event) => {
  const move = MOVES[event.key];
  const cell = event.target instanceof Element ? event.target.closest("td") : null;
  const row = cell?.closest("tr");
  if (!move || !cell || !row) return;
  const next = table.rows[row.rowIndex + move[0]]?.cells[cell.cellIndex + move[1]]?.querySelector("a");
  if (!next) return;
  event.preventDefault();
  next.focus();
});

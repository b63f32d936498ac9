// @ts-check
/** A table of cells whose colour tells profit from loss, and whose depth tells how much. */
import { money, whole } from "../../ops_portal/js/format.js";

const STEPS = 4;

/**
 * @param {HTMLTableCellElement} cell
 * @param {{pnl: number, trades: number, most: number, currency: string, what: string}} shown `most`: the largest amount of all cells
 */
export function heat(cell, { pnl, trades, most, currency, what }) {
  const depth = most ? Math.ceil((Math.abs(pnl) / most) * STEPS) : 0;
  cell.className = !trades || !depth ? "" : `${pnl > 0 ? "gained" : "lost"}-${depth}`;
  const told = trades ? `${what}: ${money(pnl, currency)}, ${whole(trades)} trades` : `${what}: no trade`;
  if (cell.title === told) return;
  cell.title = told;
  const mark = document.createElement("span");
  mark.className = "seen-only-by-readers";
  mark.textContent = trades ? money(pnl) : "none";
  cell.replaceChildren(mark);
}

// @ts-check
/** The table of recent trades: rows are patched by id, and wait while the table has the focus. */
import { gain, money, price, quantity } from "../../ops_portal/js/format.js";
import { reword, span } from "../../ops_portal/js/time.js";

/** @typedef {import("./trading-state.js").Trade} Trade */

/** @type {Map<number, {text: string, row: Element}>} */
const rows = new Map();

/** Two places, but four digits of what is smaller than one. @param {string} pnl @param {string} currency */
function signed(pnl, currency) {
  const number = Number(pnl);
  const rounded = Math.abs(number) < 1 ? Number(number.toPrecision(4)) : number;
  return money(rounded, currency);
}

/** @param {string} side */
const arrow = (side) => (side === "buy" ? "▲ Buy" : side === "sell" ? "▼ Sell" : side);

/** @param {Trade} trade */
function build(trade) {
  const template = /** @type {HTMLTemplateElement} */ (document.getElementById("trade-row"));
  const row = /** @type {HTMLElement} */ (template.content.firstElementChild?.cloneNode(true));
  const put = (/** @type {string} */ name, /** @type {string} */ text) => {
    const cell = row.querySelector(`[data-cell="${name}"]`);
    if (cell) cell.textContent = text;
  };
  put("symbol", trade.symbol);
  put("side", arrow(trade.side));
  put("quantity", quantity(trade.quantity));
  put("price", price(trade.price));
  put("pnl", signed(trade.pnl, trade.currency));
  put("held", trade.opened_at ? span((Date.parse(trade.closed_at) - Date.parse(trade.opened_at)) / 1000) : "–");
  put("strategy", trade.strategy || "–");
  put("exit", trade.exit_reason || "–");
  const colour = gain(trade.pnl);
  if (colour) row.querySelector('[data-cell="pnl"]')?.classList.add(colour);
  const link = /** @type {HTMLAnchorElement | null} */ (row.querySelector('[data-cell="link"]'));
  const address = document.getElementById("trades-table")?.dataset.trade;
  if (link && address) link.href = address.replace("/0/", `/${trade.id}/`);
  const time = row.querySelector("time");
  if (time) {
    time.dateTime = trade.closed_at;
    reword(time);
  }
  row.dataset.id = String(trade.id);
  return row;
}

/** @param {Trade[]} trades newest first */
export function showTrades(trades) {
  const body = document.getElementById("trades");
  if (!body) return;
  const wanted = trades.map((trade) => {
    const text = JSON.stringify(trade);
    const known = rows.get(trade.id);
    if (known?.text === text) return known.row;
    const row = build(trade);
    rows.set(trade.id, { text, row });
    return row;
  });
  const ids = new Set(trades.map(({ id }) => id));
  for (const id of rows.keys()) if (!ids.has(id)) rows.delete(id);
  for (const row of [...body.children]) if (!wanted.includes(row)) row.remove();
  wanted.forEach((row, index) => {
    if (body.children[index] !== row) body.insertBefore(row, body.children[index] ?? null);
  });
  const table = document.getElementById("trades-table");
  if (table) table.hidden = trades.length === 0;
  const none = document.getElementById("no-trades");
  if (none) none.hidden = trades.length > 0;
}

// @ts-check
/** What bands and marks of a chart say, as rows of its table and as lines beside the pointer. */
import { money } from "../../ops_portal/js/format.js";
import { moment } from "./chart-axis.js";

/** @typedef {import("./chart-marks.js").Drawn} Drawn */
/** @typedef {import("./chart-marks.js").Band} Band */
/** @typedef {import("./chart-marks.js").TradeMark} TradeMark */

const LINES = 5; // beside the pointer

/** @param {Band} band */
const firing = ({ label, tone }) => `Firing, ${tone ?? "critical"}: ${label ?? "alert"}`;
/** @param {TradeMark} trade */
const trade = ({ symbol, pnl }) => `${pnl < 0 ? "▼" : "▲"} ${symbol} ${money(pnl)}`;

/** @param {{bands: Band[], trades: TradeMark[]}} found @returns {string[]} */
export function told({ bands, trades }) {
  const all = [...bands.map(firing), ...trades.map(trade)];
  return all.length > LINES ? [...all.slice(0, LINES), `and ${all.length - LINES} more`] : all;
}

/** @param {Drawn} drawn @returns {HTMLElement[]} a table of alerts and one of trades, newest first; none of nothing */
export function tables({ bands, trades }) {
  return [
    list("Alert", bands.toReversed().map((band) => [span(band.from, band.to), firing(band), band.href ?? ""])),
    list("Trade", trades.toReversed().map((one) => [span(one.opened ?? one.closed, one.closed), trade(one), ""])),
  ].flatMap((table) => (table ? [table] : []));
}

/** @param {number} from @param {number | null} to */
function span(from, to) {
  if (from === to) return moment(from);
  return `${moment(from)} – ${to === null ? "now" : moment(to)}`;
}

/** @param {string} head @param {[string, string, string][]} rows time, words, address or blank */
function list(head, rows) {
  if (!rows.length) return null;
  const table = document.createElement("table");
  const heads = table.createTHead().insertRow();
  for (const word of ["Time", head]) heads.append(Object.assign(document.createElement("th"), { textContent: word }));
  const body = table.createTBody();
  for (const [time, words, href] of rows) {
    const row = body.insertRow();
    row.insertCell().textContent = time;
    const cell = row.insertCell();
    if (href) cell.append(Object.assign(document.createElement("a"), { href, textContent: words }));
    else cell.textContent = words;
  }
  return table;
}

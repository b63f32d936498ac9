// @ts-check
/** The performance page: equity and falls, every figure, days, months, strategies. */
import { gain, MINUS, money, ratio, whole } from "../../ops_portal/js/format.js";
import { lineChart } from "./charts.js";
import { pale, showEarlier } from "./earlier.js";
import { showFigures } from "./figure-list.js";
import { heat } from "./heat.js";
import { followState } from "./page-state.js";
import { showTiles } from "./page-tiles.js";

/** @typedef {{strategy: string, symbol: string, trades: number, win_ratio: number | null, profit_factor: number | null, pnl: string, fees: string}} Share */
/** @typedef {{year: number, months: (number | null)[], whole: number | null}} Year */
/** @typedef {{title: string, figures: import("./figure-list.js").Figure[]}} Group */

const DAY_MS = 86_400_000;
const page = /** @type {HTMLElement} */ (document.getElementById("sums"));

/** @param {string} id */
const canvas = (id) => /** @type {HTMLCanvasElement} */ (document.getElementById(id));
const equity = lineChart(canvas("equity-chart"), { series: [{ label: "Equity", points: [], area: false }, ...pale("Period before")], format: (y) => money(y).replace("+", "") });
const falls = lineChart(canvas("drawdown-chart"), { title: "Drawdown", series: [{ label: "Drawdown", points: [], area: true, color: "--series-2" }, ...pale("Drawdown before")], about: [-0.01, 0], top: 0, far: 3, format: (y) => ratio(y, 2) });

/** @param {string} tag @param {string} text @param {string} [kind] */
function element(tag, text, kind = "") {
  const made = document.createElement(tag);
  made.textContent = text;
  made.className = kind;
  return made;
}

/** @param {Element} line @param {HTMLElement[]} cells */
function row(line, cells) {
  line.replaceChildren(...cells);
  return line;
}

/** @param {string} id */
const body = (id) => /** @type {HTMLTableElement} */ (document.getElementById(id)).tBodies[0];

/** @param {Group[]} groups */
function showGroups(groups) {
  const lists = [...document.querySelectorAll("#groups dl")];
  groups.forEach(({ figures }, index) => showFigures(lists[index], figures, page.dataset.formulas ?? ""));
}

/** @param {[string, number, number][]} days @param {string} currency */
function showCalendar(days, currency) {
  const rows = [...body("calendar").rows];
  const most = Math.max(0, ...days.map(([, pnl]) => Math.abs(pnl)));
  const known = new Map(days.map(([day, pnl, trades]) => [day, { pnl, trades }]));
  rows.forEach((line, index) => row(line, [Object.assign(element("th", "MTWTFSS"[index]), { scope: "row" })]));
  if (!days.length) return;
  const last = Date.parse(days[days.length - 1][0]);
  const first = Date.parse(days[0][0]);
  const weekday = (/** @type {number} */ at) => (new Date(at).getUTCDay() + 6) % 7; // Monday is 0
  for (let at = first - weekday(first) * DAY_MS; at <= last + (6 - weekday(last)) * DAY_MS; at += DAY_MS) {
    const cell = rows[weekday(at)].insertCell();
    const day = new Date(at).toISOString().slice(0, 10);
    const { pnl, trades } = known.get(day) ?? { pnl: 0, trades: 0 };
    heat(cell, { pnl, trades, most, currency, what: day });
    if (at < first || at > last) cell.className = "outside";
  }
}

/** @param {Year[]} years @param {boolean} asReturns @param {string} currency */
function showMonths(years, asReturns, currency) {
  const word = (/** @type {number | null} */ value) => (value === null ? "" : asReturns ? ratio(value, 2) : money(value));
  const note = document.getElementById("months-of");
  if (note) note.textContent = asReturns ? "return of each month, of UTC days" : `PnL of each month in ${currency}, of UTC days`;
  body("months").replaceChildren(
    ...years.map(({ year, months, whole: sum }) => {
      const head = Object.assign(element("th", String(year)), { scope: "row" });
      return row(document.createElement("tr"), [head, ...[...months, sum].map((value) => element("td", word(value), `num ${gain(value)}`))]);
    }),
  );
}

/** @param {Share[]} shares @param {string} currency */
function showShares(shares, currency) {
  const factor = (/** @type {Share} */ { profit_factor: found, trades }) => (found === null ? (trades ? "∞" : "–") : found.toFixed(2).replace("-", MINUS));
  body("shares").replaceChildren(
    ...shares.map((one) =>
      row(document.createElement("tr"), [
        element("td", one.strategy || "–"), element("td", one.symbol), element("td", money(one.pnl, currency), `num ${gain(one.pnl)}`),
        element("td", whole(one.trades), "num"), element("td", ratio(one.win_ratio), "num"), element("td", factor(one), "num"),
        element("td", money(one.fees).replace("+", ""), "num"),
      ]),
    ),
  ); // prettier-ignore
}

followState(/^figures$/, (state, now) => {
  const { currency } = state.scope;
  showTiles(state.tiles, now);
  equity.replace(0, state.equity.length ? state.equity : state.gains);
  falls.replace(0, state.drawdown);
  if (state.earlier) {
    equity.replace(1, state.earlier.equity);
    falls.replace(1, state.earlier.drawdown);
  }
  showEarlier(state.earlier);
  const hidden = document.getElementById("falls");
  if (hidden) hidden.hidden = !state.drawdown.length;
  showGroups(state.groups);
  showCalendar(state.calendar, currency);
  showMonths(state.months, state.drawdown.length > 0, currency);
  showShares(state.shares, currency);
});
for (const chart of [equity, falls]) chart.draw(); // below the fold too

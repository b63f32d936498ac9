// @ts-check
/** The execution page: how long orders take, at what price they fill, how they end. */
import { measure, MINUS } from "../../ops_portal/js/format.js";
import { showBars } from "./bars.js";
import { lineChart } from "./charts.js";
import { pale, showEarlier } from "./earlier.js";
import { followState } from "./page-state.js";
import { showTiles } from "./page-tiles.js";
import { showStack, stackChart } from "./stack.js";

/** @typedef {{exact: boolean, count: number, curve: [number, ...number[]][], edges: number[], shares: number[]}} Distribution */

/** What an order reports, in the order of the stack, with the variable of its colour. */
const STATUSES = /** @type {import("./stack.js").Kinds} */ ([
  ["FILLED", "Filled", "--series-3"], ["PARTIALLY_FILLED", "Partly filled", "--series-5"], ["REJECTED", "Rejected", "--series-2"],
  ["CANCELLED", "Cancelled", "--series-4"], ["EXPIRED", "Expired", "--series-6"], ["NEW", "New", "--series-1"],
]); // prettier-ignore
const seconds = (/** @type {number} */ value) => measure(value, "execution_seconds");
const bps = (/** @type {number} */ value) => `${value.toFixed(1).replace("-", MINUS)} bps`;

/** @param {string} id */
const canvas = (id) => /** @type {HTMLCanvasElement} */ (document.getElementById(id));
const QUANTILES = [["p50", "--series-1"], ["p95", "--series-4"], ["p99", "--series-2"]]; // prettier-ignore
const latency = lineChart(canvas("latency-chart"), {
  series: [...QUANTILES.map(([label, color]) => ({ label, color, points: [] })), ...pale("p50 before")],
  zero: true,
  format: seconds,
});
const slippage = lineChart(canvas("slippage-chart"), { series: [{ label: "Median", points: [] }, ...pale("Median before")], zero: true, format: bps });
const orders = stackChart(canvas("orders-chart"), STATUSES);

/** @param {[number, ...number[]][]} points @param {number} place @param {number} width @returns {[number, number | null][]} */
function curve(points, place, width) {
  /** @type {[number, number | null][]} */
  const rows = [];
  let last = NaN;
  for (const [at, ...quantiles] of points) {
    if (at - last > 3 * width) rows.push([last + width, null]); // nothing was reported for a while
    rows.push([at, quantiles[place]]);
    last = at;
  }
  return rows;
}

/** @param {Distribution} found @param {(value: number) => string} word @returns {[string, number][]} */
function shared({ edges, shares }, word) {
  const words = shares.map((_, place) => (place < edges.length ? `up to ${word(edges[place])}` : `above ${word(edges[edges.length - 1])}`));
  const rows = shares.map((count, place) => /** @type {[string, number]} */ ([words[place], count]));
  const first = shares.findIndex((count) => count > 0);
  const last = shares.findLastIndex((count) => count > 0);
  return rows.slice(Math.max(0, first), last + 1);
}

/** @param {string} name @param {Distribution} found */
function showExact(name, found) {
  const note = document.querySelector(`[data-exact="${name}"]`);
  const none = document.getElementById(`no-${name}`);
  if (none) none.hidden = found.count > 0;
  if (note) note.textContent = !found.count ? "" : found.exact ? "exact" : "to 2.5 %";
}

const charts = [latency, slippage, orders];

followState(/^orders$/, (state, now) => {
  const range = { from: state.from, to: state.to };
  showTiles(state.tiles, now);
  QUANTILES.forEach((_, place) => latency.replace(place, curve(state.latency.curve, place, state.latency.width)));
  slippage.replace(0, curve(state.slippage.curve, 0, state.slippage.width));
  if (state.earlier) {
    latency.replace(QUANTILES.length, curve(state.earlier.latency, 0, state.latency.width));
    slippage.replace(1, curve(state.earlier.slippage, 0, state.slippage.width));
  }
  showEarlier(state.earlier);
  showStack(orders, STATUSES, state.orders, { width: state.width, legend: "data-status" });
  for (const chart of charts) chart.setRange(range);
  showBars("latency-shares", shared(state.latency, seconds));
  showBars("slippage-shares", shared(state.slippage, bps));
  showExact("latency", state.latency);
  showExact("slippage", state.slippage);
  showBars("rejections", state.rejections.map((/** @type {[string, number]} */ [reason, count]) => [reason || "no reason given", count])); // prettier-ignore
  const none = document.getElementById("no-rejections");
  if (none) none.hidden = state.rejections.length > 0;
});
for (const chart of charts) chart.draw(); // below the fold too

// @ts-check
/** The risk page: falls, limits, exposure, when money is lost, what risk management decided. */
import { measure, quantity, ratio } from "../../ops_portal/js/format.js";
import { reword } from "../../ops_portal/js/time.js";
import { fetchMarks } from "./alert-marks.js";
import { showBars } from "./bars.js";
import { ofRules, showLegend } from "./chart-legend.js";
import { lineChart } from "./charts.js";
import { pale, paleItem, showEarlier } from "./earlier.js";
import { heat } from "./heat.js";
import { followState } from "./page-state.js";
import { showTiles } from "./page-tiles.js";
import { showStack, stackChart } from "./stack.js";

/** @typedef {{name: string, used: string | null, allowed: string, headroom: string | null, usage: number | null, at: number}} Limit */
/** @typedef {{strategy: string, symbol: string, gross_exposure?: number, net_exposure?: number, leverage?: number, at: number}} Stake */

const OUTCOMES = /** @type {import("./stack.js").Kinds} */ ([
  ["approved", "Approved", "--series-3"], ["reduced", "Reduced", "--series-5"], ["rejected", "Rejected", "--series-2"],
  ["halted", "Halted", "--series-7"], ["resumed", "Resumed", "--series-6"],
]); // prettier-ignore
/** Whose thresholds and firings belong on the drawdown. */
const DRAWDOWNS = ["current_drawdown", "portal_drawdown_ratio"];
const percent = (/** @type {number} */ y) => ratio(y, 2);
const NEAR = 0.8; // of a limit, from where on it is coloured
const page = /** @type {HTMLElement} */ (document.getElementById("sums"));

/** @param {string} id */
const canvas = (id) => /** @type {HTMLCanvasElement} */ (document.getElementById(id));
const drawdown = lineChart(canvas("drawdown-chart"), {
  series: [{ label: "Drawdown", points: [], area: true, stepped: true, color: "--series-2" }, ...pale("Period before", { stepped: true })],
  about: [-0.01, 0], top: 0, far: 3,
  format: percent,
});
const decisions = stackChart(canvas("decisions-chart"), OUTCOMES);
const charts = [drawdown, decisions];

/** @param {string} id @param {boolean} none */
function tell(id, none) {
  const element = document.getElementById(id);
  if (element) element.hidden = !none;
}

/** @param {string} text @param {string} label @param {string} [kind] */
function cell(text, label, kind = "") {
  const element = document.createElement("td");
  element.textContent = text;
  element.dataset.label = label;
  element.className = kind;
  return element;
}

/** @param {number} at epoch seconds */
function when(at) {
  const element = cell("", "When");
  const time = document.createElement("time");
  time.dateTime = new Date(at * 1000).toISOString();
  time.dataset.form = "ago";
  reword(time);
  element.append(time);
  return element;
}

/** @param {string} id @param {HTMLTableCellElement[][]} lines */
function fill(id, lines) {
  const table = /** @type {HTMLTableElement} */ (document.getElementById(id));
  table.hidden = !lines.length;
  tell(`no-${id}`, !lines.length);
  table.tBodies[0].replaceChildren(
    ...lines.map((cells) => {
      const row = document.createElement("tr");
      row.append(...cells);
      return row;
    }),
  );
}

/** @param {Limit} limit */
function usage({ usage: share }) {
  const element = cell("", "Used", share !== null && share >= 1 ? "loss" : "");
  if (share === null) return element;
  const meter = document.createElement("meter");
  [meter.max, meter.high, meter.value] = [1, NEAR, Math.min(1, share)];
  meter.ariaLabel = ratio(share);
  element.append(meter, ` ${ratio(share)}`);
  return element;
}

/** @param {number | undefined} value */
const stake = (value) => quantity(value === undefined ? value : Math.round(value * 100) / 100);

/** @param {[number, number, number, number][]} cells @param {string} currency */
function showHours(cells, currency) {
  const table = /** @type {HTMLTableElement} */ (document.getElementById("hours"));
  const most = Math.max(0, ...cells.map(([, , pnl]) => Math.abs(pnl)));
  const found = new Map(cells.map(([day, hour, pnl, trades]) => [`${day} ${hour}`, { pnl, trades }]));
  [...table.tBodies[0].rows].forEach((row, index) => {
    const day = row.cells[0].textContent ?? "";
    for (let hour = 0; hour < 24; hour += 1) {
      const { pnl, trades } = found.get(`${index + 1} ${hour}`) ?? { pnl: 0, trades: 0 };
      heat(row.cells[hour + 1], { pnl, trades, most, currency, what: `${day} ${String(hour).padStart(2, "0")}:00` });
    }
  });
}

/** @param {{metrics: string[], env: string, from: number, to: number}} span */
async function showMarks(span) {
  const { thresholds, bands } = await fetchMarks(page.dataset.marks, span);
  drawdown.setThresholds(thresholds);
  drawdown.setBands(bands);
  showLegend(document.getElementById("drawdown-legend"), [...paleItem("Period before"), ...ofRules(drawdown.marks, percent)]);
}

followState(/^(decisions|figures|orders)$/, (state, now) => {
  showTiles(state.tiles, now);
  drawdown.replace(0, state.drawdown);
  if (state.earlier) drawdown.replace(1, state.earlier.drawdown);
  showEarlier(state.earlier);
  tell("no-drawdown", !state.drawdown.length);
  for (const chart of charts) chart.setRange({ from: state.from, to: state.to });
  fill("limits", state.limits.map((/** @type {Limit} */ one) => [cell(one.name, "Limit"), usage(one), cell(quantity(one.headroom), "Headroom", "num"), cell(quantity(one.allowed), "Allowed", "num"), when(one.at)])); // prettier-ignore
  fill("stakes", state.stakes.map((/** @type {Stake} */ one) => [
    cell([one.strategy || "whole account", one.symbol].filter(Boolean).join(", "), "Of"), cell(stake(one.gross_exposure), "Gross", "num"),
    cell(stake(one.net_exposure), "Net", "num"), cell(one.leverage === undefined ? "–" : measure(one.leverage, "leverage"), "Leverage", "num"), when(one.at),
  ])); // prettier-ignore
  showHours(state.hours, state.scope.currency);
  showStack(decisions, OUTCOMES, state.decisions, { width: state.width, legend: "data-outcome" });
  showBars("refusals", state.refusals.map((/** @type {[string, number]} */ [reason, count]) => [reason || "no reason given", count])); // prettier-ignore
  tell("no-refusals", !state.refusals.length);
  showMarks({ metrics: DRAWDOWNS, env: state.scope.env, from: state.from, to: state.to }).catch((error) => console.warn("marks not fetched", error));
});
for (const chart of charts) chart.draw(); // below the fold too

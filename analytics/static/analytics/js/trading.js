// @ts-check
/** The trading page: first paint from the JSON in the page, then every frame of the feed. */
import { onReset, subscribe } from "../../ops_portal/js/live.js";
import { whole } from "../../ops_portal/js/format.js";
import { now } from "../../ops_portal/js/time.js";
import { lineChart } from "./charts.js";
import { showEarlier } from "./earlier.js";
import { EquityCharts } from "./equity-charts.js";
import { PnlBars } from "./pnl-bars.js";
import { TradingState } from "./trading-state.js";
import { showTrades } from "./trading-table.js";
import { showTiles } from "./trading-tiles.js";

const REFETCH_MS = 2_000;
const QUIET_MS = 5_000; // without more trades than frames tell of; then a page looks for the others
const SLIDE_MS = 1_000;
/** What a signal may be, in the order of the stack, with the variable of its colour. */
const TYPES = [
  ["buy", "--series-3"], ["sell", "--series-2"], ["close_long", "--series-6"], ["close_short", "--series-5"], ["hold", "--series-4"],
]; // prettier-ignore
const WORDS = /** @type {Record<string, string>} */ ({ buy: "Buy", sell: "Sell", close_long: "Close long", close_short: "Close short", hold: "Hold" });

const page = /** @type {HTMLElement} */ (document.getElementById("trading"));
const given = JSON.parse(document.getElementById("trading-state")?.textContent ?? "{}");
const rangeWord = page.dataset.rangeWord ?? "";
const state = new TradingState(given);
let fetching = 0;
let quiet = 0;

const range = () => ({ from: state.from, to: state.to });
const equity = new EquityCharts(state, page.dataset.marks);
const made = new PnlBars(state);
const signals = lineChart(canvas("signals-chart"), {
  series: TYPES.map(([type, color]) => ({ label: WORDS[type], color, points: state.bars(type), bars: true })),
  range: range(),
  stacked: true,
  zero: true,
  format: whole,
});

/** @param {string} id */
function canvas(id) {
  return /** @type {HTMLCanvasElement} */ (document.getElementById(id));
}

function drawPnl() {
  equity.draw();
  made.draw();
}

function drawSignals() {
  TYPES.forEach(([type], index) => signals.replace(index, state.bars(type)));
  signals.setRange(range());
  const counts = state.counted();
  for (const mark of document.querySelectorAll("[data-type]")) {
    const count = counts[/** @type {HTMLElement} */ (mark).dataset.type ?? ""] ?? 0;
    /** @type {HTMLElement} */ (mark).hidden = count === 0;
    const number = mark.querySelector("[data-count]");
    if (number) number.textContent = whole(count);
  }
}

function showAll() {
  drawPnl();
  drawSignals();
  showEarlier(state.earlier);
  showTrades(state.trades);
  showTiles(state, rangeWord, now());
}

const draws = /** @type {Record<string, () => void>} */ ({
  pnl: drawPnl,
  signals: drawSignals,
  trades: () => {
    showTrades(state.trades);
    equity.showTrades();
  },
});
/** @type {Set<string>} what the frames of this batch changed */
const changed = new Set();

function flush() {
  for (const change of changed) draws[change]?.();
  if (changed.has("unknown") || (state.earlier && changed.has("pnl"))) fetchSoon();
  if (changed.has("cut")) fetchWhenQuiet();
  if (changed.size) showTiles(state, rangeWord, now());
  changed.clear();
}

/** A frame that only the server can place: fetch, but not for every frame. */
function fetchSoon() {
  if (!fetching) fetching = setTimeout(() => fetchState().catch((error) => console.warn("state not fetched", error)), REFETCH_MS);
}

/** More trades came than frames tell of: fetch them once, after the last of them, and not with all the other pages. */
function fetchWhenQuiet() {
  clearTimeout(quiet);
  quiet = setTimeout(fetchSoon, QUIET_MS * (1 + Math.random()));
}

async function fetchState() {
  clearTimeout(fetching);
  fetching = 0;
  const answer = await fetch(`${page.dataset.state}${location.search}`, { headers: { Accept: "application/json" } });
  if (!answer.ok) throw new TypeError(`the state answered ${answer.status}`);
  const fresh = await answer.json();
  state.load(fresh);
  showAll();
  return String(fresh.seq);
}

subscribe("trading", (key, data, ts) => {
  if (page.dataset.empty) return location.reload();
  const change = state.apply(key, data, ts);
  if (!change) return;
  if (!changed.size) queueMicrotask(flush);
  changed.add(change);
});
subscribe("alerts", () => equity.fetchMarks(true));
onReset(fetchState);

setInterval(() => {
  if (document.hidden) return;
  state.slide(now());
  if (state.follows) {
    drawPnl();
    equity.fetchMarks();
    drawSignals();
  }
  showTiles(state, rangeWord, now());
}, SLIDE_MS);

showAll();
page.dataset.ready = "1";

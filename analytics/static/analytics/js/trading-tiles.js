// @ts-check
/** The figures over the charts: each with its note and age, grey when old, a dash when absent. */
import { gain, money, ratio, whole } from "../../ops_portal/js/format.js";
import { showAge, write } from "./page-tiles.js";

/** @typedef {import("./trading-state.js").TradingState} TradingState */
/** @typedef {{figure: string, note: string, at: number, absent: boolean, gain?: string}} Shown */

const FRESH_MS = 300_000;

/** @param {number | null} share @returns {string} how far a win rate is from a coin's */
export function fromHalf(share) {
  if (share === null) return "no trade yet";
  const points = Math.abs(share * 100 - 50).toFixed(1);
  if (points === "0.0") return "exactly 50 %";
  return `${points} points ${share > 0.5 ? "above" : "below"} 50 %`;
}

/** @param {import("./trading-state.js").Figures} f */
function outcome(f) {
  const even = f.breakeven ? `, ${whole(f.breakeven)} even` : "";
  return `${whole(f.wins)} won, ${whole(f.losses)} lost${even}`;
}

/** @param {TradingState["scope"]} scope @returns {string} why there is no drawdown */
function withoutCapital({ symbol, source }) {
  return symbol || source ? "a part has no capital of its own" : "needs a starting capital";
}

/** @param {TradingState} state @param {string} rangeWord @returns {Record<string, Shown>} */
function shown(state, rangeWord) {
  const { figures: f, scope } = state;
  const none = f.trades === 0;
  const at = (f.at ?? 0) * 1000;
  const counts = state.counted();
  const signals = Object.values(counts).reduce((sum, one) => sum + one, 0);
  return {
    pnl: { figure: money(none ? null : f.pnl), gain: gain(f.pnl), note: `${money(state.gained(), scope.currency)} ${rangeWord}`, at, absent: none },
    win: { figure: ratio(f.win_ratio), note: fromHalf(f.win_ratio), at, absent: f.win_ratio === null },
    trades: { figure: whole(f.trades), note: outcome(f), at, absent: none },
    signals: { figure: whole(f.signals), note: `${whole(signals)} ${rangeWord}`, at: state.signalsAt, absent: f.signals === 0 },
    drawdown: { figure: ratio(f.drawdown, 2), note: f.max_drawdown === null ? withoutCapital(scope) : `deepest ${ratio(f.max_drawdown, 2)}`, at, absent: f.drawdown === null },
  };
}

/**
 * @param {TradingState} state
 * @param {string} rangeWord `in 24 h`
 * @param {number} now
 */
export function showTiles(state, rangeWord, now) {
  const stale = now - state.feedAt > FRESH_MS;
  for (const [name, tile] of Object.entries(shown(state, rangeWord))) {
    const element = document.getElementById(`tile-${name}`);
    if (!element) continue;
    element.classList.toggle("is-absent", tile.absent);
    element.classList.toggle("is-stale", stale && !tile.absent);
    const figure = element.querySelector("[data-figure]");
    write(figure, tile.absent ? "–" : tile.figure);
    figure?.parentElement?.classList.toggle("profit", tile.gain === "profit");
    figure?.parentElement?.classList.toggle("loss", tile.gain === "loss");
    write(element.querySelector("[data-note]"), tile.note);
    showAge(element.querySelector("[data-age]"), tile.absent ? null : tile.at, tile.absent ? "no data" : "");
  }
}

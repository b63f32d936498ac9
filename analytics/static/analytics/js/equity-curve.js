// @ts-check
/** Equity and its fall from the peak, from the PnL that the trading page knows. */

/** @typedef {import("./trading-state.js").TradingState} TradingState */

/** @param {TradingState} state @returns {[number, number][]} equity, or without a capital the PnL of all trades so far, from each bucket on */
export function equityOf(state) {
  return state.curve().map(([at, sum]) => [at, (state.capital ?? 0) + sum]);
}

/** @param {TradingState} state @returns {[number, number][]} how far equity is below its highest until then, a ratio; nothing without a capital */
export function drawdownOf(state) {
  const { capital } = state;
  if (capital === null) return [];
  let peak = capital + Math.max(0, state.peak);
  return state.curve().map(([at, sum]) => {
    peak = Math.max(peak, capital + sum);
    return [at, Math.max(-1, (capital + sum) / peak - 1)];
  });
}

/** @param {TradingState} state @returns {[number, number][]} the period before as it went on, from the level at which this one began */
export function earlierOf(state) {
  if (!state.earlier) return [];
  let level = (state.capital ?? 0) + state.base;
  /** @type {[number, number][]} */
  const rows = [[state.from, level]];
  for (const [at, gained] of state.earlier.pnl) if (at >= state.from) rows.push([at, (level += gained)]);
  rows.push([state.to, level]);
  return rows;
}

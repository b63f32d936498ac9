// @ts-check
/**
 * What the trading page knows: the state it was rendered with plus every frame since. After any
 * frames it equals the state of a page that is opened now. No DOM in here.
 */
import { TradeMarks } from "./trade-marks.js";

/** @typedef {{id: number, env: string, source: string, opened_at: string | null, closed_at: string, symbol: string, side: string, quantity: string | null, price: string | null, pnl: string, currency: string, strategy: string, exit_reason: string}} Trade */
/** @typedef {{pnl: string, fees: string, trades: number, wins: number, losses: number, breakeven: number, win_ratio: number | null, signals: number, drawdown: number | null, max_drawdown: number | null, at: number | null}} Figures */
/** @typedef {Record<string, number>} Counts */
/** @typedef {"figures" | "pnl" | "signals" | "trades" | "unknown" | "cut" | ""} Change unknown: only a fetch can tell; cut: the same, once it is quiet */

const SHOWN = 25;
const WHOLE = "*";
const LEAST_WIN = 5e-9; // rounds to 1e-8, where won, lost and even are told apart

export class TradingState {
  /** @param {any} state as /trading/state/ gives it */
  constructor(state) {
    this.load(state);
  }

  /** @param {any} state */
  load(state) {
    const { scope, figures, range, follows, paged, seq, wanted } = state;
    Object.assign(this, { scope, range, follows, paged, seq });
    /** @type {{side: string, outcome: string, exit: string}} */
    this.wanted = wanted;
    /** @type {{env: string, currency: string, strategy: string, symbol: string, source: string}} */
    this.scope = scope;
    /** @type {Figures} */
    this.figures = figures;
    this.follows = Boolean(follows);
    this.paged = Boolean(paged);
    this.from = Number(state.from);
    this.to = Number(state.to);
    this.length = this.to - this.from;
    this.width = Number(state.width);
    this.bar = Number(state.bar);
    this.base = Number(state.base);
    /** @type {number | null} null: nobody said what the account began with */
    this.capital = state.equity.capital;
    this.peak = Math.max(this.base, Number(state.equity.peak)); // of the sum of PnL before the range
    this.marks = new TradeMarks(state.equity);
    /** @type {(import("./earlier.js").Earlier & {pnl: [number, number][]}) | null} the period before, where it is compared */
    this.earlier = state.earlier;
    this.feedAt = Number(state.feed_at ?? 0) * 1000;
    this.signalsAt = Number(state.signals_at ?? 0) * 1000;
    this.tailFrom = Number(state.tail.from);
    /** @type {Map<number, number>} */
    this.pnl = new Map(state.pnl);
    /** @type {Map<number, Counts>} */
    this.signals = new Map(state.signals);
    /** @type {Map<number, number>} */
    this.pnlMinutes = new Map(state.tail.pnl);
    /** @type {Map<number, Counts>} */
    this.signalMinutes = new Map(state.tail.signals);
    /** @type {Trade[]} */
    this.trades = state.trades;
  }

  /** A part of the account: frames tell the sums of the whole, so that only a fetch can tell these. */
  get isPart() {
    const { strategy, symbol, source } = this.scope;
    return strategy !== WHOLE || Boolean(symbol || source);
  }

  /**
   * @param {string} key of a frame of the topic `trading`
   * @param {any} data
   * @param {number} ts epoch seconds
   * @returns {Change}
   */
  apply(key, data, ts) {
    const [kind, env, ...rest] = key.split(":");
    if (kind === "trade") return this.putTrade(data);
    if (kind === "cut") return "cut";
    if (env !== this.scope.env) return "";
    this.feedAt = Math.max(this.feedAt, ts * 1000);
    if (kind === "signals") {
      this.signalsAt = Math.max(this.signalsAt, ts * 1000);
      return this.isPart ? "unknown" : this.putSignals(Number(rest[0]) * 1000, data);
    }
    if (rest[0] !== this.scope.currency) return "";
    if (this.isPart) return "unknown";
    if (kind === "pnl") return this.putPnl(Number(rest[1]) * 1000, Number(data.pnl));
    if (kind !== "figures") return "";
    this.figures = data;
    return "figures";
  }

  /** @param {number} minute @param {number} sum @returns {Change} */
  putPnl(minute, sum) {
    if (minute >= this.to && !this.follows) return "";
    if (minute < this.tailFrom) return "unknown";
    const bucket = minute - (minute % this.width);
    const before = this.pnlMinutes.get(minute) ?? 0;
    this.pnlMinutes.set(minute, sum);
    this.pnl.set(bucket, (this.pnl.get(bucket) ?? 0) + sum - before);
    return "pnl";
  }

  /** @param {number} minute @param {Counts} counts @returns {Change} */
  putSignals(minute, counts) {
    if (minute >= this.to && !this.follows) return "";
    if (minute < this.tailFrom) return "unknown";
    const bucket = minute - (minute % this.bar);
    const before = this.signalMinutes.get(minute) ?? {};
    const sums = { ...this.signals.get(bucket) };
    for (const [type, count] of Object.entries(counts)) sums[type] = (sums[type] ?? 0) + count - (before[type] ?? 0);
    this.signalMinutes.set(minute, counts);
    this.signals.set(bucket, sums);
    return "signals";
  }

  /** @param {Trade} trade @returns {Change} */
  putTrade(trade) {
    const { env, currency, strategy, symbol, source } = this.scope;
    if (trade.env !== env || trade.currency !== currency) return "";
    if (strategy !== WHOLE && trade.strategy !== strategy) return "";
    if ((symbol && trade.symbol !== symbol) || (source && trade.source !== source)) return "";
    this.marks.put(trade);
    if (!isWanted(trade, this.wanted) || this.paged || (!this.follows && Date.parse(trade.closed_at) >= this.to)) return "";
    const others = this.trades.filter(({ id }) => id !== trade.id);
    this.trades = [...others, trade].sort(newestFirst).slice(0, SHOWN);
    return "trades";
  }

  /** Move the window with the clock; what leaves it stays in the sum and peak before it. @param {number} now */
  slide(now) {
    if (!this.follows) return;
    this.to = now;
    if (this.range !== "all") {
      const from = now - this.length;
      this.from = Math.max(this.from, from - (from % this.width));
    }
    for (const at of this.buckets()) {
      if (at >= this.from) break;
      this.base += this.pnl.get(at) ?? 0;
      this.peak = Math.max(this.peak, this.base);
      this.pnl.delete(at);
    }
    for (const at of this.signals.keys()) if (at + this.bar <= this.from) this.signals.delete(at);
  }

  /** @returns {number[]} where the buckets with trades begin, oldest first */
  buckets() {
    return [...this.pnl.keys()].sort((a, b) => a - b);
  }

  /** @returns {[number, number][]} the PnL of all trades so far, from each bucket on */
  curve() {
    let sum = this.base;
    /** @type {[number, number][]} */
    const rows = [[this.from, sum]];
    for (const at of this.buckets()) {
      sum += this.pnl.get(at) ?? 0;
      rows.push([Math.max(at, this.from), sum]);
    }
    rows.push([this.to, sum]);
    return rows;
  }

  /** @returns {number} PnL of the range */
  gained() {
    return [...this.pnl.values()].reduce((sum, one) => sum + one, 0);
  }

  /** @returns {Counts} signals of the range by type */
  counted() {
    /** @type {Counts} */
    const sums = {};
    for (const counts of this.signals.values()) {
      for (const [type, count] of Object.entries(counts)) sums[type] = (sums[type] ?? 0) + count;
    }
    return sums;
  }

  /** @param {string} type @returns {[number, number][]} middle of the bar, count */
  bars(type) {
    return [...this.signals.keys()]
      .sort((a, b) => a - b)
      .flatMap((at) => (this.signals.get(at)?.[type] ? [[at + this.bar / 2, this.signals.get(at)?.[type] ?? 0]] : []));
  }
}

/** @param {Trade} trade @param {TradingState["wanted"]} wanted the filters of the list */
function isWanted({ side, pnl, exit_reason: reason }, wanted) {
  const outcome = Math.abs(Number(pnl)) < LEAST_WIN ? "even" : Number(pnl) > 0 ? "won" : "lost";
  return [[wanted.side, side], [wanted.outcome, outcome], [wanted.exit, reason]].every(([asked, found]) => !asked || asked === found); // prettier-ignore
}

/** @param {Trade} a @param {Trade} b */
function newestFirst(a, b) {
  // As text: ISO times of one zone sort, down to the microsecond that Date would cut off.
  return a.closed_at < b.closed_at ? 1 : a.closed_at > b.closed_at ? -1 : b.id - a.id;
}

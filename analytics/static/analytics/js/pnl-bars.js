// @ts-check
/** What was made and lost in each hour or day of the range, from the sums of the curve above. */
import { money } from "../../ops_portal/js/format.js";
import { lineChart } from "./charts.js";

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const BY_HOUR_MS = 3 * DAY_MS; // longer ranges go by the day
const SHORTEST_MS = 3 * HOUR_MS; // a bar or two tell nothing

/** @typedef {Pick<import("./trading-state.js").TradingState, "from" | "to" | "width" | "pnl">} Sums */

/** @param {Sums} state @returns {number} ms of a bar: an hour, a day, or a bucket of the curve that is longer */
export const widthOf = ({ from, to, width }) => (to - from <= BY_HOUR_MS ? HOUR_MS : Math.max(DAY_MS, width));

/** @param {Sums} state @returns {[number, number][]} [middle of the bar, sum], oldest first; buckets of UTC */
export function barsOf(state) {
  const width = widthOf(state);
  /** @type {Map<number, number>} */
  const sums = new Map();
  for (const [at, sum] of state.pnl) sums.set(at - (at % width), (sums.get(at - (at % width)) ?? 0) + sum);
  return [...sums].sort(([a], [b]) => a - b).map(([at, sum]) => [at + width / 2, sum]);
}

export class PnlBars {
  /** @param {import("./trading-state.js").TradingState} state */
  constructor(state) {
    this.state = state;
    this.card = /** @type {HTMLElement} */ (document.getElementById("pnl-bars-card"));
    this.word = /** @type {HTMLElement} */ (document.getElementById("pnl-bars-of"));
    this.chart = lineChart(/** @type {HTMLCanvasElement} */ (document.getElementById("pnl-bars")), {
      title: "Profit and loss",
      series: [
        { label: "Made", points: [], color: "--series-3", bars: true },
        { label: "Lost", points: [], color: "--series-2", bars: true },
      ],
      stacked: true, zero: true, format: (y) => money(y),
    }); // prettier-ignore
    this.draw();
    this.chart.draw(); // below the fold too
  }

  draw() {
    const { from, to } = this.state;
    this.card.hidden = to - from < SHORTEST_MS;
    const width = widthOf(this.state);
    this.word.textContent = width === HOUR_MS ? "by hour" : width === DAY_MS ? "by day (UTC)" : `by ${width / DAY_MS} days (UTC)`;
    const bars = barsOf(this.state);
    this.chart.replace(0, bars.filter(([, sum]) => sum > 0));
    this.chart.replace(1, bars.filter(([, sum]) => sum < 0));
    this.chart.setRange({ from: from - (from % width), to: to - (to % width) + width });
  }
}

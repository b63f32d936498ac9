// @ts-check
/**
 * The one recipe for charts; nobody makes a `Chart` elsewhere.
 *
 *   const chart = lineChart(canvas, {
 *     title: "Drawdown",
 *     series: [{ label: "BTC-1", color: "--series-1", points: [[1700000000000, -0.01], ...] }],
 *     threshold: { value: -0.05, label: "below −5 %" }, bands: [{ from: 1700000000000, to: null }],
 *     format: (y) => `${(100 * y).toFixed(1)} %`,
 *   });
 *   chart.put(0, Date.now(), -0.02);
 *
 * Times are milliseconds. A value of null is a gap: a missing feed looks missing. A point may be
 * [ms, min, max, last]: then the span between min and max is drawn behind the line. New values only
 * mark the chart; chart-loop.js decides when it is drawn.
 */
import "../../ops_portal/vendor/chart-4.6.1.umd.min.js";
import { dismiss, enroll, mark, markAll } from "./chart-loop.js";
import { follow } from "./chart-cursor.js";
import { tables } from "./chart-events.js";
import { under } from "./chart-marks.js";
import { Points, reach } from "./chart-points.js";
import { color, configuration, forgetColors, inked } from "./chart-recipe.js";
import { summary, tableUnder } from "./chart-table.js";

/** @typedef {import("./chart-points.js").Rows} Rows */
/** @typedef {import("./chart-recipe.js").Series} Series */
/**
 * @typedef {object} Options
 * @property {Series[]} series
 * @property {string} [title] for the summary; blank takes the card's heading
 * @property {import("./chart-marks.js").Threshold | null} [threshold]
 * @property {import("./chart-marks.js").Band[]} [bands]
 * @property {(y: number) => string} [format] a value with its unit
 * @property {{from: number, to: number} | null} [range] null: as far as the points reach
 * @property {boolean} [stacked] bars on top of each other
 * @property {boolean} [zero] the axis always shows zero
 * @property {[number, number]} [about] the axis always shows what lies between
 * @property {number} [top] the axis ends here
 * @property {number} [far] how many times the height of the lines a threshold may be away and is still drawn; else the legend alone tells it
 * @property {boolean} [shared] a chart below has the words of the time axis
 */

const { Chart } = /** @type {any} */ (globalThis);
const root = document.documentElement;
const plain = new Intl.NumberFormat("en-US", { maximumSignificantDigits: 6 }).format;

/** @type {Set<LineChart>} */
const charts = new Set();
root.addEventListener("themechange", () => {
  forgetColors();
  charts.forEach((chart) => chart.paint());
});
root.addEventListener("zonechange", markAll);

/** @param {HTMLCanvasElement} canvas @param {Options} options @returns {LineChart} */
export const lineChart = (canvas, options) => new LineChart(canvas, options);

export class LineChart {
  /** @param {HTMLCanvasElement} canvas @param {Options} options */
  constructor(canvas, options) {
    const heading = canvas.closest("section, .card")?.querySelector("h2, h3")?.textContent;
    this.options = { format: plain, title: heading?.trim() ?? "", ...options };
    this.lines = options.series.map(({ points }) => new Points(points));
    /** @type {import("./chart-marks.js").Drawn} */
    this.marks = { thresholds: options.threshold ? [options.threshold] : [], bands: options.bands ?? [], trades: [] };
    this.chart = new Chart(canvas, configuration(this.options, this.lines, this.marks));
    this.drawn = { canvas, draw: () => this.draw(), drawnAt: 0, seen: true };
    this.table = tableUnder(canvas.parentElement ?? canvas, () => this.told(), this.options.format, () => tables(this.marks));
    this.unfollow = follow(canvas, this.chart, (at) => this.linked(at));
    charts.add(this);
    this.setRange(options.range ?? null);
    this.paint();
    this.draw(); // even below the fold: an empty axis would be a lie until it is scrolled to
    enroll(this.drawn);
  }

  /** @param {number} index of the series @param {number} x ms @param {number | null} y */
  put(index, x, y) {
    this.lines[index].put(x, y);
    mark(this.drawn);
  }

  /** @param {number} index of the series @param {Rows} rows */
  replace(index, rows) {
    this.lines[index].replace(rows);
    mark(this.drawn);
  }

  /** @param {{from: number, to: number} | null} range */
  setRange(range) {
    Object.assign(this.chart.options.scales.x, { min: range?.from, max: range?.to });
    mark(this.drawn);
  }

  /** @param {import("./chart-marks.js").Band[]} bands */
  setBands(bands) {
    this.marks.bands = bands;
    mark(this.drawn);
  }

  /** @param {import("./chart-marks.js").Threshold[]} thresholds the most severe last */
  setThresholds(thresholds) {
    this.marks.thresholds = thresholds;
    mark(this.drawn);
  }

  /** @param {import("./chart-marks.js").TradeMark[]} trades oldest first */
  setTrades(trades) {
    this.marks.trades = trades;
    mark(this.drawn);
  }

  /** @param {number} at ms @returns {string} the page of the alert that fired then, or nothing */
  linked(at) {
    const bands = under(this.marks, this.chart.scales.x, at).bands;
    return bands[bands.length - 1]?.href ?? "";
  }

  /** @returns {string} what the chart says in words */
  summary() {
    return summary(this.options.title, this.told(), this.options.format);
  }

  destroy() {
    charts.delete(this);
    dismiss(this.drawn);
    this.unfollow();
    this.table.remove();
    this.chart.destroy();
  }

  told() {
    return this.options.series.map(({ label }, index) => ({ label, list: this.lines[index].list }));
  }

  draw() {
    // A copy that cannot grow: Chart.js would watch any other array and work at each push.
    for (const dataset of this.chart.data.datasets) dataset.data = Object.preventExtensions(dataset.rows());
    const y = this.chart.options.scales.y;
    [y.suggestedMin, y.suggestedMax] = reach(this.lines, this.marks.thresholds, this.options);
    this.chart.update("none");
    this.drawn.canvas.setAttribute("aria-label", this.summary());
  }

  /** Take the colours of the theme. */
  paint() {
    const { scales, plugins } = this.chart.options;
    Chart.defaults.font.family = getComputedStyle(root).fontFamily;
    for (const axis of [scales.x, scales.y]) {
      axis.ticks.color = color("--muted");
      axis.grid.color = axis.border.color = color("--grid");
    }
    const { tooltip } = plugins;
    [tooltip.backgroundColor, tooltip.borderColor] = [color("--raised"), color("--control")];
    tooltip.titleColor = tooltip.bodyColor = color("--text");
    for (const dataset of this.chart.data.datasets) Object.assign(dataset, inked(dataset));
    mark(this.drawn);
  }
}

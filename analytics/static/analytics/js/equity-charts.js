// @ts-check
/** Equity over its drawdown, on one time axis, with what rules say of both and the trades. */
import { money, ratio } from "../../ops_portal/js/format.js";
import { fetchMarks } from "./alert-marks.js";
import { ofRules, ofTrades, showLegend } from "./chart-legend.js";
import { lineChart } from "./charts.js";
import { pale, paleItem } from "./earlier.js";
import { drawdownOf, earlierOf, equityOf } from "./equity-curve.js";

/** @typedef {import("./trading-state.js").TradingState} TradingState */

/** Series whose thresholds are heights of the lower chart; and of the upper one, seen from the capital. */
const FALLS = ["current_drawdown", "portal_drawdown_ratio"];
const GAINS = ["portal_pnl"];
/** What the agent says of its PnL may count from elsewhere: its firings are shown, not its thresholds. */
const REPORTED = ["current_pnl"];
const AGAIN_MS = 30_000;
const percent = (/** @type {number} */ y) => ratio(y, 2);
/** @param {string} id */
const canvas = (id) => /** @type {HTMLCanvasElement} */ (document.getElementById(id));

export class EquityCharts {
  /** @param {TradingState} state @param {string} [marks] the address that tells of rules; none for who may not see alerts */
  constructor(state, marks) {
    const whole = state.capital !== null;
    const { currency } = state.scope;
    this.state = state;
    this.address = marks;
    this.told = -Infinity; // when the marks were fetched
    this.format = whole ? (/** @type {number} */ y) => money(y).replace("+", "") : (/** @type {number} */ y) => money(y);
    const label = whole ? `Equity in ${currency}` : `PnL in ${currency}`;
    this.equity = lineChart(canvas("equity-chart"), {
      series: [
        { label, points: equityOf(state), area: !whole, stepped: true },
        ...pale("Period before", { points: earlierOf(state), stepped: true }),
      ],
      range: this.range(), shared: whole, format: this.format,
    }); // prettier-ignore
    this.falls = whole
      ? lineChart(canvas("drawdown-chart"), {
          title: "Drawdown",
          series: [{ label: "Drawdown", points: drawdownOf(state), area: true, stepped: true, color: "--series-2" }],
          range: this.range(), about: [-0.01, 0], top: 0, far: 3, format: percent,
        }) // prettier-ignore
      : null;
    this.showTrades();
    this.fetchMarks();
  }

  range() {
    return { from: this.state.from, to: this.state.to };
  }

  /** The state changed, or time went on. */
  draw() {
    this.equity.replace(0, equityOf(this.state));
    if (this.state.earlier) this.equity.replace(1, earlierOf(this.state));
    this.equity.setRange(this.range());
    this.falls?.replace(0, drawdownOf(this.state));
    this.falls?.setRange(this.range());
    this.showTrades();
  }

  showTrades() {
    this.equity.setTrades(this.state.marks.within(this.state.from, this.state.to));
    this.showLegends();
  }

  /** What rules say, at most twice a minute unless an alert changed. @param {boolean} [now] */
  fetchMarks(now = false) {
    if (!now && performance.now() - this.told < AGAIN_MS) return;
    this.told = performance.now();
    const of = { metrics: [...FALLS, ...GAINS, ...REPORTED], env: this.state.scope.env, ...this.range() };
    fetchMarks(this.address, of)
      .then(({ thresholds, bands }) => this.setMarks(thresholds, bands))
      .catch((error) => console.warn("marks not fetched", error));
  }

  /** @param {import("./alert-marks.js").Threshold[]} thresholds @param {import("./alert-marks.js").Band[]} bands */
  setMarks(thresholds, bands) {
    const capital = this.state.capital ?? 0;
    const gains = thresholds.filter(({ metric }) => GAINS.includes(metric));
    this.equity.setThresholds(gains.map((one) => ({ ...one, value: capital + one.value })));
    this.equity.setBands(bands);
    this.falls?.setThresholds(thresholds.filter(({ metric }) => FALLS.includes(metric)));
    this.falls?.setBands(bands.filter(({ metric }) => FALLS.includes(metric)));
    this.showLegends();
  }

  showLegends() {
    const [{ label }] = this.equity.options.series;
    const line = { mark: this.falls ? "" : "box mark-1", text: label };
    const { marks } = this.state;
    const before = paleItem("Period before, from the same level");
    showLegend(document.getElementById("equity-legend"), [line, ...before, ...ofTrades(this.equity.marks, marks.most), ...ofRules(this.equity.marks, this.format)]);
    if (!this.falls) return;
    showLegend(document.getElementById("drawdown-legend"), [{ mark: "box mark-2", text: "Drawdown" }, ...ofRules(this.falls.marks, percent)]);
  }
}

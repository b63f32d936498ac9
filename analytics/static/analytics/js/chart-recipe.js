// @ts-check
/** The recipe: the settings that keep a dozen charts at sixty frames a second. */
import { moment, ticks, word } from "./chart-axis.js";
import { told } from "./chart-events.js";
import { lone } from "./chart-lone.js";
import { marks, under } from "./chart-marks.js";

/** @typedef {import("./chart-points.js").Points} Points */
/** @typedef {import("./chart-points.js").Rows} Rows */
/** @typedef {{label: string, points?: Rows, color?: string, dash?: number[], area?: boolean, stepped?: boolean, bars?: boolean}} Series color: name of a CSS variable */

const TICK_WIDTH = 90;
const AXIS_WIDTH = 72;
const EDGE = 20; // right of the last value, where the word of the last tick ends
const FILL = "26"; // alpha of the surface under a line

/** @type {Map<string, string>} of the theme that the page shows: asking the style for each mark of each frame would cost a frame */
const colors = new Map();

/** @param {string} name a CSS variable @returns {string} */
export function color(name) {
  let found = colors.get(name);
  if (found === undefined) colors.set(name, (found = getComputedStyle(document.documentElement).getPropertyValue(name).trim()));
  return found;
}

/** The theme changed. */
export const forgetColors = () => colors.clear();

/** @param {any} dataset @returns {object} its colours in the theme that the page shows */
export function inked({ ink, type }) {
  const shown = color(ink);
  return { borderColor: shown, backgroundColor: type === "bar" ? shown : shown + FILL };
}

/** @param {Series} series @param {Points} points @param {number} index */
function datasets(series, points, index) {
  return lines(series, points, series.color ?? `--series-${(index % 8) + 1}`).map((one) => ({ ...one, ...inked(one) }));
}

/** @param {Series} series @param {Points} points @param {string} ink */
function lines(series, points, ink) {
  const line = { label: series.label, ink, data: [], rows: () => points.list.slice(), borderDash: series.dash ?? [], stepped: series.stepped ?? false };
  if (series.bars) return [{ ...line, type: "bar", borderWidth: 0, barPercentage: 0.9, categoryPercentage: 1 }];
  const main = { ...line, type: "line", fill: series.area ? "origin" : false };
  if (!points.list.some(({ low }) => low !== undefined)) return [main];
  const edge = (/** @type {"low" | "high"} */ name, /** @type {any} */ fill) => ({
    ...line, type: "line", borderWidth: 0, fill, span: true, rows: () => points.list.map((point) => ({ x: point.x, y: point[name] ?? point.y })),
  });
  return [main, edge("low", false), edge("high", "-1")];
}

/** @param {any} options @param {Points[]} points one per series @param {import("./chart-marks.js").Drawn} drawn */
export function configuration(options, points, drawn) {
  const shown = options.series.flatMap((/** @type {Series} */ one, /** @type {number} */ index) => datasets(one, points[index], index));
  return {
    type: "line",
    data: { datasets: shown },
    plugins: [marks(color, drawn, (at) => points[0]?.level(at) ?? null), lone],
    options: {
      animation: false, parsing: false, normalized: true, maintainAspectRatio: false, spanGaps: false,
      elements: { point: { radius: 0, hitRadius: 0, hoverRadius: 4 }, line: { borderWidth: 1.5, tension: 0 } },
      interaction: { mode: "nearest", axis: "x", intersect: false },
      scales: {
        x: {
          type: "linear", bounds: "data", stacked: options.stacked, offset: false, border: {}, grid: { drawTicks: false, offset: false },
          afterBuildTicks: (/** @type {any} */ axis) => {
            axis.ticks = ticks(axis.min, axis.max, Math.max(2, axis.width / TICK_WIDTH)).map((value) => ({ value }));
          },
          afterFit: (/** @type {any} */ axis) => ([axis.paddingLeft, axis.paddingRight] = [0, EDGE]), // whether a word stands there or not
          ticks: {
            display: !options.shared, maxRotation: 0, autoSkip: false, padding: 8,
            callback: (/** @type {number} */ at, /** @type {number} */ index, /** @type {any[]} */ all) =>
              word(at, all.length > 1 ? all[1].value - all[0].value : 0),
          },
        },
        y: {
          stacked: options.stacked, beginAtZero: options.zero ?? false, suggestedMin: options.about?.[0], suggestedMax: options.about?.[1], max: options.top, grace: "5%", border: { display: false }, grid: { drawTicks: false },
          afterFit: (/** @type {any} */ axis) => (axis.width = Math.max(axis.width, AXIS_WIDTH)), // charts below each other line up
          ticks: { maxTicksLimit: 6, padding: 8, precision: options.stacked ? 0 : undefined, callback: (/** @type {number} */ y) => options.format(y) },
        },
      },
      plugins: {
        colors: { enabled: false },
        legend: { display: false },
        tooltip: {
          borderWidth: 1, padding: 10, cornerRadius: 6, boxPadding: 4, usePointStyle: true,
          filter: (/** @type {any} */ item) => !item.dataset.span,
          callbacks: {
            title: (/** @type {any[]} */ items) => (items[0] ? moment(items[0].parsed.x) : ""),
            afterBody: (/** @type {any[]} */ items) => (items[0] ? told(under(drawn, items[0].chart.scales.x, items[0].parsed.x)) : []),
            label: (/** @type {any} */ item) => `${item.dataset.label}  ${options.format(item.parsed.y)}`,
          },
        },
      },
    },
  };
}

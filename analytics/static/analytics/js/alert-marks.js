// @ts-check
/** Thresholds and firing bands of rules on a chart of the metric that they watch. */

/** @typedef {{value: number, label: string, tone: string}} Threshold */
/** @typedef {{from: number, to: number | null, tone: string, label: string, href: string}} Band */

/**
 * @param {import("./charts.js").LineChart} chart
 * @param {string | undefined} address where the marks are told; none for who may not see alerts
 * @param {{metrics: string[], env: string, from: number, to: number}} of
 */
export async function drawMarks(chart, address, { metrics, env, from, to }) {
  if (!address) return;
  const query = new URLSearchParams([...metrics.map((name) => ["metric", name]), ["env", env], ["from", String(Math.round(from))], ["to", String(Math.round(to))]]);
  const answer = await fetch(`${address}?${query}`, { headers: { Accept: "application/json" } });
  if (!answer.ok) return console.warn(`the marks answered ${answer.status}`);
  const { thresholds, bands } = /** @type {{thresholds: Threshold[], bands: Band[]}} */ (await answer.json());
  chart.setBands(bands);
  chart.setThreshold(thresholds[thresholds.length - 1] ?? null);
}

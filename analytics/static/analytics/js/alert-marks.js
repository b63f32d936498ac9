// @ts-check
/** Thresholds and firing bands of rules on a chart of the metric that they watch. */

/** @typedef {{metric: string, value: number, label: string, tone: string}} Threshold */
/** @typedef {{metric: string, from: number, to: number | null, tone: string, label: string, href: string}} Band */
/** @typedef {{thresholds: Threshold[], bands: Band[]}} Marks */

/** @type {Marks} of who may not see alerts, and of metrics that nothing watches */
const NONE = { thresholds: [], bands: [] };

/**
 * @param {string | undefined} address where the marks are told; none for who may not see alerts
 * @param {{metrics: string[], env: string, from: number, to: number}} of
 * @returns {Promise<Marks>} the most severe threshold last, bands oldest first
 */
export async function fetchMarks(address, { metrics, env, from, to }) {
  if (!address) return NONE;
  const query = new URLSearchParams([...metrics.map((name) => ["metric", name]), ["env", env], ["from", String(Math.round(from))], ["to", String(Math.round(to))]]);
  const answer = await fetch(`${address}?${query}`, { headers: { Accept: "application/json" } });
  if (answer.ok) return answer.json();
  console.warn(`the marks answered ${answer.status}`);
  return NONE;
}

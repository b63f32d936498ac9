// @ts-check
/**
 * A page of sums: the first state lies in the page, and is fetched again when the feed says that
 * something was added to them, when a reset comes, and as time goes on where the page follows it.
 */
import { onReset, subscribe } from "../../ops_portal/js/live.js";
import { now } from "../../ops_portal/js/time.js";

const SOON_MS = 1_000; // many frames, one fetch
const FOLLOW_MS = 30_000;

/**
 * @param {RegExp} kinds of frames of the topic `trading` that change the sums
 * @param {(state: any, now: number) => void} show
 */
export function followState(kinds, show) {
  const page = /** @type {HTMLElement} */ (document.getElementById("sums"));
  let state = JSON.parse(document.getElementById("page-state")?.textContent ?? "{}");
  let waiting = 0;
  let fetchedAt = Date.now();

  async function refetch() {
    clearTimeout(waiting);
    waiting = 0;
    fetchedAt = Date.now();
    const answer = await fetch(`${page.dataset.state}${location.search}`, { headers: { Accept: "application/json" } });
    if (!answer.ok) throw new TypeError(`the state answered ${answer.status}`);
    state = await answer.json();
    show(state, now());
    return String(state.seq);
  }
  const soon = () => {
    if (!waiting && !document.hidden) waiting = setTimeout(() => refetch().catch((error) => console.warn("state not fetched", error)), SOON_MS);
  };

  subscribe("trading", (key) => {
    const [kind, env] = key.split(":");
    if (kinds.test(kind) && env === state.scope.env && state.follows) soon();
  });
  onReset(refetch);
  setInterval(() => state.follows && Date.now() - fetchedAt > FOLLOW_MS && soon(), FOLLOW_MS);
  document.addEventListener("visibilitychange", () => !document.hidden && state.follows && soon());
  show(state, now());
  page.dataset.ready = "1";
}

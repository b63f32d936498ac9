// @ts-check
/** Who is on call, in the bar: asked again after the hand-over that it names. */
import { refetchParts } from "./parts.js";
import { now } from "./time.js";

const LONGEST_MS = 3_600_000; // what is agreed meanwhile shows within the hour
const SPREAD_MS = 20_000; // not every open page in the same second

export function startDuty() {
  const shown = document.getElementById("duty");
  if (!shown) return;
  const until = shown.querySelector("time");
  const left = until ? Math.max(5_000, Date.parse(until.dateTime) - now()) : LONGEST_MS;
  const wait = Math.min(left, LONGEST_MS) + Math.random() * SPREAD_MS;
  setTimeout(async () => {
    if (!document.hidden) await refetchParts(["duty"]);
    startDuty();
  }, wait);
}

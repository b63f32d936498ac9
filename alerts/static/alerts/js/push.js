// @ts-check
/** Turns web push on and off for this browser; the rows of the page say which browsers take it. */
import { toast } from "../../ops_portal/js/toast.js";

const box = /** @type {HTMLElement} */ (document.getElementById("push"));
const form = /** @type {HTMLFormElement} */ (box.querySelector("form"));
const state = /** @type {HTMLElement} */ (box.querySelector("[data-state]"));
const button = /** @type {HTMLButtonElement} */ (form.querySelector("button"));

/** @param {string} text base64url @returns {Uint8Array<ArrayBuffer>} */
function bytes(text) {
  const plain = atob(text.replaceAll("-", "+").replaceAll("_", "/"));
  return Uint8Array.from(plain, (letter) => letter.charCodeAt(0));
}

/** @param {string} text @returns {Promise<string>} its SHA-256 as the server writes it */
async function digest(text) {
  const sum = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text));
  return [...new Uint8Array(sum)].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** @returns {string} `Firefox on Linux` */
function browserName() {
  const agent = navigator.userAgent;
  const known = { "Edg/": "Edge", "OPR/": "Opera", "Firefox/": "Firefox", "Chrome/": "Chrome", "Safari/": "Safari" };
  const systems = { Android: "Android", iPhone: "iPhone", iPad: "iPad", Windows: "Windows", "Mac OS": "Mac", Linux: "Linux" };
  const found = (/** @type {Record<string, string>} */ names) => Object.entries(names).find(([mark]) => agent.includes(mark))?.[1];
  return `${found(known) ?? "Browser"} on ${found(systems) ?? "this device"}`;
}

/** @param {PushSubscription} old @returns {boolean} whether the portal's key signed it up */
function isOurs(old) {
  const key = new Uint8Array(old.options.applicationServerKey ?? new ArrayBuffer(0));
  const wanted = bytes(box.dataset.key ?? "");
  return key.length === wanted.length && key.every((byte, place) => byte === wanted[place]);
}

async function turnOn() {
  if ((await Notification.requestPermission()) !== "granted") return showState();
  const registration = await navigator.serviceWorker.register("/sw.js");
  await navigator.serviceWorker.ready;
  const old = await registration.pushManager.getSubscription();
  if (old && !isOurs(old)) await old.unsubscribe();
  const subscription = await registration.pushManager.subscribe({
    userVisibleOnly: true,
    applicationServerKey: bytes(box.dataset.key ?? ""),
  });
  await (await caches.open("push")).put("/push-endpoint", new Response(subscription.endpoint));
  send("push", { subscription: JSON.stringify(subscription), browser: browserName() });
}

/** @param {HTMLElement} row */
async function turnOff(row) {
  await (await subscribed())?.unsubscribe();
  send("remove", { pk: row.dataset.pk ?? "" });
}

/** @param {string} act @param {Record<string, string>} values */
function send(act, values) {
  for (const [name, value] of Object.entries({ do: act, ...values })) {
    const field = document.createElement("input");
    Object.assign(field, { type: "hidden", name, value });
    form.append(field);
  }
  form.submit();
}

/** @returns {Promise<PushSubscription | null | undefined>} */
async function subscribed() {
  const registration = await navigator.serviceWorker.getRegistration("/");
  return registration?.pushManager.getSubscription();
}

/** @returns {Promise<HTMLElement | null>} the row of this browser */
async function ownRow() {
  const subscription = await subscribed();
  if (!subscription) return null;
  return document.querySelector(`[data-endpoint="${await digest(subscription.endpoint)}"]`);
}

async function showState() {
  if (!("serviceWorker" in navigator && "PushManager" in window && "Notification" in window)) {
    state.textContent = "This browser cannot take push messages here. They need HTTPS; on an iPhone, the portal on the home screen.";
    return;
  }
  const row = await ownRow();
  for (const mark of row?.querySelectorAll("[data-here]") ?? []) /** @type {HTMLElement} */ (mark).hidden = false;
  const denied = Notification.permission === "denied";
  state.textContent = denied
    ? "This browser refuses notifications of the portal. Its settings for this site can allow them again."
    : row
      ? "This browser is told, also while no page is open."
      : "This browser is not told.";
  button.hidden = denied;
  button.textContent = row ? "Turn off in this browser" : "Turn on in this browser";
}

form.addEventListener("submit", async (event) => {
  event.preventDefault();
  button.disabled = true;
  try {
    const row = await ownRow();
    await (row ? turnOff(row) : turnOn());
  } catch (problem) {
    if (!(problem instanceof DOMException || problem instanceof TypeError)) throw problem;
    toast(`The browser could not do it: ${problem.message}`, "critical");
  } finally {
    button.disabled = false;
  }
});
showState();

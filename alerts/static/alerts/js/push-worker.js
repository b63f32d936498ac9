// @ts-check
/** The service worker: shows what is pushed, opens what is clicked. It keeps no pages. */

const worker = /** @type {any} */ (self);

/** @param {any} event */
async function show(event) {
  const told = event.data ? event.data.json() : {};
  await worker.registration.showNotification(told.title || "Ops Portal", {
    body: told.body || "",
    tag: told.tag || "ops-portal",
    renotify: true,
    requireInteraction: told.critical === true,
    icon: "/favicon.svg",
    data: { url: told.url, take: told.take },
    actions: told.take ? [{ action: "take", title: "Acknowledge" }] : [],
  });
}

/** Addresses of other sites are not opened. @param {string} address @returns {string} */
function ours(address) {
  const url = new URL(address || "/alerts/", worker.location.origin);
  return url.origin === worker.location.origin ? url.href : new URL("/alerts/", worker.location.origin).href;
}

/** @param {any} event */
async function open(event) {
  const { url, take } = event.notification.data || {};
  const wanted = ours(event.action === "take" && take ? take : url);
  event.notification.close();
  const pages = await worker.clients.matchAll({ type: "window", includeUncontrolled: true });
  const there = pages.find((/** @type {any} */ page) => page.url === wanted);
  await (there ? there.focus() : worker.clients.openWindow(wanted));
}

/** Where the endpoint is kept that the portal knows: some browsers do not tell the old one. */
const KEPT = "push";
const ENDPOINT = "/push-endpoint";

/** @param {any} subscription @param {string} old the endpoint that the portal knows */
async function tell(subscription, old) {
  const asked = await fetch("/on-call/contacts/push/", { credentials: "same-origin", redirect: "error" });
  const { token } = await asked.json();
  const body = new URLSearchParams({ subscription: JSON.stringify(subscription), instead_of: old });
  const answer = await fetch("/on-call/contacts/push/", {
    method: "POST",
    body,
    credentials: "same-origin",
    headers: { "X-CSRFToken": token },
  });
  if (answer.ok) await (await caches.open(KEPT)).put(ENDPOINT, new Response(subscription.endpoint));
}

/** The push service has ended the subscription: a new one takes its place. @param {any} event */
async function renew(event) {
  const kept = await (await caches.open(KEPT)).match(ENDPOINT);
  const old = event.oldSubscription?.endpoint ?? (await kept?.text());
  if (!old) return;
  let subscription = event.newSubscription;
  if (!subscription) {
    const asked = await fetch("/on-call/contacts/push/", { credentials: "same-origin", redirect: "error" });
    const { key } = await asked.json();
    subscription = await worker.registration.pushManager.subscribe({ userVisibleOnly: true, applicationServerKey: key });
  }
  await tell(subscription, old);
}

worker.addEventListener("install", () => worker.skipWaiting());
worker.addEventListener("activate", (/** @type {any} */ event) => event.waitUntil(worker.clients.claim()));
worker.addEventListener("push", (/** @type {any} */ event) => event.waitUntil(show(event)));
worker.addEventListener("notificationclick", (/** @type {any} */ event) => event.waitUntil(open(event)));
worker.addEventListener("pushsubscriptionchange", (/** @type {any} */ event) => event.waitUntil(renew(event)));

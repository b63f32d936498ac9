// @ts-check
/** Short messages in the status region. Errors stay until closed. */

const STAYS_MS = 6000;
const region = () => document.getElementById("toasts");

/**
 * @param {string} text
 * @param {"info" | "ok" | "warning" | "critical"} [tone]
 */
export function toast(text, tone = "info") {
  const template = document.getElementById("toast");
  if (!(template instanceof HTMLTemplateElement)) return;
  const element = /** @type {HTMLElement} */ (template.content.firstElementChild?.cloneNode(true));
  element.classList.add(`tone-${tone}`);
  const use = element.querySelector("use");
  if (use) use.setAttribute("href", use.getAttribute("href")?.replace(/#.*/, `#${tone}`) ?? "");
  const words = element.querySelector("p");
  if (words) words.textContent = text;
  region()?.append(element);
  leave(element);
}

/** @param {HTMLElement} element */
function leave(element) {
  element.querySelector("[data-close-toast]")?.addEventListener("click", () => element.remove());
  if (element.classList.contains("tone-critical")) return;
  const wait = () =>
    setTimeout(() => (element.matches(":hover, :focus-within") ? wait() : element.remove()), STAYS_MS);
  wait();
}

export function startToasts() {
  for (const element of document.querySelectorAll(".toast")) leave(/** @type {HTMLElement} */ (element));
}

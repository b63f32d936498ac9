// @ts-check
/** Parts of the page fetched anew as the server writes them; the rest stays as it is. */
import { rewordAll } from "./time.js";

/**
 * @param {string[]} ids of the elements to replace
 * @returns {Promise<Document | null>} the page as the server sees it now; null when it does not answer
 */
export async function refetchParts(ids) {
  let text = "";
  try {
    const response = await fetch(location.href, { headers: { Accept: "text/html" } });
    if (!response.ok) return null;
    text = await response.text();
  } catch (error) {
    if (error instanceof TypeError) return null;
    throw error;
  }
  const fresh = new DOMParser().parseFromString(text, "text/html");
  for (const id of ids) {
    const [old, next] = [document.getElementById(id), fresh.getElementById(id)];
    if (old && next && old.outerHTML !== next.outerHTML) replace(old, next);
  }
  rewordAll();
  return fresh;
}

/**
 * Put the new part in the place of the old. What had the focus keeps it: the same link where there is
 * one, else the part, and never another link, for it may act on something else.
 * @param {HTMLElement} old
 * @param {HTMLElement} next
 */
function replace(old, next) {
  const had = old.contains(document.activeElement) ? document.activeElement : null;
  old.replaceWith(next);
  if (!had) return;
  const links = [...next.querySelectorAll("a[href], button, summary, [tabindex]")];
  const href = had.getAttribute("href");
  const same = links.find((one) => one.outerHTML === had.outerHTML) ?? links.find((one) => href && one.getAttribute("href") === href);
  if (!same) next.tabIndex = -1;
  /** @type {HTMLElement} */ (same ?? next).focus({ preventScroll: true });
}

/**
 * @param {() => Promise<unknown>} work
 * @returns {(milliseconds: number) => void} do the work that much later; a sooner wish wins
 */
export function soon(work) {
  let timer = 0;
  let at = Infinity;
  return (milliseconds) => {
    const wanted = Date.now() + milliseconds;
    if (wanted >= at) return;
    clearTimeout(timer);
    at = wanted;
    timer = setTimeout(() => {
      at = Infinity;
      work();
    }, milliseconds);
  };
}

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
    if (old && next && old.outerHTML !== next.outerHTML) old.replaceWith(next);
  }
  rewordAll();
  return fresh;
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

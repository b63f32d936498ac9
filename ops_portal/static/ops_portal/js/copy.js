// @ts-check
/** `data-copy="text"` (or blank for this page's address) copies and says so. */
import { toast } from "./toast.js";

/** @param {string} text */
export async function copy(text) {
  try {
    await navigator.clipboard.writeText(text);
    toast("Copied", "ok");
  } catch (error) {
    if (!(error instanceof DOMException || error instanceof TypeError)) throw error;
    toast(`The browser does not let the page copy. Copy it by hand: ${text}`, "warning");
  }
}

export function startCopy() {
  document.addEventListener("click", (event) => {
    const button = event.target instanceof Element ? event.target.closest("[data-copy]") : null;
    if (button instanceof HTMLElement) copy(button.dataset.copy || location.href);
  });
}

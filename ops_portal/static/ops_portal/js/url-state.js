// @ts-check
/** The query string is the state of a page. Ranges are pushed, typing replaces. */

/** @param {string} name @returns {string} */
export const parameter = (name) => new URLSearchParams(location.search).get(name) ?? "";

/**
 * @param {Record<string, string | null>} changes null or blank removes the parameter
 * @param {{push?: boolean}} [options]
 */
export function setParameters(changes, { push = false } = {}) {
  const query = new URLSearchParams(location.search);
  for (const [name, value] of Object.entries(changes)) {
    if (value) query.set(name, value);
    else query.delete(name);
  }
  const text = query.toString();
  const address = text ? `${location.pathname}?${text}` : location.pathname;
  if (address === location.pathname + location.search) return;
  history[push ? "pushState" : "replaceState"](null, "", address);
}

/** Filter forms without a button: a changed field shows its result at once. */
export function startFilters() {
  for (const form of document.querySelectorAll("form[data-filters]")) {
    if (!(form instanceof HTMLFormElement)) continue;
    form.addEventListener("change", (event) => {
      if (event.target instanceof HTMLSelectElement) form.requestSubmit();
    });
    form.addEventListener("submit", () => {
      for (const field of form.elements) {
        if ("value" in field && !field.value && "disabled" in field) field.disabled = true;
      }
    });
  }
}

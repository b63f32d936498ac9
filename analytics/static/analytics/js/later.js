// @ts-check
/** Parts of a page that are fetched when they come into sight: each names its script. */
const near = new IntersectionObserver(
  (entries) => {
    for (const { isIntersecting, target } of entries) {
      if (!isIntersecting) continue;
      near.unobserve(target);
      import(/** @type {HTMLElement} */ (target).dataset.later ?? "").catch((error) => console.warn("not fetched", error));
    }
  },
  { rootMargin: "200px" },
);
for (const part of document.querySelectorAll("[data-later]")) near.observe(part);

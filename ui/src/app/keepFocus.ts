/**
 * keepFocus sees to it that the keyboard is never left without a place: when what has
 * the focus goes away or may no longer be used, the nearest thing around it that is left
 * and can hold the focus gets it, at last the page's main part. Whoever took it away has
 * two frames to give it to something better.
 */
export function keepFocus(): void {
  let way: Element[] = []; // from what has the focus outwards
  addEventListener("focusin", (e) => {
    way = [];
    for (let at = e.target as Element | null; at; at = at.parentElement) way.push(at);
  });
  // A press on nothing gives the focus up, and means to.
  addEventListener("pointerdown", () => (way = []), true);
  const keep = () => {
    const [had] = way;
    if (document.activeElement !== document.body || !had || (had.isConnected && !had.matches(":disabled"))) return;
    const left = way.find((e) => e.isConnected && e !== document.body && e.matches("[tabindex], a[href], button:enabled")) ?? document.getElementById("main");
    (left as HTMLElement | null)?.focus({ preventScroll: true });
  };
  let asked = false;
  new MutationObserver(() => {
    if (asked) return;
    asked = true;
    requestAnimationFrame(() =>
      requestAnimationFrame(() => {
        asked = false;
        keep();
      }),
    );
  }).observe(document.body, { childList: true, subtree: true, attributes: true, attributeFilter: ["disabled"] });
}

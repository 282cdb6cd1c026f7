// Escape hides the tooltip of a clock's line until the pointer or focus returns to it.
(() => {
  document.addEventListener("keydown", ({ key }) => {
    if (key !== "Escape") return;
    const shown = ".clock:has(.line:hover, .line:focus, .words:hover)";
    for (const clock of document.querySelectorAll(shown)) clock.classList.add("dismissed");
  });
  for (const type of ["pointerover", "focusin"]) {
    document.addEventListener(type, ({ target, relatedTarget }) => {
      const clock = target.closest?.(".clock.dismissed");
      if (clock && !clock.contains(relatedTarget)) clock.classList.remove("dismissed");
    });
  }
})();

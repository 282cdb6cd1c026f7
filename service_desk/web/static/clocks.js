// Escape closes what a clock's line tells in words, until somebody points to that clock anew.
(() => {
  document.addEventListener("keydown", ({ key }) => {
    if (key !== "Escape") return;
    const told = ".clock:has(.line:hover, .line:focus, .words:hover)";
    for (const clock of document.querySelectorAll(told)) clock.classList.add("dismissed");
  });
  for (const come of ["pointerover", "focusin"]) {
    document.addEventListener(come, ({ target, relatedTarget }) => {
      const clock = target.closest?.(".clock.dismissed");
      if (clock && !clock.contains(relatedTarget)) clock.classList.remove("dismissed");
    });
  }
})();

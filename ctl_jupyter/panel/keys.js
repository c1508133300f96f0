// Keeps the notebook's shortcuts away from the panel: a letter typed on a list must not cut the cell, an arrow key must
// reach the tabs, Shift+Enter must not run the panel's cell anew. With Ctrl, Alt or Cmd shortcuts work as ever.

function render({ el }) {
  el.style.display = "none";
  const ending = new AbortController();
  const judge = (event) => {
    if (el.closest(".ctl-panel")?.contains(event.target)) {
      const isPlain = !(event.ctrlKey || event.altKey || event.metaKey);
      // On the control itself: the front end looks at a control before it looks at what that is in.
      event.target.toggleAttribute("data-lm-suppress-shortcuts", isPlain);
    }
  };
  // The front end listens at the document: this must come before.
  window.addEventListener("keydown", judge, { capture: true, signal: ending.signal });
  return () => ending.abort();
}

export default { render };

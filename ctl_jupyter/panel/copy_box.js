// A read-only text with a button that copies it.
function render({ model, el }) {
  el.classList.add("ctl-copy");
  const text = document.createElement("textarea");
  text.readOnly = true;
  text.spellcheck = false;
  const button = document.createElement("button");
  button.type = "button";
  button.className = "jupyter-button widget-button lm-Widget";
  button.textContent = "Copy";
  button.title = "Copy this text";
  const said = document.createElement("span");
  said.setAttribute("role", "status");
  said.setAttribute("aria-live", "polite");

  const draw = () => {
    text.value = model.get("text");
    text.setAttribute("aria-label", model.get("label"));
    text.rows = Math.min(Math.max(text.value.split("\n").length, 3), 24);
    said.textContent = "";
  };
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(text.value);
      said.textContent = "Copied.";
    } catch {
      text.focus();
      text.select();
      // Pages that do not come over https have no other way.
      said.textContent = document.execCommand("copy") ? "Copied." : "Selected: press Ctrl+C.";
    }
  };
  button.addEventListener("click", copy);
  // The notebook takes keys for itself; here they belong to the text.
  text.addEventListener("keydown", (event) => event.stopPropagation());
  model.on("change:text", draw);
  model.on("change:label", draw);
  draw();
  const line = document.createElement("div");
  line.append(button, said);
  el.append(text, line);
  return () => {
    model.off("change:text", draw);
    model.off("change:label", draw);
  };
}
export default { render };

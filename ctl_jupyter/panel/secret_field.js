// The page's half of a field for a secret. What is typed or chosen goes to the kernel as a message of its own, never
// as a value that could be saved with the notebook.

const FEW_ENOUGH_BYTES = 64 * 1024;
const DOTS = "••••••••";

function labelText(model) {
  return model.get("is_required") ? `${model.get("label")} (required)` : model.get("label");
}

function render({ model, el }) {
  const isFile = model.get("kind") === "file";
  const id = `ctl-secret-${crypto.randomUUID?.() ?? Math.random().toString(36).slice(2)}`;
  el.classList.add("ctl-field", "ctl-secret");

  const label = document.createElement("label");
  label.htmlFor = id;
  const input = document.createElement("input");
  input.id = id;
  input.type = isFile ? "file" : "password";
  input.autocomplete = "off";
  input.spellcheck = false;
  input.setAttribute("aria-describedby", `${id}-note`);
  const note = document.createElement("div");
  note.id = `${id}-note`;
  note.className = "ctl-note";
  el.append(label, input, note);

  let isChanged = false;
  let refusal = "";

  function draw() {
    label.textContent = labelText(model);
    input.disabled = model.get("disabled");
    input.required = model.get("is_required");
    // After a page's reload the kernel may still have what was given: the page says so and knows nothing of it.
    const given = model.get("given");
    if (!isFile) input.placeholder = given ? DOTS : model.get("placeholder");
    const error = refusal || model.get("error");
    el.classList.toggle("ctl-wrong", Boolean(error));
    input.setAttribute("aria-invalid", String(Boolean(error)));
    const lines = [];
    if (error) lines.push(["ctl-error", `✗ ${error}`, "alert"]);
    if (isFile && given && !input.value) lines.push(["ctl-help", `${given} was taken.`, ""]);
    if (model.get("help_text")) lines.push(["ctl-help", model.get("help_text"), ""]);
    note.replaceChildren(
      ...lines.map(([name, text, role]) => {
        const line = document.createElement("div");
        line.className = name;
        line.textContent = text;
        if (role) line.setAttribute("role", role);
        return line;
      }),
    );
  }

  function give(isSubmitted) {
    if (!isFile && (isChanged || isSubmitted)) {
      // Enter without a change submits what the kernel has already.
      model.send({ kind: "given", text: isChanged ? input.value : null, is_submitted: isSubmitted });
    }
    isChanged = false;
  }

  async function giveFile() {
    const file = input.files[0];
    refusal = "";
    if (!file) {
      model.send({ kind: "given", text: "", is_submitted: false });
    } else if (file.size > FEW_ENOUGH_BYTES) {
      refusal = `${file.name} has ${Math.ceil(file.size / 1024)} kB, and at most 64 kB are taken: is it the right file?`;
      input.value = "";
      model.send({ kind: "given", text: "", is_submitted: false });
    } else {
      try {
        model.send({ kind: "file", name: file.name }, undefined, [await file.arrayBuffer()]);
      } catch {
        refusal = `${file.name} could not be read.`;
        input.value = "";
      }
    }
    draw();
  }

  function hear(message) {
    if (message.kind === "empty") {
      input.value = "";
      isChanged = false;
      draw();
    } else if (message.kind === "ask") {
      give(false);
    } else if (message.kind === "focus") {
      input.focus();
    }
  }

  const ending = new AbortController();
  const until = { signal: ending.signal };
  if (isFile) {
    input.addEventListener("change", giveFile, until);
  } else {
    input.addEventListener("input", () => { isChanged = true; }, until);
    input.addEventListener("blur", () => give(false), until);
    input.addEventListener("keydown", (event) => { if (event.key === "Enter") give(true); }, until);
    // A button that is pressed without taking the focus, by a script or a screen reader: before its own message.
    document.addEventListener("click", () => give(false), { ...until, capture: true });
  }
  const drawn = ["label", "help_text", "error", "disabled", "is_required", "given", "placeholder"].map((name) => `change:${name}`);
  drawn.forEach((name) => model.on(name, draw));
  model.on("msg:custom", hear);
  draw();

  return () => {
    ending.abort();
    drawn.forEach((name) => model.off(name, draw));
    model.off("msg:custom", hear);
    input.value = "";
  };
}

export default { render };

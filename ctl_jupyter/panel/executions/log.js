// The page's half of the event log: a window of lines, of which only those in sight are in the page.

const ROW = 22, AHEAD = 8;
const LOOKS = {
  failed: "bad", unreachable: "bad", "item failed": "bad", changed: "warn", ignored: "warn", retry: "warn",
  ok: "good", skipped: "quiet", task: "busy", play: "busy", status: "busy", result: "busy",
};
const MARKS = { failed: "✗", unreachable: "!", "item failed": "✗", changed: "✎", ignored: "≈", ok: "✓", skipped: "○" };

function make(name, className, parent, text = "") {
  const element = document.createElement(name);
  element.className = className;
  element.textContent = text;
  parent.append(element);
  return element;
}

function render({ model, el }) {
  el.classList.add("ctl-log");
  el.dataset.lmSuppressShortcuts = "true";
  const told = make("div", "ctl-log-told", el);
  const frame = make("div", "ctl-log-frame", el);
  frame.tabIndex = 0;
  frame.setAttribute("role", "listbox");
  frame.setAttribute("aria-label", "Events, the newest at the bottom: arrow keys move, Enter shows all of one");
  const list = make("div", "ctl-log-list", frame);
  const whole = make("div", "ctl-log-whole", el);
  const close = make("button", "ctl-grid-button", whole, "Close");
  const text = make("pre", "", whole);
  text.tabIndex = 0;
  whole.hidden = true;

  const id = `ctl-log-${Math.random().toString(36).slice(2)}`;
  let lines = [];
  let chosen = -1;
  let isAtEnd = true;
  let isDue = false;

  function drawSoon() {
    if (isDue) return;
    isDue = true;
    requestAnimationFrame(draw);
  }

  function draw() {
    isDue = false;
    list.style.height = `${lines.length * ROW}px`;
    if (isAtEnd) frame.scrollTop = lines.length * ROW;
    const first = Math.max(0, Math.floor(frame.scrollTop / ROW) - AHEAD);
    const last = Math.min(lines.length, Math.ceil((frame.scrollTop + frame.clientHeight) / ROW) + AHEAD);
    const rows = [];
    for (let place = first; place < last; place++) {
      const [key, at, outcome, host, task, message] = lines[place];
      const row = document.createElement("div");
      row.className = "ctl-log-row";
      row.id = `${id}-${key}`;
      row.dataset.key = key;
      row.style.top = `${place * ROW}px`;
      row.setAttribute("role", "option");
      row.setAttribute("aria-selected", String(key === chosen));
      row.setAttribute("aria-posinset", String(place + 1));
      row.setAttribute("aria-setsize", String(lines.length));
      make("span", "ctl-log-at", row, at);
      make("span", `ctl-log-outcome ctl-is-${LOOKS[outcome] || "quiet"}`, row, `${MARKS[outcome] || "·"} ${outcome}`);
      make("span", "ctl-log-host", row, host).title = host;
      make("span", "ctl-log-task", row, task).title = task;
      make("span", "ctl-log-message", row, message);
      rows.push(row);
    }
    list.replaceChildren(...rows);
  }

  function take() {
    const newer = model.get("lines");
    if (!isAtEnd && lines.length && newer.length) {
      // Who reads further up keeps the line under the eye, though older ones leave the window.
      const top = Math.floor(frame.scrollTop / ROW);
      const key = lines[Math.min(top, lines.length - 1)][0];
      const place = newer.findIndex((line) => line[0] >= key);
      if (place >= 0) frame.scrollTop += (place - top) * ROW;
    }
    lines = newer;
    told.textContent = model.get("told");
    frame.dataset.empty = lines.length ? "" : "No event fits.";
    drawSoon();
  }

  function choose(place) {
    if (!lines.length) return;
    place = Math.max(0, Math.min(lines.length - 1, place));
    chosen = lines[place][0];
    frame.setAttribute("aria-activedescendant", `${id}-${chosen}`);
    if (place * ROW < frame.scrollTop) frame.scrollTop = place * ROW;
    else if ((place + 1) * ROW > frame.scrollTop + frame.clientHeight) frame.scrollTop = (place + 1) * ROW - frame.clientHeight;
    isAtEnd = place === lines.length - 1;
    drawSoon();
  }

  function open() {
    if (chosen >= 0) model.send({ ask: "event", key: chosen });
  }

  frame.addEventListener("scroll", () => {
    isAtEnd = frame.scrollTop + frame.clientHeight >= list.clientHeight - ROW;
    drawSoon();
  });
  frame.addEventListener("click", (event) => {
    const row = event.target.closest(".ctl-log-row");
    if (!row) return;
    choose(lines.findIndex((line) => line[0] === +row.dataset.key));
    open();
  });
  frame.addEventListener("keydown", (event) => {
    const place = lines.findIndex((line) => line[0] === chosen);
    const now = place < 0 ? lines.length : place;
    const moves = { ArrowUp: -1, ArrowDown: 1, PageUp: -10, PageDown: 10, Home: -1e6, End: 1e6 };
    if (event.key === "Enter" || event.key === " ") open();
    else if (moves[event.key]) choose(now + moves[event.key]);
    else return;
    event.preventDefault();
    event.stopPropagation();
  });
  close.addEventListener("click", () => { whole.hidden = true; frame.focus(); });

  function hear(message) {
    if (message.tell === "event") {
      text.textContent = message.text;
      whole.hidden = false;
    } else if (message.tell === "begin") {
      chosen = -1;
      isAtEnd = true;
      whole.hidden = true;
    }
  }

  model.on("change:lines change:told", take);
  model.on("msg:custom", hear);
  const sizes = new ResizeObserver(drawSoon);
  sizes.observe(frame);
  take();
  return () => {
    sizes.disconnect();
    model.off("change:lines change:told", take);
    model.off("msg:custom", hear);
  };
}

export default { render };

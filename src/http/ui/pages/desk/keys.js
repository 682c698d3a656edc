// Keys by their place on the keyboard, so that they are the same on a Russian layout.

const QUEUES = { KeyR: "distribution", KeyK: "control", KeyO: "overdue" };

function isTyping(target) {
  return target.closest?.("input:not([type=hidden]), textarea, select, dialog") !== null;
}

class Keys {
  #isGoing = false;
  #last = null;

  constructor(view) {
    this.view = view;
    addEventListener("keydown", (event) => this.press(event));
  }

  press(event) {
    if (event.code === "KeyK" && (event.ctrlKey || event.metaKey)) {
      event.preventDefault();
      this.palette();
      return;
    }
    if (event.code === "Escape") this.escape();
    if (event.ctrlKey || event.altKey || event.metaKey || event.repeat || isTyping(event.target)) return;
    if (this.does(event)) event.preventDefault();
  }

  does({ code, shiftKey }) {
    if (this.#isGoing) {
      this.#isGoing = false;
      if (QUEUES[code]) location.assign(`/desk?queue=${QUEUES[code]}`);
      return true;
    }
    if (code === "Slash") {
      if (shiftKey) this.help();
      else this.search();
      return true;
    }
    if (code === "KeyJ" || code === "ArrowDown") return this.move(1);
    if (code === "KeyK" || code === "ArrowUp") return this.move(-1);
    if (code === "KeyX") return this.mark(shiftKey);
    if (code === "KeyA") {
      location.assign(this.bulk());
      return true;
    }
    if (code === "KeyG") return (this.#isGoing = true);
    if (code === "KeyZ") {
      this.view.undo();
      return true;
    }
    return this.choose(code);
  }

  /** A digit chooses within what is open, else among the suggestions; a letter opens. */
  choose(code) {
    const card = document.getElementById("card");
    const open = card.querySelector("details.by-hand.active[open]");
    if (code.startsWith("Digit")) {
      const button = open?.querySelector(`button[data-key="${code}"]`) ?? (open ? null : card.querySelector(`.suggestions button[data-key="${code}"]`));
      button?.click();
      return Boolean(button);
    }
    const target = card.querySelector(`details[data-key="${code}"], button[data-key="${code}"]`);
    if (!target) return false;
    if (target.localName === "button") target.click();
    else this.unfold(target);
    return true;
  }

  unfold(details) {
    const isOpen = details.open && details.classList.contains("active");
    document.querySelectorAll("#card details.by-hand").forEach((one) => {
      one.classList.remove("active");
      one.open = false;
    });
    if (isOpen) return;
    details.open = true;
    details.classList.add("active");
    this.view.prepare(details);
    const first = details.querySelector("input[type=search], select, textarea");
    (first ?? details.querySelector("summary")).focus();
  }

  escape() {
    const open = document.querySelector("#card details.by-hand.active[open]");
    if (open) {
      open.open = false;
      open.classList.remove("active");
    }
    if (document.activeElement?.closest("#card, .narrowing")) document.getElementById("card-title")?.focus();
  }

  rows() {
    return [...document.querySelectorAll("#rows > li")];
  }

  at() {
    const rows = this.rows();
    const focused = rows.findIndex((row) => row.contains(document.activeElement));
    return focused >= 0 ? focused : rows.findIndex((row) => row.querySelector("[aria-current]"));
  }

  move(by) {
    const rows = this.rows();
    const next = rows[Math.min(Math.max(this.at() + by, 0), rows.length - 1)];
    next?.querySelector("a").focus();
    return Boolean(next);
  }

  mark(isRange) {
    const rows = this.rows();
    const at = this.at();
    if (at < 0) return false;
    const from = isRange && this.#last !== null ? Math.min(this.#last, at) : at;
    const to = isRange && this.#last !== null ? Math.max(this.#last, at) : at;
    for (const row of rows.slice(from, to + 1)) row.classList.toggle("marked", isRange || !row.classList.contains("marked"));
    this.#last = at;
    this.view.mark();
    return true;
  }

  /** Where a decision about many is made: those that are marked, or all that fit. */
  bulk() {
    const marked = [...document.querySelectorAll("#rows > .marked")].map((row) => row.dataset.id);
    return `/desk/bulk?${asked}${marked.length ? `&ids=${marked.join(",")}` : ""}`;
  }

  search() {
    const words = document.getElementById("desk-words");
    words.closest("details").open = true;
    words.focus();
  }

  async help() {
    const answer = await fetch("/desk/keys");
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const content = page.querySelector("main");
    content.querySelector("p")?.remove();
    this.dialog(content.querySelector("h1").textContent, ...content.querySelectorAll("dl"));
  }

  /** All that can be done, found by typing. */
  palette() {
    const links = [...document.querySelectorAll(".top nav a, .queues a, .bar a")];
    const actions = [...document.querySelectorAll("#card button[data-key], #card details[data-key] > summary")];
    const list = Object.assign(document.createElement("ul"), { className: "palette" });
    for (const one of [...actions, ...links]) {
      const button = Object.assign(document.createElement("button"), { type: "button", className: "plain" });
      button.textContent = one.textContent.trim().replace(/\s+/g, " ");
      button.addEventListener("click", () => {
        list.closest("dialog").close();
        if (one.localName === "summary") this.unfold(one.parentElement);
        else one.click();
      });
      const item = document.createElement("li");
      item.append(button);
      list.append(item);
    }
    const input = Object.assign(document.createElement("input"), { type: "search", ariaLabel: say("desk-palette") });
    const fits = () => [...list.children].filter((item) => !item.hidden);
    input.addEventListener("input", () => {
      const words = input.value.toLowerCase().split(/\s+/);
      for (const item of list.children) item.hidden = !words.every((word) => item.textContent.toLowerCase().includes(word));
    });
    input.addEventListener("keydown", (event) => {
      if (event.key === "Enter") fits()[0]?.querySelector("button").click();
    });
    this.dialog(say("desk-palette"), input, list);
    input.focus();
  }

  dialog(title, ...content) {
    document.querySelector("dialog.desk")?.remove();
    const dialog = Object.assign(document.createElement("dialog"), { className: "desk" });
    const heading = Object.assign(document.createElement("h2"), { id: "dialog-title", textContent: title });
    dialog.setAttribute("aria-labelledby", "dialog-title");
    const form = Object.assign(document.createElement("form"), { method: "dialog" });
    form.append(Object.assign(document.createElement("button"), { className: "plain", textContent: "×", ariaLabel: "Esc" }));
    dialog.append(form, heading, ...content);
    dialog.addEventListener("close", () => dialog.remove());
    document.body.append(dialog);
    dialog.showModal();
  }
}

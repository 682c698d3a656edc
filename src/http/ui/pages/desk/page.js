// The desk itself: the card before the moderator, those drawn ahead, and what happens when one is decided.

/** How many cards are drawn ahead: the next one is painted without asking anybody. */
const AHEAD = 5;

/** After how long cards that could not be had are asked for again, in milliseconds. */
const AGAIN = 3_000;

/** For how long a decision is offered to be taken back, in milliseconds. */
const UNDO = 10_000;

/** Where a form goes. Its property of that name may be a field of it. */
function address(form) {
  return form.getAttribute("action");
}

class View {
  #ahead = [];
  #isDrawing = null;
  /** The next attempt at cards that could not be had. */
  #again = null;
  #marker = null;
  #known = new Map();
  /** The card that is shown, as it was drawn. */
  #drawn = "";

  constructor() {
    this.place = document.getElementById("card");
    this.outbox = new Outbox(desk.dataset.account, (entry, answer) => this.settled(entry, answer));
    this.live = new Live(this);
    this.keys = new Keys(this);
    document.addEventListener("submit", (event) => this.submit(event), true);
    document.addEventListener("click", (event) => this.click(event));
    document.addEventListener("visibilitychange", () => this.hold());
    addEventListener("pagehide", () => this.release());
    setInterval(() => this.hold(), 30_000);
    this.place.addEventListener("toggle", ({ target }) => target.open && this.prepare(target), true);
    this.#lists();
    this.#drawn = this.place.innerHTML;
    this.draw();
  }

  get current() {
    return this.place.querySelector(".card");
  }

  // Cards.

  show({ id, number, html }) {
    this.place.innerHTML = this.#drawn = html;
    this.current?.querySelector("#card-title").focus({ preventScroll: false });
    scrollTo(0, 0);
    this.point(id);
    this.announce(`${say("desk-next")}: № ${number}`);
  }

  /** Marks the row whose card is shown. */
  point(id) {
    document.querySelectorAll("#rows [aria-current]").forEach((link) => link.removeAttribute("aria-current"));
    const link = document.querySelector(`#rows > [data-id="${id}"] a`);
    link?.setAttribute("aria-current", "true");
    link?.scrollIntoView({ block: "nearest" });
  }

  async next() {
    while (this.#ahead.length && this.outbox.ids.includes(this.#ahead[0].id)) this.#ahead.shift();
    if (!this.#ahead.length) await this.draw();
    const card = this.#ahead.shift();
    if (card) this.show(card);
    else this.empty();
    await this.draw();
  }

  /** Nothing is there to be decided, or nothing could be had: what comes is shown as soon as it does. */
  empty() {
    const textContent = say(this.#again ? "desk-lost" : "desk-all-done");
    this.place.replaceChildren(Object.assign(document.createElement("p"), { className: "empty", textContent }));
    this.announce(textContent);
  }

  /** Draws cards ahead until there are enough; one draw at a time. */
  draw() {
    this.#isDrawing ??= this.#draw().finally(() => (this.#isDrawing = null));
    return this.#isDrawing;
  }

  async #draw() {
    const count = AHEAD - this.#ahead.length;
    if (count <= 0) return;
    const except = [this.current?.dataset.id, ...this.#ahead.map((card) => card.id), ...this.outbox.ids].filter(Boolean);
    const answer = await post(`/desk/draw?${asked}`, { count, except: except.join(",") }).catch(() => null);
    clearTimeout(this.#again);
    this.#again = answer?.ok ? null : setTimeout(() => this.draw(), AGAIN);
    if (!answer?.ok) return;
    const known = new Set([this.current?.dataset.id, ...this.outbox.ids]);
    this.#ahead.push(...(await answer.json()).filter((card) => !known.has(card.id)));
    if (!this.current && this.#ahead.length) this.show(this.#ahead.shift());
  }

  async open(id) {
    const answer = await post(`/desk/cards/${id}/open?${asked}`, {}).catch(() => null);
    if (!answer?.ok) return this.fail(answer);
    const before = this.current?.dataset.id;
    const card = await answer.json();
    this.#ahead = this.#ahead.filter((one) => one.id !== card.id);
    this.show(card);
    if (before && before !== id) post("/desk/holds", { release: before }).catch(() => {});
  }

  /** What scripts add to a part of a card when it is unfolded: lists that are found by typing, the deadline of a choice. */
  prepare(details) {
    for (const select of details.querySelectorAll("select:not([size])")) {
      this.#fill(select);
      const search = Object.assign(document.createElement("input"), { type: "search", ariaLabel: say("desk-palette") });
      select.before(search);
      select.size = 6;
      search.addEventListener("input", () => {
        const words = search.value.toLowerCase().split(/\s+/);
        const fits = (option) => option.value && words.every((word) => option.textContent.toLowerCase().includes(word));
        for (const option of select.options) option.hidden = !fits(option);
        const first = [...select.options].find((option) => !option.hidden);
        select.value = first?.value ?? "";
        select.dispatchEvent(new Event("change"));
      });
      search.addEventListener("keydown", (event) => {
        if (event.code === "ArrowDown") select.focus();
        if (event.code === "Enter") {
          event.preventDefault();
          if (select.value) select.form.requestSubmit(select.form.querySelector("button"));
        }
      });
      const outlook = select.form.querySelector("[data-outlook]");
      if (outlook) select.addEventListener("change", () => this.look(select, outlook));
    }
  }

  /** The long lists come with the page once, in its first card or beside it. */
  #lists() {
    const given = document.querySelector("template[data-lists]")?.content.querySelectorAll("select") ?? [];
    for (const select of [...given, ...this.place.querySelectorAll("select[data-list]")]) {
      this.#known.set(select.dataset.list, [...select.options].slice(1).map(({ value, text }) => [value, text]));
    }
  }

  /** Gives a card that was drawn later its list. */
  #fill(select) {
    if (select.options.length > 1) return;
    const { list, chosen } = select.dataset;
    for (const [value, text] of this.#known.get(list) ?? []) select.add(new Option(text, value, false, value === chosen));
  }

  async look(select, outlook) {
    outlook.textContent = "";
    const wanted = select.value;
    if (!wanted) return;
    const fields = { action: "assign", organisation: wanted };
    const answer = await post(`/desk/cards/${this.current.dataset.id}/outlook`, fields, { html: true }).catch(() => null);
    if (answer?.ok && select.value === wanted) outlook.textContent = await answer.text();
  }

  // Decisions.

  submit(event) {
    const form = event.target;
    if (form.dataset.undo) {
      event.preventDefault();
      this.undo();
      return;
    }
    const what = form.dataset.decision;
    if (what !== "decide" && what !== "later") return;
    event.preventDefault();
    const fields = Object.fromEntries(new FormData(form, event.submitter));
    delete fields.proof;
    if (what === "later") this.later(form);
    else if (fields.action === "correct") this.correct(form, fields);
    else this.decide(form, fields);
  }

  /** A decision that ends the card: the next one is there before the service has answered. */
  decide(form, fields) {
    const { id, number } = this.current.dataset;
    this.outbox.add(address(form), id, number, fields);
    const row = document.querySelector(`#rows > [data-id="${id}"]`);
    if (row) this.grey(row, "…", Number(row.dataset.version));
    this.next();
  }

  /** A correction leaves the card where it is, and may change what is suggested. */
  async correct(form, fields) {
    const { id } = this.current.dataset;
    const answer = await post(address(form), fields).catch(() => null);
    if (answer?.status === 412) return this.merge(address(form), fields);
    if (!answer?.ok) return this.fail(answer);
    const told = await answer.json();
    await this.open(id);
    this.offer(told.decision);
  }

  async later(form) {
    const answer = await post(address(form), {}).catch(() => null);
    if (answer?.ok) this.next();
    else this.fail(answer);
  }

  async settled(entry, answer) {
    const row = document.querySelector(`#rows > [data-id="${entry.id}"]`);
    if (answer.ok) {
      const told = await answer.json();
      if (row) this.grey(row, say("desk-saved"), told.version);
      this.offer(told.decision);
      return;
    }
    row?.classList.remove("gone");
    if (answer.status === 412) await this.merge(entry.path, entry.fields);
    else await this.fail(answer, entry.number);
  }

  /** Somebody was faster: what they did and what was to be decided, side by side. */
  async merge(path, fields) {
    const answer = await post(path, fields, { html: true }).catch(() => null);
    if (!answer) return;
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const card = page.querySelector("#card");
    if (!card?.querySelector(".stale")) return;
    this.back();
    this.place.innerHTML = this.#drawn = card.innerHTML;
    this.point(this.current.dataset.id);
    this.place.querySelector(".stale button")?.focus();
    this.announce(say("desk-changed"));
  }

  /** The card that is shown waits as the next one. */
  back() {
    const card = this.current;
    if (!card) return;
    const { id, number, version } = card.dataset;
    this.#ahead.unshift({ id, number, version, html: this.#drawn });
  }

  offer(decision) {
    const place = document.getElementById("undo");
    const button = Object.assign(document.createElement("button"), { type: "button", className: "second small" });
    button.textContent = `${say("desk-undo")} Z`;
    button.addEventListener("click", () => this.undo());
    place.replaceChildren(button);
    place.dataset.decision = decision;
    clearTimeout(this.offered);
    this.offered = setTimeout(() => {
      place.replaceChildren();
      delete place.dataset.decision;
    }, UNDO);
  }

  async undo() {
    const unsent = this.outbox.pop();
    if (unsent) {
      document.querySelector(`#rows > [data-id="${unsent.id}"]`)?.classList.remove("gone");
      this.back();
      await this.open(unsent.id);
      return;
    }
    const place = document.getElementById("undo");
    const decision = place.dataset.decision ?? place.querySelector("form")?.dataset.undo;
    if (!decision) return;
    delete place.dataset.decision;
    place.replaceChildren();
    const answer = await post(`/desk/decisions/${decision}/undo?${asked}`, {}).catch(() => null);
    if (!answer?.ok) return this.fail(answer);
    const { incident } = await answer.json();
    document.querySelector(`#rows > [data-id="${incident}"]`)?.classList.remove("gone");
    this.#ahead = this.#ahead.filter((card) => card.id !== incident);
    if (this.current?.dataset.id !== incident) this.back();
    await this.open(incident);
    this.announce(say("desk-undone"));
  }

  async fail(answer, number) {
    const problem = await answer?.json().catch(() => null);
    const said = document.getElementById("said");
    const line = document.createElement("p");
    line.textContent = `${number ? `№ ${number}: ` : ""}${say("desk-failed")}. ${problem?.detail ?? ""}`;
    said.replaceChildren(line);
  }

  // What others do.

  grey(row, step, version) {
    row.dataset.version = version;
    row.classList.add("gone");
    let place = row.querySelector(".state");
    if (!place) {
      place = Object.assign(document.createElement("span"), { className: "state quiet" });
      row.querySelector(".second").append(place);
    }
    place.textContent = step;
  }

  changed({ id, version }) {
    const ahead = this.#ahead.findIndex((card) => card.id === id && card.version < version);
    if (ahead >= 0) {
      this.#ahead.splice(ahead, 1);
      this.draw();
    }
    const card = this.current;
    if (card?.dataset.id !== id || Number(card.dataset.version) >= version || card.querySelector(".changed, .stale")) return;
    const note = Object.assign(document.createElement("p"), { className: "changed" });
    note.setAttribute("role", "status");
    const button = Object.assign(document.createElement("button"), { type: "button", className: "second small", textContent: say("desk-changed") });
    button.dataset.open = id;
    note.append(button);
    card.querySelector("header").after(note);
  }

  mark() {
    const count = document.querySelectorAll("#rows > .marked").length;
    this.#marker ??= Object.assign(document.createElement("a"), { className: "marker" });
    this.#marker.href = this.keys.bulk();
    this.#marker.textContent = `${count} ${say("desk-marked")}`;
    if (count) document.getElementById("rows").before(this.#marker);
    else this.#marker.remove();
  }

  click(event) {
    const opener = event.target.closest("[data-open]");
    const link = event.target.closest("#rows a");
    const template = event.target.closest("[data-template]");
    if (event.ctrlKey || event.metaKey || event.shiftKey) return;
    if (opener || link) {
      event.preventDefault();
      this.open(opener ? opener.dataset.open : link.closest("li").dataset.id);
    } else if (template) {
      event.preventDefault();
      template.closest("details").querySelector("textarea").value = template.dataset.template;
    }
  }

  // Holds.

  async hold() {
    if (document.visibilityState !== "visible") return;
    const ids = [this.current?.dataset.id, ...this.#ahead.map((card) => card.id)].filter(Boolean);
    const answer = await post("/desk/holds", { keep: ids.join(",") }).catch(() => null);
    if (!answer?.ok) return;
    const held = new Set(await answer.json());
    // What was let go while nobody looked may be somebody else's by now.
    this.#ahead = this.#ahead.filter((card) => held.has(card.id));
    this.draw();
  }

  release() {
    const ids = [this.current?.dataset.id, ...this.#ahead.map((card) => card.id)].filter(Boolean);
    const body = new URLSearchParams({ release: ids.join(","), proof: desk.dataset.proof });
    navigator.sendBeacon("/desk/holds", body);
  }

  announce(said) {
    document.getElementById("announce").textContent = said;
  }
}

if (desk) new View();

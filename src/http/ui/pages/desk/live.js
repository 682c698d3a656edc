// What others do, as it happens: rows change in place, what is new gathers behind a button, the list never jumps.

/** How long the list stays as it is while more happens than is told, in milliseconds. */
const CALM = 10_000;

class Live {
  #refreshed = 0;
  #since = desk.dataset.since;
  #heard = new Date();
  #new = new Set();

  constructor(view) {
    this.view = view;
    this.badge = document.getElementById("live");
    this.more = Object.assign(document.createElement("button"), { className: "second small new", hidden: true, textContent: say("desk-new-other") });
    this.more.addEventListener("click", () => this.refresh());
    document.getElementById("rows").before(this.more);
    this.open();
    setInterval(() => this.check(), 5_000);
  }

  open() {
    this.source?.close();
    this.source = new EventSource(`/desk/live?${asked}&since=${this.#since}`);
    this.source.addEventListener("open", () => this.alive());
    this.source.addEventListener("alive", () => this.alive());
    this.source.addEventListener("error", () => this.lost());
    this.source.addEventListener("reset", (event) => {
      this.heard(event);
      this.reset();
    });
    this.source.addEventListener("moment", (event) => {
      this.heard(event);
      this.tell(JSON.parse(event.data));
    });
  }

  heard(event) {
    if (event.lastEventId) this.#since = event.lastEventId;
    this.alive();
  }

  alive() {
    this.#heard = new Date();
    this.badge.textContent = this.badge.dataset.on;
    this.badge.dataset.state = "on";
  }

  lost() {
    const time = this.#heard.toLocaleTimeString(document.documentElement.lang);
    this.badge.textContent = `${this.badge.dataset.again} ${say("live-as-of").replace("TIME", time)}`;
    this.badge.dataset.state = "again";
    // The browser comes back by itself but for an answer that is none: then we do, and a sign-in that has ended shows itself.
    if (this.source.readyState === EventSource.CLOSED) {
      clearTimeout(this.again);
      this.again = setTimeout(async () => {
        const answer = await fetch(`/desk/rows?${asked}&limit=1`).catch(() => null);
        if (answer?.redirected) location.reload();
        else this.open();
      }, 3_000);
    }
  }

  /** A connection that says nothing for long is none. */
  check() {
    if (Date.now() - this.#heard > 25_000) {
      this.lost();
      if (this.source.readyState === EventSource.OPEN) this.open();
    }
  }

  tell({ changed, holders, counts }) {
    for (const one of changed) this.change(one);
    if (holders) this.hold(new Map(holders));
    for (const [queue, count] of Object.entries(counts ?? {})) {
      const place = document.querySelector(`[data-count="${queue}"]`);
      if (place) place.textContent = count.toLocaleString("ru").replaceAll(",", "\u00a0");
    }
    this.more.hidden = this.#new.size === 0;
    this.more.textContent = `${this.#new.size} ${counted("desk-new", this.#new.size)}`;
  }

  change(one) {
    const row = document.querySelector(`#rows > [data-id="${one.id}"]`);
    if (row && Number(row.dataset.version) >= one.version) return;
    if (!one.row) {
      this.#new.delete(one.id);
      if (row) this.view.grey(row, one.step, one.version);
    } else if (row) {
      const anew = document.createElement("template");
      anew.innerHTML = one.row;
      const item = anew.content.firstElementChild;
      if (row.querySelector("[aria-current]")) item.querySelector("a").setAttribute("aria-current", "true");
      item.classList.toggle("marked", row.classList.contains("marked"));
      const focused = row.contains(document.activeElement);
      row.replaceWith(item);
      if (focused) item.querySelector("a").focus();
    } else {
      this.#new.add(one.id);
      if (!this.view.current) this.view.draw();
    }
    this.view.changed(one);
  }

  hold(holders) {
    for (const row of document.querySelectorAll("#rows > li")) {
      const said = holders.get(row.dataset.id);
      let place = row.querySelector(".holder");
      if (!said) place?.remove();
      else {
        if (!place) {
          place = Object.assign(document.createElement("span"), { className: "holder" });
          row.querySelector(".second .quiet").after(place);
        }
        place.textContent = said;
      }
    }
  }

  /** More happened than is told. While that goes on the list stays calm: it is loaded anew now and then. */
  reset() {
    const pause = Math.max(0, this.#refreshed + CALM - Date.now());
    this.late ??= setTimeout(() => {
      this.late = null;
      this.refresh();
    }, pause);
  }

  /** Loads the list anew, where somebody asked for it or more happened than is told. */
  async refresh() {
    this.#refreshed = Date.now();
    const answer = await fetch(`/desk/rows?${asked}`).catch(() => null);
    if (!answer?.ok) return;
    const anew = document.createElement("template");
    anew.innerHTML = await answer.text();
    this.#new.clear();
    this.more.hidden = true;
    const section = document.querySelector(".desk .queue");
    section.querySelectorAll(":scope > .empty, :scope > .rows, :scope > .pager").forEach((one) => one.remove());
    section.append(anew.content);
    section.querySelector(".rows").before(this.more);
    this.view.mark();
  }
}

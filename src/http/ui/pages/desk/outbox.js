// Decisions on their way: each with a key by which it is done once, kept by the browser until the service has it.

const desk = document.querySelector("main.desk");
const asked = desk.dataset.asked;

/** What the page says, in its language. */
function say(key) {
  return desk.querySelector(`template[data-words="${key}"]`)?.content.textContent ?? key;
}

/** The form of a word that goes with a number. */
function counted(key, count) {
  const form = new Intl.PluralRules(document.documentElement.lang).select(count);
  return say(`${key}-${form === "one" ? "one" : "other"}`);
}

/** Sends fields as a form of this page would. */
function post(path, fields, { key, html } = {}) {
  const headers = { accept: html ? "text/html" : "application/json", "x-otklik-proof": desk.dataset.proof };
  if (key) headers["idempotency-key"] = key;
  return fetch(path, { method: "POST", headers, body: new URLSearchParams(fields) });
}

class Outbox {
  #waiting = [];
  #isSending = false;
  #pause = 1000;
  #store;

  /** `settled` is called with what became of each decision: its entry, and the answer. */
  constructor(account, settled) {
    this.#store = `otklik.outbox.${account}`;
    this.settled = settled;
    this.#waiting = JSON.parse(localStorage.getItem(this.#store) ?? "[]");
    addEventListener("online", () => this.send());
    this.send();
  }

  get length() {
    return this.#waiting.length;
  }

  add(path, id, number, fields) {
    this.#waiting.push({ key: crypto.randomUUID(), path, id, number, fields });
    this.#keep();
    this.send();
  }

  /** Takes back what was decided last, if it was not sent yet. */
  pop() {
    if (this.#waiting.length < (this.#isSending ? 2 : 1)) return null;
    const last = this.#waiting.pop();
    this.#keep();
    return last;
  }

  get ids() {
    return this.#waiting.map((one) => one.id);
  }

  #keep() {
    localStorage.setItem(this.#store, JSON.stringify(this.#waiting));
    const count = this.#waiting.length;
    const pending = document.getElementById("pending");
    // What is on its way for a moment only is nothing to tell.
    clearTimeout(this.told);
    this.told = setTimeout(() => (pending.textContent = this.#waiting.length ? `${this.#waiting.length} ${say("desk-pending")}` : ""), count ? 700 : 0);
  }

  async send() {
    if (this.#isSending) return;
    this.#isSending = true;
    clearTimeout(this.again);
    while (this.#waiting.length) {
      const next = this.#waiting[0];
      let answer;
      try {
        answer = await post(next.path, next.fields, { key: next.key });
      } catch {
        answer = null;
      }
      // The network is away, or the service is busy: the decision waits.
      if (!answer || answer.status === 429 || answer.status >= 502) {
        this.#pause = Math.min(this.#pause * 2, 15_000);
        this.again = setTimeout(() => this.send(), this.#pause * (0.75 + Math.random() / 2));
        break;
      }
      this.#pause = 1000;
      this.#waiting.shift();
      this.#keep();
      await this.settled(next, answer);
    }
    this.#isSending = false;
  }
}

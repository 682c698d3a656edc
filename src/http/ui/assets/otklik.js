// What scripts add to pages that work without them. Each part looks for what it serves and is silent where that is not.

/** Remembers whether somebody wants it light or dark; without that, the system decides. */
function theme() {
  const wanted = localStorage.getItem("theme");
  if (wanted) document.documentElement.dataset.theme = wanted;
}

/** Puts the cursor where a page asks for it, unless somebody is in the middle of something. */
function focus() {
  if (document.activeElement && document.activeElement !== document.body) return;
  document.querySelector("[data-focus]")?.focus();
}

/** A form is sent once, however often its button is pressed. */
function once() {
  addEventListener("submit", (event) => {
    const form = event.target;
    if (form.dataset.sent) {
      event.preventDefault();
      return;
    }
    form.dataset.sent = "yes";
  });
  // A page that comes back from the browser's memory may be sent anew.
  addEventListener("pageshow", () => document.querySelectorAll("form").forEach((form) => delete form.dataset.sent));
}

theme();
focus();
once();

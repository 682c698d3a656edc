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

/** What was done is said once: not again when the page is loaded anew. */
function forgetSaid() {
  const address = new URL(location);
  if (!address.searchParams.has("said")) return;
  address.searchParams.delete("said");
  history.replaceState(history.state, "", address);
}

/** Shows inside a form why it was refused; nothing that was typed is lost. */
function refuse(form, alert) {
  form.querySelector(":scope > [role=alert]")?.remove();
  alert.tabIndex = -1;
  form.prepend(alert);
  alert.focus();
}

/** What a form would send, and how, as a request that a script can make. */
function asRequest(form, submitter) {
  const fields = new FormData(form, submitter);
  const whole = form.enctype === "multipart/form-data";
  return {
    method: "POST",
    headers: { accept: "text/html" },
    body: whole ? fields : new URLSearchParams(fields),
  };
}

/** Sends a form of a change from within the page: a refusal is shown where the form is, and it is sent once however often pressed. */
async function send(event) {
  const form = event.target;
  if (event.defaultPrevented || form.method !== "post" || form.hasAttribute("data-plain")) return;
  event.preventDefault();
  if (form.dataset.sent) return;
  form.dataset.sent = "yes";
  const action = event.submitter?.getAttribute("formaction") ?? form.getAttribute("action") ?? location.href;
  try {
    const answer = await fetch(action, asRequest(form, event.submitter));
    if (answer.ok && answer.redirected) {
      const there = new URL(answer.url);
      // The same page at another place would only be scrolled to.
      if (there.pathname + there.search === location.pathname + location.search) location.reload();
      else location.assign(answer.url);
      return;
    }
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const alert = page.querySelector("main [role=alert]");
    if (alert && !answer.ok) refuse(form, document.adoptNode(alert));
    else {
      document.replaceChild(document.adoptNode(page.documentElement), document.documentElement);
      theme();
    }
  } catch {
    // The network is gone: the browser says so better than we can.
    form.submit();
    return;
  }
  delete form.dataset.sent;
}

theme();
forgetSaid();
focus();
addEventListener("submit", send);
// A page that comes back from the browser's memory may be sent anew.
addEventListener("pageshow", () => document.querySelectorAll("form[data-sent]").forEach((form) => delete form.dataset.sent));

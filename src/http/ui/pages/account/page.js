// Light or dark, remembered in this browser. Without a choice the system decides.

const place = document.querySelector("[data-theme-choice]");
const choice = place?.querySelector("select");
if (choice) {
  place.hidden = false;
  choice.value = localStorage.getItem("theme") ?? "system";
  choice.addEventListener("change", () => {
    if (choice.value === "system") {
      localStorage.removeItem("theme");
      delete document.documentElement.dataset.theme;
    } else {
      localStorage.setItem("theme", choice.value);
      document.documentElement.dataset.theme = choice.value;
    }
  });
}

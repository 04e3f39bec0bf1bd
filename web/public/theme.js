// Sets the theme before the first paint, so that no reader sees a flash of the other one. The
// content security policy forbids inline scripts, hence a file; src/shell/theme.ts does the rest.
(() => {
  let theme = null;
  try {
    theme = localStorage.getItem("chandlery.theme");
  } catch {
    // Storage may be forbidden.
  }
  if (theme !== "dark" && theme !== "light") {
    theme = matchMedia("(prefers-color-scheme: light)").matches ? "light" : "dark";
  }
  document.documentElement.dataset.theme = theme;
})();

// Dark or light: what the reader chose, here or in their preferences, else what the system says. public/theme.js sets the first
// one before anything is painted; both use the same key and attribute.
import { useSyncExternalStore } from "react";

export type Theme = "dark" | "light";

const KEY = "chandlery.theme";
const system = matchMedia("(prefers-color-scheme: light)");

function chosen(): Theme | null {
  try {
    const stored = localStorage.getItem(KEY);
    return stored === "dark" || stored === "light" ? stored : null;
  } catch {
    // Storage may be forbidden; then the theme lasts as long as the page.
    return null;
  }
}

const listeners = new Set<() => void>();

function current(): Theme {
  return document.documentElement.dataset.theme === "light" ? "light" : "dark";
}

function show(theme: Theme): void {
  document.documentElement.dataset.theme = theme;
  listeners.forEach((listener) => listener());
}

system.addEventListener("change", () => {
  if (chosen() === null) show(system.matches ? "light" : "dark");
});

/** Shows a theme and remembers it. */
export function setTheme(theme: Theme | "system"): void {
  try {
    if (theme === "system") localStorage.removeItem(KEY);
    else localStorage.setItem(KEY, theme);
  } catch {
    // See chosen().
  }
  if (theme === "system") show(system.matches ? "light" : "dark");
  else show(theme);
}

/** Changes to the other theme, and tells which it is. */
export function toggleTheme(): Theme {
  const theme = current() === "dark" ? "light" : "dark";
  setTheme(theme);
  return theme;
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

/** The theme in use. */
export function useTheme(): Theme {
  return useSyncExternalStore(subscribe, current);
}

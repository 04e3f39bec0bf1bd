// Which list of symbols stands beside the chart. It is remembered: a phone's drawer forgets when it
// closes.

/** All symbols, or those that are traded most. */
export const VIEWS = ["all", "board"] as const;
export type View = (typeof VIEWS)[number];

const KEY = "chandlery.symbols";

/** The view that was chosen last. */
export function keptView(): View {
  try {
    return VIEWS.find((view) => view === localStorage.getItem(KEY)) ?? "all";
  } catch {
    // Storage may be forbidden; then the choice lasts as long as the list is on the page.
    return "all";
  }
}

/** Remembers a view. */
export function keepView(view: View): void {
  try {
    localStorage.setItem(KEY, view);
  } catch {
    // See keptView().
  }
}

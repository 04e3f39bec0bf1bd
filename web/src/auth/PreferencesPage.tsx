// What one prefers: colours, what the chart opens with, the zone of times.
import { type FormEvent, useId, useState } from "react";

import type { Preferences } from "../api/preferences";
import { problemFromThrown } from "../api/problem";
import { INTERVALS } from "../api/types";
import { useSymbols } from "../market/symbols";
import { ErrorPanel } from "../shell/StatePanel";
import { Done, Field, FormProblem, SelectField } from "./form";
import { useChangePreferences, usePreferences } from "./preferences";

export function PreferencesPage() {
  const preferences = usePreferences();
  let shown;
  if (preferences.data) {
    shown = <PreferencesForm of={preferences.data} />;
  } else if (preferences.error !== null) {
    const retry = () => void preferences.refetch();
    shown = <ErrorPanel problem={problemFromThrown(preferences.error)} onRetry={retry} />;
  } else {
    shown = (
      <div role="status" aria-label="Preferences: loading" className="listing-skeleton">
        <span className="skeleton" />
        <span className="skeleton" />
      </div>
    );
  }
  return (
    <section className="block" aria-labelledby="preferences-title">
      <h2 id="preferences-title">Preferences</h2>
      {shown}
    </section>
  );
}

const THEMES = { dark: "Dark", light: "Light", system: "As the system" };

function PreferencesForm({ of }: { of: Preferences }) {
  // Only what was changed here: the rest may change elsewhere, the theme in the header.
  const [changed, setChanged] = useState<Partial<Preferences>>({});
  const symbols = useSymbols().data ?? [];
  const change = useChangePreferences();
  const id = useId();
  const values = { ...of, ...changed };
  const set = (part: Partial<Preferences>) => {
    change.reset();
    setChanged({ ...changed, ...part });
  };
  const submit = (event: FormEvent) => {
    event.preventDefault();
    change.mutate(changed, { onSuccess: () => setChanged({}) });
  };
  return (
    <form onSubmit={submit}>
      <SelectField label="Theme" value={values.theme} onValue={(theme) => set({ theme })}>
        {Object.entries(THEMES).map(([value, name]) => (
          <option key={value} value={value}>
            {name}
          </option>
        ))}
      </SelectField>
      <Field
        label="Symbol to open with"
        hint="As venue:CODE. Where the server doesn’t list it, another one is opened."
        list={id}
        autoComplete="off"
        autoCapitalize="none"
        spellCheck={false}
        required
        value={values.default_symbol}
        onChange={(event) => set({ default_symbol: event.target.value.trim() })}
      />
      <datalist id={id}>
        {symbols.map(({ symbol }) => (
          <option key={symbol} value={symbol} />
        ))}
      </datalist>
      <SelectField
        label="Length of a candle"
        value={values.default_interval}
        onValue={(default_interval) => set({ default_interval })}
      >
        {INTERVALS.map((each) => (
          <option key={each}>{each}</option>
        ))}
      </SelectField>
      <SelectField
        label="Time zone"
        value={values.timezone}
        onValue={(timezone) => set({ timezone })}
      >
        {zones(of.timezone).map((each) => (
          <option key={each}>{each}</option>
        ))}
      </SelectField>
      <FormProblem problem={change.isError ? problemFromThrown(change.error) : null} />
      {change.isSuccess && <Done>Your preferences are kept.</Done>}
      <button type="submit" className="button is-main" disabled={change.isPending}>
        Save
      </button>
    </form>
  );
}

/** UTC, then what this browser knows and what is chosen. */
function zones(chosen: string): string[] {
  return [...new Set(["UTC", chosen, ...Intl.supportedValuesOf("timeZone")])];
}

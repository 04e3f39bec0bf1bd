// The pieces of every form: a field with its label and what is wrong with it, and what the server
// said of the whole.
import { type InputHTMLAttributes, type ReactNode, useEffect, useId, useState } from "react";

import type { Problem } from "../api/problem";

interface FieldProps extends InputHTMLAttributes<HTMLInputElement> {
  label: string;
  hint?: string | undefined;
  error?: string | null | undefined;
}

/** An input with its label. */
export function Field({ label, hint, error, ...input }: FieldProps) {
  const id = useId();
  const notes = [hint && `${id}-hint`, error && `${id}-error`].filter(Boolean).join(" ");
  return (
    <div className="field">
      <label htmlFor={id}>{label}</label>
      <input
        {...input}
        id={id}
        aria-describedby={notes || undefined}
        aria-invalid={error ? true : undefined}
      />
      {hint && (
        <small id={`${id}-hint`} className="field-hint">
          {hint}
        </small>
      )}
      {error && (
        <small id={`${id}-error`} className="field-error">
          {error}
        </small>
      )}
    </div>
  );
}

interface EmailFieldProps extends FieldProps {
  value: string;
  onText: (text: string) => void;
}

/** An address; the server judges it, for browsers refuse some that mail servers take. */
export function EmailField({ onText, ...props }: EmailFieldProps) {
  return (
    <Field
      inputMode="email"
      autoCapitalize="none"
      spellCheck={false}
      required
      onChange={(event) => onText(event.target.value)}
      {...props}
    />
  );
}

/** A code that was mailed or told; the server takes it with or without dashes, in any case. */
export function CodeField({ onText, ...props }: { value: string; onText: (text: string) => void }) {
  return (
    <Field
      label="Code"
      placeholder="7K3M-9QXT-2BHC"
      autoComplete="one-time-code"
      autoCapitalize="characters"
      spellCheck={false}
      required
      onChange={(event) => onText(event.target.value)}
      {...props}
    />
  );
}

interface AppCodeFieldProps extends Pick<FieldProps, "label" | "hint" | "autoFocus"> {
  value: string;
  onText: (text: string) => void;
}

/** Six digits of an authenticator app. */
export function AppCodeField({ onText, ...props }: AppCodeFieldProps) {
  return (
    <Field
      autoComplete="one-time-code"
      spellCheck={false}
      required
      onChange={(event) => onText(event.target.value)}
      {...props}
    />
  );
}

/** A password with a button that shows it. */
export function PasswordField(props: Omit<FieldProps, "type">) {
  const [shown, setShown] = useState(false);
  return (
    <div className="password-field">
      <Field {...props} type={shown ? "text" : "password"} spellCheck={false} required />
      <button
        type="button"
        className="link-button"
        aria-pressed={shown}
        aria-label={`Show: ${props.label}`}
        onClick={() => setShown(!shown)}
      >
        {shown ? "Hide" : "Show"}
      </button>
    </div>
  );
}

interface SelectFieldProps {
  label: string;
  value: string;
  onValue: (value: string) => void;
  children: ReactNode;
}

/** A choice with its label. */
export function SelectField({ label, value, onValue, children }: SelectFieldProps) {
  const id = useId();
  return (
    <div className="field">
      <label htmlFor={id}>{label}</label>
      <select id={id} value={value} onChange={(event) => onValue(event.target.value)}>
        {children}
      </select>
    </div>
  );
}

/** What the server said, with the time that is left where another try has to wait. */
export function FormProblem({ problem }: { problem: Problem | null }) {
  if (problem === null) return null;
  return (
    <div className="notice is-error" role="alert">
      <b>{problem.title}.</b> <span>{sentence(problem.detail)}</span>
      {problem.retryAfterS !== null && problem.status === 429 && (
        <Countdown key={problem.detail} seconds={problem.retryAfterS} />
      )}
    </div>
  );
}

/** With a capital and a full stop: the server's details have neither. */
function sentence(text: string): string {
  const capital = text.charAt(0).toUpperCase() + text.slice(1);
  return /[.!?]$/.test(capital) ? capital : `${capital}.`;
}

function Countdown({ seconds }: { seconds: number }) {
  const [end] = useState(() => Date.now() + seconds * 1000);
  const [now, setNow] = useState(() => Date.now());
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), 1000);
    return () => clearInterval(timer);
  }, []);
  // Read aloud once, with the notice, and not every second.
  return (
    <p aria-hidden="true">
      {end > now
        ? `Time left: ${minutes(Math.ceil((end - now) / 1000))}`
        : "You may try again now."}
    </p>
  );
}

/** `14:05`. */
export function minutes(seconds: number): string {
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
}

/** Said aloud and shown once something is done. */
export function Done({ children }: { children: ReactNode }) {
  return (
    <p className="notice is-done" role="status">
      {children}
    </p>
  );
}

// A text that is needed elsewhere, with a button that copies it.
import { useState } from "react";

interface CopyTextProps {
  label: string;
  value: string;
  /** Where it belongs. */
  hint?: string | undefined;
}

export function CopyText({ label, value, hint }: CopyTextProps) {
  return (
    <div className="copy-text">
      <header>
        <b>{label}</b>
        <CopyButton label={label} value={value} />
      </header>
      {hint && <small className="field-hint">{hint}</small>}
      <pre aria-label={label} tabIndex={0}>
        <code>{value}</code>
      </pre>
    </div>
  );
}

/** Copies a text that stands beside it. */
export function CopyButton({ label, value }: Pick<CopyTextProps, "label" | "value">) {
  const [copied, setCopied] = useState<boolean | null>(null);
  const copy = () => {
    // A page without TLS may not write to the clipboard; then the text is there to be marked.
    const written = navigator.clipboard?.writeText(value) ?? Promise.reject(new Error("none"));
    written.then(
      () => setCopied(true),
      () => setCopied(false),
    );
  };
  return (
    <>
      <button
        type="button"
        className="button is-small"
        aria-label={`Copy: ${label}`}
        onClick={copy}
      >
        {copied ? "Copied" : "Copy"}
      </button>
      <span role="status" className={copied === false ? "field-hint" : "visually-hidden"}>
        {copied === true && `${label} copied`}
        {copied === false && "The browser doesn’t let the page copy: mark it."}
      </span>
    </>
  );
}

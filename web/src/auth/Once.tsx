// A secret that is shown once, with a button that copies it.
import { useState } from "react";

interface OnceProps {
  title: string;
  note: string;
  label: string;
  value: string;
  onClose: () => void;
}

export function Once({ title, note, label, value, onClose }: OnceProps) {
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
    <div className="once" role="status">
      <p>
        <b>{title}</b> {note}
      </p>
      <pre aria-label={label} tabIndex={0}>
        <code>{value}</code>
      </pre>
      <div className="buttons">
        <button type="button" className="button" onClick={copy}>
          {copied ? "Copied" : "Copy"}
        </button>
        <button type="button" className="button is-main" onClick={onClose}>
          Done
        </button>
      </div>
      {copied === false && (
        <p className="is-muted">The browser doesn’t let the page copy: mark it.</p>
      )}
    </div>
  );
}

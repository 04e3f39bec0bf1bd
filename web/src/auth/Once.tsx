// Secrets that are shown once, each with a button that copies it.
import type { ReactNode } from "react";

import { CopyText } from "../shell/CopyText";

interface OnceProps {
  title: string;
  note: string;
  label: string;
  value: string;
  onClose: () => void;
  /** What goes with it, and is shown beneath. */
  children?: ReactNode;
}

export function Once({ title, note, label, value, onClose, children }: OnceProps) {
  return (
    <div className="once">
      <p role="status">
        <b>{title}</b> {note}
      </p>
      <CopyText label={label} value={value} />
      {children}
      <div className="buttons">
        <button type="button" className="button is-main" onClick={onClose}>
          Done
        </button>
      </div>
    </div>
  );
}

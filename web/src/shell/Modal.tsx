// A sheet or a box over the page. The browser's own modal dialog keeps the focus inside, closes
// on Escape and gives the focus back.
import { type ReactNode, useEffect, useRef } from "react";

import { CloseIcon } from "./icons";

interface ModalProps {
  /** At the side of a phone, or in the middle. */
  kind: "drawer" | "dialog";
  label: string;
  open: boolean;
  onClose: () => void;
  children: ReactNode;
}

export function Modal({ kind, label, open, onClose, children }: ModalProps) {
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    const element = dialog.current;
    if (open && element?.open === false) element.showModal();
    if (!open && element?.open === true) element.close();
  }, [open]);
  return (
    <dialog
      ref={dialog}
      className={kind}
      aria-label={label}
      onClose={(event) => {
        // React lets the end of a dialog within this one come up here.
        if (event.target === event.currentTarget) onClose();
      }}
      onClick={(event) => {
        // The dialog itself is hit only outside of its content.
        if (event.target === event.currentTarget) onClose();
      }}
    >
      {open && (
        <div className="modal-body">
          <header>
            <h2>{label}</h2>
            <button type="button" className="icon-button" aria-label="Close" onClick={onClose}>
              <CloseIcon />
            </button>
          </header>
          {children}
        </div>
      )}
    </dialog>
  );
}

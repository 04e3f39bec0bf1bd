// Which symbols are shown: all of them or one of one's lists; with the way to change a list.
import { useState } from "react";

import type { Watchlist } from "../api/preferences";
import type { SymbolRow } from "../api/types";
import { EditIcon, PlusIcon } from "../shell/icons";
import { Modal } from "../shell/Modal";
import { WatchlistForm } from "./WatchlistForm";
import type { Choice } from "./watchlists";

interface WatchlistChoiceProps {
  lists: Watchlist[];
  shown: Watchlist | null;
  rows: SymbolRow[];
  onChoice: (choice: Choice) => void;
}

export function WatchlistChoice({ lists, shown, rows, onChoice }: WatchlistChoiceProps) {
  // Undefined while no form is open, null while it makes a list.
  const [edited, setEdited] = useState<Watchlist | null | undefined>();
  const close = () => setEdited(undefined);
  return (
    <div className="list-choice">
      <select
        aria-label="Watchlist"
        value={shown?.id ?? ""}
        onChange={(event) => onChoice(event.target.value || null)}
      >
        <option value="">All symbols</option>
        {lists.map(({ id, name }) => (
          <option key={id} value={id}>
            {name}
          </option>
        ))}
      </select>
      {shown !== null && (
        <button
          type="button"
          className="icon-button"
          aria-label={`Change the list ${shown.name}`}
          title={`Change the list ${shown.name}`}
          onClick={() => setEdited(shown)}
        >
          <EditIcon />
        </button>
      )}
      <button
        type="button"
        className="icon-button"
        aria-label="New list"
        title="New list"
        onClick={() => setEdited(null)}
      >
        <PlusIcon />
      </button>
      <Modal
        kind="dialog"
        label={edited === null ? "New list" : "Change list"}
        open={edited !== undefined}
        onClose={close}
      >
        {edited !== undefined && (
          <WatchlistForm of={edited} rows={rows} onChoice={onChoice} onClose={close} />
        )}
      </Modal>
    </div>
  );
}

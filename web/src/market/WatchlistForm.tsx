// A list of symbols, made or changed: its name, its symbols in their order, whether it is the
// default; or its end.
import { type FormEvent, type KeyboardEvent, useId, useState } from "react";

import type { Watchlist } from "../api/preferences";
import { problemFromThrown } from "../api/problem";
import type { SymbolRow } from "../api/types";
import { Field, FormProblem } from "../auth/form";
import { CloseIcon, DownIcon, UpIcon } from "../shell/icons";
import { type Choice, type Draft, moved, useDeleteList, useKeepList } from "./watchlists";

interface WatchlistFormProps {
  /** Null makes a new one. */
  of: Watchlist | null;
  rows: SymbolRow[];
  onChoice: (choice: Choice) => void;
  onClose: () => void;
}

const NEW: Draft = { id: null, name: "", symbols: [], is_default: false };

export function WatchlistForm({ of, rows, onChoice, onClose }: WatchlistFormProps) {
  const [draft, setDraft] = useState<Draft>(() =>
    of === null
      ? NEW
      : { id: of.id, name: of.name, symbols: of.symbols, is_default: of.is_default },
  );
  const keep = useKeepList();
  const set = (part: Partial<Draft>) => {
    keep.reset();
    setDraft({ ...draft, ...part });
  };
  const submit = (event: FormEvent) => {
    event.preventDefault();
    keep.mutate(draft, {
      onSuccess: ({ id }) => {
        onChoice(id);
        onClose();
      },
    });
  };
  return (
    <form onSubmit={submit}>
      <Field
        label="Name"
        required
        maxLength={100}
        autoFocus={of === null}
        autoComplete="off"
        value={draft.name}
        onChange={(event) => set({ name: event.target.value })}
      />
      <Symbols symbols={draft.symbols} rows={rows} onSymbols={(symbols) => set({ symbols })} />
      <label className="check">
        <input
          type="checkbox"
          checked={draft.is_default}
          onChange={(event) => set({ is_default: event.target.checked })}
        />
        Open the page with this list
      </label>
      <FormProblem problem={keep.isError ? problemFromThrown(keep.error) : null} />
      <div className="buttons">
        <button type="submit" className="button is-main" disabled={keep.isPending}>
          {of === null ? "Make the list" : "Save"}
        </button>
        <button type="button" className="button" onClick={onClose}>
          Cancel
        </button>
      </div>
      {of !== null && <DeleteButton id={of.id} onDeleted={onClose} />}
    </form>
  );
}

interface SymbolsProps {
  symbols: string[];
  rows: SymbolRow[];
  onSymbols: (symbols: string[]) => void;
}

function Symbols({ symbols, rows, onSymbols }: SymbolsProps) {
  const [wanted, setWanted] = useState("");
  const id = useId();
  const add = () => {
    if (wanted === "") return;
    if (!symbols.includes(wanted)) onSymbols([...symbols, wanted]);
    setWanted("");
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key !== "Enter") return;
    // Adds the symbol and doesn't send the form.
    event.preventDefault();
    add();
  };
  return (
    <div className="list-symbols">
      {symbols.length === 0 && <p className="is-muted">The list has no symbols yet.</p>}
      <ol aria-label="Symbols of the list">
        {symbols.map((symbol, at) => (
          <SymbolItem key={symbol} symbols={symbols} at={at} onSymbols={onSymbols} />
        ))}
      </ol>
      <div className="list-add">
        <Field
          label="Add a symbol"
          placeholder="binance:BTCUSDT"
          list={id}
          autoComplete="off"
          autoCapitalize="none"
          spellCheck={false}
          value={wanted}
          onChange={(event) => setWanted(event.target.value.trim())}
          onKeyDown={onKeyDown}
        />
        <button type="button" className="button" onClick={add}>
          Add
        </button>
      </div>
      <datalist id={id}>
        {rows.map(({ symbol }) => (
          <option key={symbol} value={symbol} />
        ))}
      </datalist>
    </div>
  );
}

interface SymbolItemProps extends Pick<SymbolsProps, "symbols" | "onSymbols"> {
  at: number;
}

function SymbolItem({ symbols, at, onSymbols }: SymbolItemProps) {
  const symbol = symbols[at];
  return (
    <li>
      <span>{symbol}</span>
      <button
        type="button"
        className="icon-button"
        aria-label={`Move ${symbol} up`}
        disabled={at === 0}
        onClick={() => onSymbols(moved(symbols, at, -1))}
      >
        <UpIcon />
      </button>
      <button
        type="button"
        className="icon-button"
        aria-label={`Move ${symbol} down`}
        disabled={at === symbols.length - 1}
        onClick={() => onSymbols(moved(symbols, at, 1))}
      >
        <DownIcon />
      </button>
      <button
        type="button"
        className="icon-button"
        aria-label={`Remove ${symbol}`}
        onClick={() => onSymbols(symbols.toSpliced(at, 1))}
      >
        <CloseIcon />
      </button>
    </li>
  );
}

function DeleteButton({ id, onDeleted }: { id: string; onDeleted: () => void }) {
  const [asked, setAsked] = useState(false);
  const end = useDeleteList();
  return (
    <>
      <FormProblem problem={end.isError ? problemFromThrown(end.error) : null} />
      <button
        type="button"
        className="button is-danger"
        disabled={end.isPending}
        onClick={() => (asked ? end.mutate(id, { onSuccess: onDeleted }) : setAsked(true))}
      >
        {asked ? "Delete it for good" : "Delete the list"}
      </button>
    </>
  );
}

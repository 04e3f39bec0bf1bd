// The fields that searches of the ledger have in common.
import type { ReactNode } from "react";

import { fromInput, toInput } from "../auth/audit";
import { Field, SelectField } from "../auth/form";
import { useSymbols } from "../market/symbols";
import { useAccounts, useBots } from "../trading/queries";
import type { Search } from "./search";

interface SearchFieldsProps {
  search: Search;
  onSearch: (search: Search) => void;
  children?: ReactNode;
}

/** Account, bot, symbol, what is special to a list, and the period. */
export function SearchFields({ search, onSearch, children }: SearchFieldsProps) {
  const accounts = useAccounts().data ?? [];
  const bots = useBots().data ?? [];
  const set = (name: string) => (value: string) => onSearch({ ...search, [name]: value });
  return (
    <>
      <SelectField label="Account" value={search.account ?? ""} onValue={set("account")}>
        <option value="">Any</option>
        {accounts.map(({ id, name }) => (
          <option key={id} value={id}>
            {name}
          </option>
        ))}
      </SelectField>
      <SelectField label="Bot" value={search.bot ?? ""} onValue={set("bot")}>
        <option value="">Any</option>
        {bots.map(({ id, name }) => (
          <option key={id} value={id}>
            {name}
          </option>
        ))}
      </SelectField>
      <SymbolField value={search.symbol ?? ""} onValue={set("symbol")} placeholder="Any" />
      {children}
      <Field
        label="From, UTC"
        type="datetime-local"
        value={toInput(search.from)}
        onChange={(event) => set("from")(fromInput(event.target.value))}
      />
      <Field
        label="Before, UTC"
        type="datetime-local"
        value={toInput(search.to)}
        onChange={(event) => set("to")(fromInput(event.target.value))}
      />
    </>
  );
}

interface SymbolFieldProps {
  value: string;
  onValue: (symbol: string) => void;
  placeholder?: string;
  error?: string | null;
  required?: boolean;
}

/** A symbol, with those that there are to choose from. */
export function SymbolField({ onValue, ...input }: SymbolFieldProps) {
  const symbols = useSymbols().data ?? [];
  return (
    <>
      <Field
        label="Symbol"
        list="ledger-symbols"
        autoCapitalize="none"
        autoComplete="off"
        spellCheck={false}
        onChange={(event) => onValue(event.target.value)}
        {...input}
      />
      <datalist id="ledger-symbols">
        {symbols.map(({ symbol }) => (
          <option key={symbol} value={symbol} />
        ))}
      </datalist>
    </>
  );
}

// A new order on an account; which fields there are depends on its kind.
import { useMutation } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";

import { placeOrder } from "../api/ledger";
import { problemFromThrown } from "../api/problem";
import type { VenueAccount } from "../api/trading";
import { Field, FormProblem, SelectField } from "../auth/form";
import { PageLink } from "../shell/PageLink";
import { navigate } from "../shell/route";
import { faultOf } from "../trading/fault";
import { useAccounts, useBots, useChanged } from "../trading/queries";
import { type Draft, fieldsOf, type Kind, KINDS, orderOf, words } from "./order";
import { SymbolField } from "./SearchFields";

interface NewOrderFormProps {
  account: string;
  bot: string;
  symbol: string;
  onClose: () => void;
}

export function NewOrderForm(props: NewOrderFormProps) {
  const accounts = useAccounts().data?.filter(({ archived_at }) => archived_at === null);
  if (accounts === undefined) return <p role="status">Accounts are being read…</p>;
  if (accounts.length === 0) {
    return (
      <p>
        An order is placed on an account.{" "}
        <PageLink to="/accounts" onFollow={props.onClose}>
          Make one first.
        </PageLink>
      </p>
    );
  }
  return <Filled accounts={accounts} {...props} />;
}

const EMPTY: Omit<Draft, "account" | "bot" | "symbol"> = {
  side: "buy",
  kind: "limit",
  byQuote: false,
  quantity: "",
  limitPrice: "",
  stopPrice: "",
  trailPercent: "",
  timeInForce: "gtc",
  margin: false,
  leverage: "1",
  reduceOnly: false,
};

function Filled({ accounts, ...props }: NewOrderFormProps & { accounts: VenueAccount[] }) {
  const changed = useChanged();
  const first = accounts.find(({ id }) => id === props.account) ?? accounts[0];
  const [draft, setDraft] = useState<Draft>({
    ...EMPTY,
    account: first?.id ?? "",
    bot: props.bot,
    symbol: props.symbol,
  });
  // The same for every try: an order that was taken without an answer isn't placed twice.
  const [sent, setSent] = useState<{ draft: Draft; id: string } | null>(null);
  const place = useMutation({
    mutationFn: placeOrder,
    onSuccess: async (order) => {
      props.onClose();
      navigate(`/orders/${order.id}`);
      await changed();
    },
  });
  const problem = place.isError ? problemFromThrown(place.error) : null;
  const fault = faultOf(problem, ["symbol", ...fieldsOf(draft)]);
  const errorOf = (field: string) => (fault?.field === field ? fault.reason : null);
  const set = (change: Partial<Draft>) => setDraft({ ...draft, ...change });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    const id = sent?.draft === draft ? sent.id : `page-${crypto.randomUUID()}`;
    setSent({ draft, id });
    place.mutate(orderOf(draft, id));
  };
  const kind = accounts.find(({ id }) => id === draft.account)?.kind;
  return (
    <form onSubmit={submit} className="order-form">
      <Whose accounts={accounts} draft={draft} set={set} />
      <SymbolField
        required
        placeholder="binance:BTCUSDT"
        value={draft.symbol}
        onValue={(symbol) => set({ symbol })}
        error={errorOf("symbol")}
      />
      <SideChoice side={draft.side} onSide={(side) => set({ side })} />
      <SelectField
        label="Kind"
        value={draft.kind}
        onValue={(kind) => set({ kind: KINDS.find((each) => each === kind) ?? ("limit" as Kind) })}
      >
        {KINDS.map((kind) => (
          <option key={kind} value={kind}>
            {words(kind)}
          </option>
        ))}
      </SelectField>
      <Terms draft={draft} set={set} errorOf={errorOf} />
      <FormProblem problem={fault === null ? problem : null} />
      {kind === "external" && (
        <p className="is-muted">
          The order is recorded here. Whoever trades on this account sends it, and reports.
        </p>
      )}
      <button type="submit" className="button is-main" disabled={place.isPending}>
        {place.isPending ? "Being placed…" : `Place the order to ${draft.side}`}
      </button>
    </form>
  );
}

interface WhoseProps {
  accounts: VenueAccount[];
  draft: Draft;
  set: (change: Partial<Draft>) => void;
}

/** On which account, and for which of its bots. */
function Whose({ accounts, draft, set }: WhoseProps) {
  const bots = useBots().data?.filter(({ account }) => account === draft.account) ?? [];
  return (
    <>
      <SelectField
        label="Account"
        value={draft.account}
        onValue={(account) => set({ account, bot: "" })}
      >
        {accounts.map(({ id, name, kind }) => (
          <option key={id} value={id}>
            {name} ({kind})
          </option>
        ))}
      </SelectField>
      {bots.length > 0 && (
        <SelectField label="For the bot" value={draft.bot} onValue={(bot) => set({ bot })}>
          <option value="">none</option>
          {bots.map(({ id, name }) => (
            <option key={id} value={id}>
              {name}
            </option>
          ))}
        </SelectField>
      )}
    </>
  );
}

interface SideChoiceProps {
  side: "buy" | "sell";
  onSide: (side: "buy" | "sell") => void;
}

function SideChoice({ side, onSide }: SideChoiceProps) {
  return (
    <div className="choices side-choice" role="group" aria-label="Side">
      {(["buy", "sell"] as const).map((each) => (
        <button
          key={each}
          type="button"
          data-side={each}
          aria-pressed={side === each}
          onClick={() => onSide(each)}
        >
          {each}
        </button>
      ))}
    </div>
  );
}

interface TermsProps {
  draft: Draft;
  set: (change: Partial<Draft>) => void;
  errorOf: (field: string) => string | null;
}

/** What the kind of order needs. */
function Terms({ draft, set, errorOf }: TermsProps) {
  const fields = fieldsOf(draft);
  const has = (field: string) => fields.includes(field);
  const number = (field: string, label: string, name: keyof Draft) => (
    <NumberField
      label={label}
      error={errorOf(field)}
      value={String(draft[name])}
      onText={(text) => set({ [name]: text })}
    />
  );
  return (
    <>
      {draft.kind === "market" && draft.side === "buy" && (
        <label className="check">
          <input
            type="checkbox"
            checked={draft.byQuote}
            onChange={(event) => set({ byQuote: event.target.checked })}
          />
          Say how much to spend
        </label>
      )}
      {has("quote_quantity") && number("quote_quantity", "Spend, in quote", "quantity")}
      {has("quantity") && number("quantity", "Quantity, in base", "quantity")}
      {has("stop_price") && number("stop_price", "Stop price", "stopPrice")}
      {has("limit_price") && number("limit_price", "Limit price", "limitPrice")}
      {has("trail_percent") && number("trail_percent", "Behind the best price, %", "trailPercent")}
      {has("time_in_force") && (
        <SelectField
          label="Lasts"
          value={draft.timeInForce}
          onValue={(timeInForce) => set({ timeInForce })}
        >
          <option value="gtc">until it is cancelled (GTC)</option>
          <option value="ioc">at once, what can be had (IOC)</option>
          <option value="fok">at once, all or nothing (FOK)</option>
        </SelectField>
      )}
      <div className="checks">
        <label>
          <input
            type="checkbox"
            checked={draft.margin}
            onChange={(event) => set({ margin: event.target.checked })}
          />
          On margin
        </label>
        <label>
          <input
            type="checkbox"
            checked={draft.reduceOnly}
            onChange={(event) => set({ reduceOnly: event.target.checked })}
          />
          Only make the position smaller
        </label>
      </div>
      {has("leverage") && number("leverage", "Leverage", "leverage")}
    </>
  );
}

interface NumberFieldProps {
  label: string;
  error: string | null;
  value: string;
  required?: boolean;
  hint?: string;
  onText: (text: string) => void;
}

/** A price or quantity, as text: every digit counts. */
export function NumberField({ onText, required = true, ...field }: NumberFieldProps) {
  return (
    <Field
      inputMode="decimal"
      autoComplete="off"
      spellCheck={false}
      pattern="[0-9]+([.][0-9]+)?"
      title="A number such as 1000 or 0.25"
      required={required}
      onChange={(event) => onText(event.target.value)}
      {...field}
    />
  );
}

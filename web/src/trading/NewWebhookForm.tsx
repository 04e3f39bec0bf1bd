// A new webhook: of which bot, and what of an alert becomes which field of an order. What
// TradingView is to be told is shown once it is made.
import { useMutation } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";

import { problemFromThrown } from "../api/problem";
import type { Bot } from "../api/trading";
import { createWebhook } from "../api/webhooks";
import { Field, FormProblem, SelectField } from "../auth/form";
import { PageLink } from "../shell/PageLink";
import { navigate } from "../shell/route";
import { USUAL_TEMPLATE } from "./alert";
import { jsonText, parseObject } from "./config";
import { faultOf } from "./fault";
import { webhookHref } from "./pages";
import { useBots, useChanged } from "./queries";
import { TemplateField } from "./TemplateField";
import { WebhookSecret } from "./WebhookSecret";

interface NewWebhookFormProps {
  /** The number of the bot that is chosen at first; empty where none is. */
  bot: string;
  onClose: () => void;
}

export function NewWebhookForm({ bot, onClose }: NewWebhookFormProps) {
  const bots = useBots().data;
  if (bots === undefined) return <p role="status">Bots are being read…</p>;
  const first = bots.find(({ id }) => id === bot) ?? bots[0];
  if (first === undefined) {
    return (
      <p>
        Alerts become orders of a bot.{" "}
        <PageLink to="/bots" onFollow={onClose}>
          Make one first.
        </PageLink>
      </p>
    );
  }
  return <Filled bots={bots} first={first} onClose={onClose} />;
}

function Filled({ bots, first, onClose }: { bots: Bot[]; first: Bot; onClose: () => void }) {
  const changed = useChanged();
  const [name, setName] = useState("");
  const [bot, setBot] = useState(first.id);
  const [template, setTemplate] = useState(jsonText(USUAL_TEMPLATE));
  const [unread, setUnread] = useState<string | null>(null);
  const create = useMutation({ mutationFn: createWebhook, onSuccess: () => void changed() });
  const problem = create.isError ? problemFromThrown(create.error) : null;
  const fault = faultOf(problem, ["name", "template"]);
  const errorOf = (field: string) => (fault?.field === field ? fault.reason : null);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    const read = parseObject(template);
    setUnread(typeof read === "string" ? read : null);
    if (typeof read !== "string") create.mutate({ bot, name: name.trim(), template: read });
  };
  if (create.isSuccess) {
    const close = () => {
      onClose();
      navigate(webhookHref(create.data));
    };
    return <WebhookSecret made={create.data} onClose={close} />;
  }
  return (
    <form onSubmit={submit}>
      <Field
        label="Name"
        hint="What sends to it, such as: TradingView cross."
        error={errorOf("name")}
        autoComplete="off"
        maxLength={64}
        required
        value={name}
        onChange={(event) => setName(event.target.value)}
      />
      <SelectField label="Bot" value={bot} onValue={setBot}>
        {bots.map((each) => (
          <option key={each.id} value={each.id}>
            {each.name}
          </option>
        ))}
      </SelectField>
      <TemplateField value={template} error={unread ?? errorOf("template")} onText={setTemplate} />
      <FormProblem problem={fault === null ? problem : null} />
      <button type="submit" className="button is-main" disabled={create.isPending}>
        Make the webhook
      </button>
    </form>
  );
}

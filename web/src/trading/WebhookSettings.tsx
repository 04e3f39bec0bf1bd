// What a webhook is called, what becomes of its alerts, and its end.
import { useMutation } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";

import { problemFromThrown } from "../api/problem";
import { changeWebhook, deleteWebhook, type Webhook } from "../api/webhooks";
import { Field, FormProblem } from "../auth/form";
import { Modal } from "../shell/Modal";
import { navigate } from "../shell/route";
import { jsonText, parseObject } from "./config";
import { faultOf } from "./fault";
import { useChanged } from "./queries";
import { TemplateField } from "./TemplateField";

interface WebhookSettingsProps {
  hook: Webhook;
  open: boolean;
  onClose: () => void;
}

export function WebhookSettings({ hook, open, onClose }: WebhookSettingsProps) {
  return (
    <Modal kind="dialog" label={`Settings of ${hook.name}`} open={open} onClose={onClose}>
      <div className="once">
        <ChangeForm hook={hook} onClose={onClose} />
        <hr />
        <DeleteForm hook={hook} onClose={onClose} />
      </div>
    </Modal>
  );
}

function ChangeForm({ hook, onClose }: { hook: Webhook; onClose: () => void }) {
  const changed = useChanged();
  const before = jsonText(hook.template);
  const [name, setName] = useState(hook.name);
  const [template, setTemplate] = useState(before);
  const [unread, setUnread] = useState<string | null>(null);
  const change = useMutation({
    mutationFn: changeWebhook,
    onSuccess: async () => {
      await changed();
      onClose();
    },
  });
  const problem = change.isError ? problemFromThrown(change.error) : null;
  const fault = faultOf(problem, ["name", "template"]);
  const errorOf = (field: string) => (fault?.field === field ? fault.reason : null);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    const read = parseObject(template);
    setUnread(typeof read === "string" ? read : null);
    if (typeof read === "string") return;
    const { bot, id } = hook;
    change.mutate({
      ...{ bot, id, name: name.trim() },
      ...(template === before ? {} : { template: read }),
    });
  };
  return (
    <form onSubmit={submit}>
      <Field
        label="Name"
        error={errorOf("name")}
        autoComplete="off"
        maxLength={64}
        required
        value={name}
        onChange={(event) => setName(event.target.value)}
      />
      <TemplateField value={template} error={unread ?? errorOf("template")} onText={setTemplate} />
      <FormProblem problem={fault === null ? problem : null} />
      <button type="submit" className="button is-main" disabled={change.isPending}>
        Save
      </button>
    </form>
  );
}

function DeleteForm({ hook, onClose }: { hook: Webhook; onClose: () => void }) {
  const changed = useChanged();
  const [sure, setSure] = useState(false);
  const remove = useMutation({
    mutationFn: deleteWebhook,
    onSuccess: async () => {
      onClose();
      navigate("/webhooks");
      await changed();
    },
  });
  return (
    <div className="once">
      <FormProblem problem={remove.isError ? problemFromThrown(remove.error) : null} />
      <div className="buttons">
        <button
          type="button"
          className="button is-danger"
          disabled={remove.isPending}
          onClick={() => (sure ? remove.mutate(hook) : setSure(true))}
        >
          {sure ? "Delete it for good" : "Delete the webhook"}
        </button>
      </div>
      {sure && <p className="is-muted">What came to it goes with it. Its orders stay.</p>}
    </div>
  );
}

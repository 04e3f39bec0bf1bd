// What a bot is called and goes by, and its end. While it is started its configuration stays.
import { useMutation } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";

import { problemFromThrown } from "../api/problem";
import { type Bot, changeBot, deleteBot } from "../api/trading";
import { Field, FormProblem } from "../auth/form";
import { Modal } from "../shell/Modal";
import { navigate } from "../shell/route";
import { jsonText, parseObject } from "./config";
import { faultOf } from "./fault";
import { useChanged } from "./queries";
import { TextArea } from "./TextArea";

interface BotSettingsProps {
  bot: Bot;
  open: boolean;
  onClose: () => void;
}

export function BotSettings({ bot, open, onClose }: BotSettingsProps) {
  return (
    <Modal kind="dialog" label={`Settings of ${bot.name}`} open={open} onClose={onClose}>
      <div className="once">
        <ChangeForm bot={bot} onClose={onClose} />
        <hr />
        <DeleteForm bot={bot} onClose={onClose} />
      </div>
    </Modal>
  );
}

function ChangeForm({ bot, onClose }: { bot: Bot; onClose: () => void }) {
  const changed = useChanged();
  const before = jsonText(bot.config);
  const [name, setName] = useState(bot.name);
  const [description, setDescription] = useState(bot.description ?? "");
  const [config, setConfig] = useState(before);
  const [unread, setUnread] = useState<string | null>(null);
  const change = useMutation({
    mutationFn: changeBot,
    onSuccess: async () => {
      await changed();
      onClose();
    },
  });
  const stays = !["stopped", "paused"].includes(bot.status);
  const problem = change.isError ? problemFromThrown(change.error) : null;
  const fault = faultOf(problem, ["name", "config"]);
  const refused = fault?.field === "config" ? `${fault.place} ${fault.reason}`.trim() : null;
  const submit = (event: FormEvent) => {
    event.preventDefault();
    const read = parseObject(config);
    setUnread(typeof read === "string" ? read : null);
    if (typeof read === "string") return;
    change.mutate({
      id: bot.id,
      name: name.trim(),
      description: description.trim(),
      ...(config === before ? {} : { config: read }),
    });
  };
  return (
    <form onSubmit={submit}>
      <Field
        label="Name"
        error={fault?.field === "name" ? fault.reason : null}
        autoComplete="off"
        maxLength={64}
        required
        value={name}
        onChange={(event) => setName(event.target.value)}
      />
      <Field
        label="What it is about"
        autoComplete="off"
        value={description}
        onChange={(event) => setDescription(event.target.value)}
      />
      <TextArea
        label="Configuration"
        hint={stays ? "It stays while the bot is started; stop or pause it first." : "JSON."}
        error={unread ?? refused}
        rows={8}
        readOnly={stays}
        value={config}
        onText={setConfig}
      />
      <FormProblem problem={fault === null ? problem : null} />
      <button type="submit" className="button is-main" disabled={change.isPending}>
        Save
      </button>
    </form>
  );
}

function DeleteForm({ bot, onClose }: { bot: Bot; onClose: () => void }) {
  const changed = useChanged();
  const [sure, setSure] = useState(false);
  const remove = useMutation({
    mutationFn: deleteBot,
    onSuccess: async () => {
      onClose();
      navigate("/bots");
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
          onClick={() => (sure ? remove.mutate(bot.id) : setSure(true))}
        >
          {sure ? "Delete it for good" : "Delete the bot"}
        </button>
      </div>
    </div>
  );
}

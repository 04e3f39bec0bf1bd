// Templates: one's own and those that are shared, a new bot from one, and a new one.
import { useMutation } from "@tanstack/react-query";
import { useState } from "react";

import { problemFromThrown } from "../api/problem";
import { changeTemplate, deleteTemplate, type Template } from "../api/trading";
import { FormProblem } from "../auth/form";
import { Listing } from "../auth/Listing";
import { When } from "../auth/When";
import { Modal } from "../shell/Modal";
import { Json } from "./Json";
import { NewBotForm } from "./NewBotForm";
import { NewTemplateForm } from "./NewTemplateForm";
import { useChanged, useTemplates } from "./queries";
import { schemaOf } from "./template";

type Opened = "new" | { what: "bot" | "delete"; template: Template };

export function Templates({ writes }: { writes: boolean }) {
  const templates = useTemplates();
  const [open, setOpen] = useState<Opened | null>(null);
  const close = () => setOpen(null);
  const { what, template } = open === null || open === "new" ? {} : open;
  return (
    <section className="block is-wide" aria-labelledby="templates-title">
      <header className="block-head">
        <h2 id="templates-title">Templates</h2>
        {writes && (
          <button type="button" className="button" onClick={() => setOpen("new")}>
            New template
          </button>
        )}
      </header>
      <Listing
        query={templates}
        label="Templates"
        columns={["Template", "Whose", "Configuration", "Changed", ...(writes ? [""] : [])]}
        empty="There is no template yet. It keeps a configuration for the next bot or strategy."
      >
        {templates.data?.map((each) => (
          <TemplateRow key={each.id} template={each} writes={writes} onOpen={setOpen} />
        ))}
      </Listing>
      <Modal kind="dialog" label="New template" open={open === "new"} onClose={close}>
        <NewTemplateForm onClose={close} />
      </Modal>
      <Modal kind="dialog" label="New bot" open={what === "bot"} onClose={close}>
        {template && <NewBotForm key={template.id} template={template} onClose={close} />}
      </Modal>
      <Modal kind="dialog" label="Delete template" open={what === "delete"} onClose={close}>
        {template && <DeleteForm template={template} onClose={close} />}
      </Modal>
    </section>
  );
}

interface TemplateRowProps {
  template: Template;
  writes: boolean;
  onOpen: (open: Opened) => void;
}

function TemplateRow({ template, writes, onOpen }: TemplateRowProps) {
  const { name, description, own, is_public } = template;
  const schema = schemaOf(template);
  return (
    <tr>
      <th scope="row">
        <span>{name}</span>
        {description !== null && <small>{description}</small>}
      </th>
      <td data-label="Whose">
        {own ? "mine" : "another’s"}
        <small>{is_public ? "shared with everybody" : "private"}</small>
      </td>
      <td data-label="Configuration">
        {schema === null ? "any" : <Json label="Schema" value={schema} />}
      </td>
      <td data-label="Changed">
        <When time={template.updated_at} />
      </td>
      {writes && (
        <td className="row-action">
          <div className="bot-actions">
            <button
              type="button"
              className="button is-small is-main"
              aria-label={`New bot from ${name}`}
              onClick={() => onOpen({ what: "bot", template })}
            >
              New bot
            </button>
            {own && <ShareButton template={template} />}
            {own && (
              <button
                type="button"
                className="button is-small"
                aria-label={`Delete ${name}`}
                onClick={() => onOpen({ what: "delete", template })}
              >
                Delete…
              </button>
            )}
          </div>
        </td>
      )}
    </tr>
  );
}

function ShareButton({ template: { id, name, is_public } }: { template: Template }) {
  const changed = useChanged();
  const change = useMutation({ mutationFn: changeTemplate, onSettled: changed });
  return (
    <>
      <button
        type="button"
        className="button is-small"
        aria-label={`${is_public ? "Make private" : "Share"}: ${name}`}
        disabled={change.isPending}
        onClick={() => change.mutate({ id, is_public: !is_public })}
      >
        {is_public ? "Make private" : "Share"}
      </button>
      <FormProblem problem={change.isError ? problemFromThrown(change.error) : null} />
    </>
  );
}

function DeleteForm({ template, onClose }: { template: Template; onClose: () => void }) {
  const changed = useChanged();
  const remove = useMutation({
    mutationFn: deleteTemplate,
    onSuccess: async () => {
      await changed();
      onClose();
    },
  });
  return (
    <div className="once">
      <p>
        <b>{template.name}</b> goes. Bots and strategies that were made from it stay as they are.
      </p>
      <FormProblem problem={remove.isError ? problemFromThrown(remove.error) : null} />
      <div className="buttons">
        <button
          type="button"
          className="button is-danger"
          disabled={remove.isPending}
          onClick={() => remove.mutate(template.id)}
        >
          Delete it for good
        </button>
        <button type="button" className="button" onClick={onClose}>
          Keep it
        </button>
      </div>
    </div>
  );
}

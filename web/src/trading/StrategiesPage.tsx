// One's strategies, and a new one: empty or from a template; and the templates.
import { useMutation } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";

import type { Me } from "../api/accounts";
import { problemFromThrown } from "../api/problem";
import { createStrategy } from "../api/trading";
import { Field, FormProblem, SelectField } from "../auth/form";
import { Listing } from "../auth/Listing";
import { When } from "../auth/When";
import { Modal } from "../shell/Modal";
import { PageLink } from "../shell/PageLink";
import { navigate } from "../shell/route";
import { faultOf } from "./fault";
import { mayWrite } from "./pages";
import { useChanged, useNames, useStrategies, useTemplates } from "./queries";
import { Templates } from "./Templates";

export function StrategiesPage({ me }: { me: Me }) {
  const writes = mayWrite(me, "bots");
  return (
    <>
      <Strategies writes={writes} />
      <Templates writes={writes} />
    </>
  );
}

function Strategies({ writes }: { writes: boolean }) {
  const strategies = useStrategies();
  const names = useNames();
  const [making, setMaking] = useState(false);
  return (
    <section className="block is-wide" aria-labelledby="strategies-title">
      <header className="block-head">
        <h2 id="strategies-title">Strategies</h2>
        {writes && (
          <button type="button" className="button is-main" onClick={() => setMaking(true)}>
            New strategy
          </button>
        )}
      </header>
      <Listing
        query={strategies}
        label="Strategies"
        columns={["Strategy", "Newest version", "For accounts", "Changed"]}
        empty="There is no strategy yet. Its versions say what a bot’s configuration looks like."
      >
        {strategies.data?.map((strategy) => (
          <tr key={strategy.id}>
            <th scope="row">
              <PageLink to={`/strategies/${strategy.id}`} className="row-link">
                {strategy.name}
              </PageLink>
              {strategy.description !== null && <small>{strategy.description}</small>}
            </th>
            <td data-label="Newest version">{strategy.latest_version ?? "none yet"}</td>
            <td data-label="For accounts">
              {strategy.accounts.map((id) => names.get(id) ?? id).join(", ") || "any"}
            </td>
            <td data-label="Changed">
              <When time={strategy.updated_at} />
            </td>
          </tr>
        ))}
      </Listing>
      <Modal kind="dialog" label="New strategy" open={making} onClose={() => setMaking(false)}>
        <NewStrategyForm />
      </Modal>
    </section>
  );
}

function NewStrategyForm() {
  const changed = useChanged();
  const templates = useTemplates().data ?? [];
  const [name, setName] = useState("");
  const [description, setDescription] = useState("");
  const [template, setTemplate] = useState("");
  const create = useMutation({
    mutationFn: createStrategy,
    onSuccess: async (strategy) => {
      await changed();
      navigate(`/strategies/${strategy.id}`);
    },
  });
  const problem = create.isError ? problemFromThrown(create.error) : null;
  const fault = faultOf(problem, ["name"]);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    create.mutate({
      name: name.trim(),
      ...(description.trim() === "" ? {} : { description: description.trim() }),
      ...(template === "" ? {} : { template }),
    });
  };
  return (
    <form onSubmit={submit}>
      <Field
        label="Name"
        error={fault?.reason}
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
      <SelectField label="Begins with" value={template} onValue={setTemplate}>
        <option value="">nothing</option>
        {templates.map(({ id, name, own }) => (
          <option key={id} value={id}>
            {name}
            {own ? "" : " (shared)"}
          </option>
        ))}
      </SelectField>
      <FormProblem problem={fault === null ? problem : null} />
      <button type="submit" className="button is-main" disabled={create.isPending}>
        Make the strategy
      </button>
    </form>
  );
}

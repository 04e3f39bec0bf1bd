// What to look for in the record. The search goes into the address, so that it can be shared.
import { type FormEvent, useState } from "react";

import { type AuditSearch, fetchAuditCsv, type User } from "../api/accounts";
import { navigate } from "../shell/route";
import { ACTIONS, fromInput, searchHref, toInput } from "./audit";
import { Field } from "./form";
import { CsvButton } from "./CsvButton";
import { UserField } from "./UserField";

interface AuditSearchFormProps {
  wanted: AuditSearch;
  users: User[];
}

export function AuditSearchForm({ wanted, users }: AuditSearchFormProps) {
  const [search, setSearch] = useState(wanted);
  const set = (name: keyof AuditSearch) => (value: string) =>
    setSearch({ ...search, [name]: value });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    navigate(searchHref(search));
  };
  return (
    <form className="search-form" role="search" aria-label="Audit" onSubmit={submit}>
      <UserField users={users} value={search.user ?? ""} onValue={set("user")} />
      <Field
        label="Action"
        list="audit-actions"
        placeholder="Any"
        autoCapitalize="none"
        spellCheck={false}
        value={search.action ?? ""}
        onChange={(event) => set("action")(event.target.value)}
      />
      <datalist id="audit-actions">
        {ACTIONS.map((action) => (
          <option key={action} value={action} />
        ))}
      </datalist>
      <Field
        label="To what"
        placeholder="Any"
        autoCapitalize="none"
        spellCheck={false}
        value={search.resource ?? ""}
        onChange={(event) => set("resource")(event.target.value)}
      />
      <Field
        label="Address or network"
        placeholder="192.0.2.0/24"
        autoCapitalize="none"
        spellCheck={false}
        value={search.ip ?? ""}
        onChange={(event) => set("ip")(event.target.value)}
      />
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
      <div className="buttons">
        <button type="submit" className="button is-main">
          Search
        </button>
        <button type="button" className="button" onClick={() => navigate("/admin/audit")}>
          All
        </button>
        <CsvButton name="audit" read={() => fetchAuditCsv(wanted)} />
      </div>
    </form>
  );
}

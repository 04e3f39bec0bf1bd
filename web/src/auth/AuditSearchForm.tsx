// What to look for in the record. The search goes into the address, so that it can be shared.
import { type FormEvent, useState } from "react";

import type { AuditSearch, User } from "../api/accounts";
import { navigate } from "../shell/route";
import { ACTIONS, fromInput, searchHref, toInput } from "./audit";
import { Field, SelectField } from "./form";
import { userName } from "./UsersPage";

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
      <SelectField label="User" value={search.user ?? ""} onValue={set("user")}>
        <option value="">Everybody</option>
        {users.map((user) => (
          <option key={user.id} value={user.id}>
            {userName(user)}
          </option>
        ))}
      </SelectField>
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
      </div>
    </form>
  );
}

// Who asked for what, and how often: requests by hour, caller and endpoint.
import { useQuery } from "@tanstack/react-query";
import { useMemo, useState } from "react";

import { fetchUsage, type UsageCount } from "../api/accounts";
import { SelectField } from "./form";
import { Listing } from "./Listing";
import { UserField } from "./UserField";
import { useUsers, userName } from "./UsersPage";
import { When } from "./When";

const SPANS = [
  { label: "The last day", hours: 24 },
  { label: "The last week", hours: 168 },
] as const;

export function UsagePage() {
  const [user, setUser] = useState("");
  const [hours, setHours] = useState(String(SPANS[0].hours));
  const users = useUsers();
  const names = useMemo(
    () => new Map(users.data?.map((each) => [each.id, userName(each)])),
    [users.data],
  );
  const found = useQuery({
    queryKey: ["usage", user, hours],
    queryFn: ({ signal }) => {
      const from = new Date(Date.now() - Number(hours) * 3_600_000).toISOString();
      return fetchUsage({ from, ...(user === "" ? {} : { user }) }, signal);
    },
  });
  return (
    <section className="block is-wide" aria-labelledby="usage-title">
      <h2 id="usage-title">Usage</h2>
      <form className="search-form" role="search" aria-label="Usage">
        <UserField users={users.data ?? []} value={user} onValue={setUser} />
        <SelectField label="Time" value={hours} onValue={setHours}>
          {SPANS.map(({ label, hours }) => (
            <option key={hours} value={hours}>
              {label}
            </option>
          ))}
        </SelectField>
      </form>
      <Listing
        query={found}
        label="Usage"
        columns={["Hour", "Who", "Endpoint", "Requests"]}
        empty="Nothing was asked in this time."
      >
        {found.data?.counts.map((count) => (
          <CountRow key={keyOf(count)} count={count} names={names} />
        ))}
      </Listing>
      {found.data?.more && <p>There is more; choose a user or a shorter time.</p>}
    </section>
  );
}

const keyOf = ({ hour, user_id, key_id, method, path }: UsageCount) =>
  [hour, user_id, key_id, method, path].join(" ");

function CountRow({ count, names }: { count: UsageCount; names: Map<string, string> }) {
  const { hour, user_id, key_id, method, path, requests } = count;
  return (
    <tr>
      <th scope="row">
        <When time={hour} />
      </th>
      <td data-label="Who">
        {user_id === null ? "without a login" : (names.get(user_id) ?? user_id)}
        {key_id !== null && <small title={key_id}>by a key</small>}
      </td>
      <td data-label="Endpoint">
        {method} {path}
      </td>
      <td data-label="Requests">{requests.toLocaleString("en")}</td>
    </tr>
  );
}

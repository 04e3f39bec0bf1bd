// The people of the installation: who there is, somebody new, and what is changed about them.
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";

import { fetchUsers, type Me, type User } from "../api/accounts";
import { Modal } from "../shell/Modal";
import { Listing } from "./Listing";
import { NewUserForm } from "./NewUserForm";
import { UserForm } from "./UserForm";
import { When } from "./When";

/** The people, for those who may read them. */
export function useUsers() {
  return useQuery({ queryKey: ["users"], queryFn: ({ signal }) => fetchUsers(signal) });
}

/** What somebody is called in lists. */
export function userName(user: User): string {
  return user.email ?? user.display_name ?? user.id;
}

export function UsersPage({ me }: { me: Me }) {
  const queryClient = useQueryClient();
  const users = useUsers();
  const [open, setOpen] = useState<string | null>(null);
  const close = () => setOpen(null);
  const changed = () => {
    void queryClient.invalidateQueries({ queryKey: ["users"] });
    void queryClient.invalidateQueries({ queryKey: ["audit"] });
  };
  const chosen = users.data?.find(({ id }) => id === open) ?? null;
  return (
    <section className="block is-wide" aria-labelledby="users-title">
      <header className="block-head">
        <h2 id="users-title">Users</h2>
        <button type="button" className="button is-main" onClick={() => setOpen("new")}>
          New user
        </button>
      </header>
      <Listing
        query={users}
        label="Users"
        columns={["User", "Role", "State", "Last login", "Known since", ""]}
      >
        {users.data?.map((user) => (
          <UserRow
            key={user.id}
            user={user}
            own={user.id === me.user.id}
            onChange={() => setOpen(user.id)}
          />
        ))}
      </Listing>
      <Modal kind="dialog" label="New user" open={open === "new"} onClose={close}>
        <NewUserForm onCreated={changed} onClose={close} />
      </Modal>
      <Modal
        kind="dialog"
        label={chosen ? userName(chosen) : ""}
        open={chosen !== null}
        onClose={close}
      >
        {chosen && <UserForm user={chosen} onChanged={changed} />}
      </Modal>
    </section>
  );
}

interface UserRowProps {
  user: User;
  own: boolean;
  onChange: () => void;
}

function UserRow({ user, own, onChange }: UserRowProps) {
  const name = userName(user);
  return (
    <tr className={user.active ? undefined : "is-off"}>
      <th scope="row">
        <span>
          {name} {own && <span className="tag">You</span>}
        </span>
        {user.display_name !== null && user.display_name !== name && (
          <small>{user.display_name}</small>
        )}
      </th>
      <td data-label="Role">{user.role}</td>
      <td data-label="State">{user.active ? "active" : "deactivated"}</td>
      <td data-label="Last login">
        <When time={user.last_login_at} />
      </td>
      <td data-label="Known since">
        <When time={user.created_at} />
      </td>
      <td className="row-action">
        <button
          type="button"
          className="button is-small"
          aria-label={`Change ${name}`}
          onClick={onChange}
        >
          Change
        </button>
      </td>
    </tr>
  );
}

// Whose entries or requests: one person's or everybody's.
import type { User } from "../api/accounts";
import { SelectField } from "./form";
import { userName } from "./UsersPage";

interface UserFieldProps {
  users: User[];
  value: string;
  onValue: (value: string) => void;
}

export function UserField({ users, value, onValue }: UserFieldProps) {
  return (
    <SelectField label="User" value={value} onValue={onValue}>
      <option value="">Everybody</option>
      {users.map((user) => (
        <option key={user.id} value={user.id}>
          {userName(user)}
        </option>
      ))}
    </SelectField>
  );
}

// Where an order is in its life, in words and a colour.
import { words } from "./order";

export function OrderStatus({ status }: { status: string }) {
  return (
    <span className="status" data-status={status}>
      <span className="dot" aria-hidden="true" />
      {words(status)}
    </span>
  );
}

// JSON that is shown when somebody asks for it.
import { jsonText } from "./config";

export function Json({ label, value }: { label: string; value: unknown }) {
  return (
    <details className="json">
      <summary>{label}</summary>
      <pre tabIndex={0}>
        <code>{jsonText(value)}</code>
      </pre>
    </details>
  );
}

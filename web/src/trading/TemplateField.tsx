// What of an alert becomes which field of an order, as text.
import { TextArea } from "./TextArea";

interface TemplateFieldProps {
  value: string;
  error: string | null;
  onText: (text: string) => void;
}

export function TemplateField({ value, error, onText }: TemplateFieldProps) {
  return (
    <TextArea
      label="Template of the order"
      hint="JSON: each field of the order, and what of the alert it is. {{a|b}} is the alert’s a, else its b; {{a?}} may be left out. A text without braces stays as it is."
      error={error}
      rows={14}
      value={value}
      onText={onText}
    />
  );
}

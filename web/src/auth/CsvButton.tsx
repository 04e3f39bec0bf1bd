// A list that fits a search, as a file.
import { useMutation } from "@tanstack/react-query";

import { problemFromThrown } from "../api/problem";
import { FormProblem } from "./form";

interface CsvButtonProps {
  /** The file's name, without its ending. */
  name: string;
  read: () => Promise<string>;
}

export function CsvButton({ name, read }: CsvButtonProps) {
  const file = useMutation({
    mutationFn: read,
    onSuccess: (text) => save(text, `${name}.csv`),
  });
  return (
    <>
      <button
        type="button"
        className="button"
        disabled={file.isPending}
        onClick={() => file.mutate()}
      >
        {file.isPending ? "Reading…" : "CSV"}
      </button>
      {file.isError && <FormProblem problem={problemFromThrown(file.error)} />}
    </>
  );
}

function save(text: string, name: string) {
  const url = URL.createObjectURL(new Blob([text], { type: "text/csv" }));
  const link = document.createElement("a");
  link.href = url;
  link.download = name;
  link.click();
  URL.revokeObjectURL(url);
}

// The record that fits a search, as a file.
import { useMutation } from "@tanstack/react-query";

import { type AuditSearch, fetchAuditCsv } from "../api/accounts";
import { problemFromThrown } from "../api/problem";
import { FormProblem } from "./form";

export function CsvButton({ wanted }: { wanted: AuditSearch }) {
  const file = useMutation({
    mutationFn: () => fetchAuditCsv(wanted),
    onSuccess: (text) => save(text, "audit.csv"),
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

// The mark of everything that is a replay, so that nobody takes an old price for a market's present.

export function ReplayBadge({ of }: { of?: string | null | undefined }) {
  const what = of ? `stored trades of ${of}` : "stored trades";
  return (
    <span className="replay-badge" title={`A replay: ${what}, played again with shifted times`}>
      Replay
    </span>
  );
}

// What a browser says of itself, short enough for a list.

const BROWSERS: [RegExp, string][] = [
  [/\bEdg\w*\/(\d+)/, "Edge"],
  [/\bOPR\/(\d+)/, "Opera"],
  [/\bFirefox\/(\d+)/, "Firefox"],
  [/\b(?:Headless)?Chrom(?:e|ium)\/(\d+)/, "Chrome"],
  [/\bVersion\/(\d+).*\bSafari\//, "Safari"],
];
const SYSTEMS: [RegExp, string][] = [
  [/\bAndroid\b/, "Android"],
  [/\b(?:iPhone|iPad)\b/, "iOS"],
  [/\bMac OS X\b/, "macOS"],
  [/\bWindows\b/, "Windows"],
  [/\bLinux\b/, "Linux"],
];

/** `Firefox 131 on Linux`; for programs their name: `curl/8.5.0`. */
export function agentName(agent: string | null): string {
  if (agent === null || agent.trim() === "") return "Unknown program";
  for (const [pattern, name] of BROWSERS) {
    const version = pattern.exec(agent)?.[1];
    if (version === undefined) continue;
    const system = SYSTEMS.find(([at]) => at.test(agent))?.[1];
    return `${name} ${version}${system === undefined ? "" : ` on ${system}`}`;
  }
  return agent.trim().split(/\s/)[0] ?? agent;
}

import { machine } from "./machine.ts";
import type { RunResult } from "./run-result.ts";
import { legend, resultTable } from "./table.ts";

/** What a report says beside the figures. */
export interface ReportFrame {
  readonly command: string;
  readonly media: string;
  readonly seconds: number;
  readonly date: string;
}

/** The results as a page: how they were made, and the table. */
export function markdownReport(results: readonly RunResult[], frame: ReportFrame): string {
  const scenario = results[0]?.scenario ?? "pull";
  const versions = new Map(results.map(({ server, serverVersion }) => [server, serverVersion]));
  const named = [...versions].map(([server, version]) => (version === "" ? server : `${server}: ${version}`));
  const rounds = Math.max(0, ...results.map(({ round }) => round));
  return `# Load: ${scenario}

${scenarioSentence(scenario)}

- Command: \`${frame.command}\`
- Machine: ${machine()}
- Servers: ${named.join("; ")}
- Media: ${frame.media}
- Steady window: ${frame.seconds} s, ${rounds} ${rounds === 1 ? "round" : "rounds"}, over loopback unless a URL says otherwise
- Date: ${frame.date}

${resultTable(results)}

${legend}
`;
}

function scenarioSentence(scenario: RunResult["scenario"]): string {
  switch (scenario) {
    case "push":
      return "n publishers, each on a stream of its own, and nobody watches.";
    case "pull":
      return "n viewers watch what few publish.";
    case "pair":
      return "n publishers, and one viewer for each.";
  }
}

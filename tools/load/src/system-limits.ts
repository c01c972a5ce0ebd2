import { readFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import { assign, chooseProcessCount, connectionCount, OTHER_DESCRIPTORS } from "./assignment.ts";
import type { Share } from "./assignment.ts";
import { LoadError } from "./load-error.ts";
import type { Cast } from "./plan.ts";

/** What the system lets a process and a machine have. */
export interface SystemLimits {
  /** Descriptors of one process. Node.js raises its soft limit to the hard one when it starts. */
  readonly descriptors: number;
  /** Connections to one address and port from one address. */
  readonly localPorts: number;
}

/** Asks the system; what it does not say is taken to be unlimited. */
export function systemLimits(): SystemLimits {
  return { descriptors: descriptorLimit(), localPorts: localPortCount() };
}

/**
 * Deals the connections of a run to generator processes, as many as asked for or as make sense here. Throws a `LoadError` if the
 * system does not allow it.
 */
export function dealShares(cast: Cast, processCount: number | undefined, limits: SystemLimits): Share[] {
  const shares = assign(cast, processCount ?? chooseProcessCount(cast, availableParallelism(), limits.descriptors));
  checkLimits(shares, limits);
  return shares;
}

/** Throws a `LoadError` that says what is missing if the generator processes cannot hold their connections. */
export function checkLimits(shares: readonly Share[], limits: SystemLimits): void {
  const most = Math.max(...shares.map(connectionCount));
  const room = limits.descriptors - OTHER_DESCRIPTORS;
  if (most > room) {
    throw new LoadError(
      `a generator process would need ${most + OTHER_DESCRIPTORS} descriptors and may have ${limits.descriptors}: ` +
        "ask for more --processes, or raise the limit (ulimit -n)",
    );
  }
  const all = shares.reduce((sum, share) => sum + connectionCount(share), 0);
  if (all > limits.localPorts) {
    throw new LoadError(
      `${all} connections need as many local ports and there are ${limits.localPorts}: ` +
        "widen net.ipv4.ip_local_port_range, or ask for a smaller --n",
    );
  }
}

/** A word of warning if one process of a server could not hold the connections; `undefined` if it could. */
export function serverLimitWarning(shares: readonly Share[], { descriptors }: SystemLimits): string | undefined {
  const all = shares.reduce((sum, share) => sum + connectionCount(share), 0);
  if (all + OTHER_DESCRIPTORS <= descriptors) return undefined;
  return `a server of one process would need ${all + OTHER_DESCRIPTORS} descriptors and may have ${descriptors} (ulimit -n)`;
}

function descriptorLimit(): number {
  const report: NodeJS.ProcessReport & { excludeNetwork?: boolean } = process.report;
  report.excludeNetwork = true; // names of addresses are slow to find and nobody asks for them
  const { userLimits } = report.getReport() as {
    readonly userLimits?: { readonly open_files?: { readonly hard?: number | "unlimited" } };
  };
  const hard = userLimits?.open_files?.hard;
  return typeof hard === "number" ? hard : Infinity;
}

function localPortCount(): number {
  try {
    const [low = 0, high = 0] = readFileSync("/proc/sys/net/ipv4/ip_local_port_range", "utf8").split(/\s+/).map(Number);
    return high - low + 1;
  } catch {
    return Infinity; // no Linux
  }
}

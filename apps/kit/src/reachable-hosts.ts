import { networkInterfaces } from "node:os";
import type { NetworkInterfaceInfo } from "node:os";

/** Network interfaces by name, as `os.networkInterfaces()` gives them. */
export type Interfaces = Readonly<Record<string, readonly NetworkInterfaceInfo[] | undefined>>;

/** Interfaces of containers and virtual machines: nobody outside this machine is behind them. */
const virtual = /^(?:docker|br-|veth|virbr|vmnet|vboxnet|cni|flannel|lxc|podman)/;

/**
 * The addresses at which others on the network can reach a program that listens on every interface, IPv4 only, the
 * likeliest first.
 */
export function networkAddresses(interfaces: Interfaces = networkInterfaces()): readonly string[] {
  const found = Object.entries(interfaces).flatMap(([name, addresses]) =>
    (addresses ?? [])
      .filter(({ family, internal }) => family === "IPv4" && !internal)
      .map(({ address }) => ({ address, isUnlikely: virtual.test(name) || address.startsWith("169.254.") })),
  );
  const likeliestFirst = found.sort((one, other) => Number(one.isUnlikely) - Number(other.isUnlikely));
  return [...new Set(likeliestFirst.map(({ address }) => address))];
}

/** Whether a host to listen on means every interface. */
export function isEveryInterface(host: string): boolean {
  return host === "0.0.0.0" || /^[0:]*:[0:]*$/.test(host); // "::" can be written with more zeros
}

/** The host to put into a URL so that it can be reached: `host`, or an address of the network if it is every interface. */
export function reachableHost(host: string, interfaces: Interfaces = networkInterfaces()): string {
  return isEveryInterface(host) ? (networkAddresses(interfaces)[0] ?? "127.0.0.1") : host;
}

/** Host and port as a URL has them: an IPv6 address in brackets. */
export function authorityOf(host: string, port: number): string {
  return `${host.includes(":") ? `[${host}]` : host}:${port}`;
}

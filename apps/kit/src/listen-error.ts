import { shown } from "./visible-text.ts";

/** Listening failed; the message says why and what to do. */
export class ListenError extends Error {
  override readonly name = "ListenError";

  constructor(error: unknown, wanted: WantedAddress) {
    super(listenErrorSentence(error, wanted), { cause: error });
  }
}

/** Where somebody wanted to listen, and the options that say so. */
export interface WantedAddress {
  readonly host: string;
  readonly port: number;
  readonly hostOption: string;
  readonly portOption: string;
}

/** Says why listening failed and what to do about it, in words. */
export function listenErrorSentence(error: unknown, wanted: WantedAddress): string {
  const { port, hostOption, portOption } = wanted;
  const host = shown(wanted.host).slice(1, -1);
  const { code, message } = error as NodeJS.ErrnoException;
  switch (code) {
    case "EADDRINUSE":
      return `Port ${port} on ${host} is in use by another program: stop that one, or choose another port with ${portOption}.`;
    case "EACCES":
    case "EPERM":
      return `The system does not allow listening on port ${port} of ${host}: choose a port from 1024 on with ${portOption}, or give the program the right to use low ports.`;
    case "EADDRNOTAVAIL":
      return `This machine has no address ${host}: choose one of its own with ${hostOption}, 127.0.0.1 for this machine alone or 0.0.0.0 for every interface.`;
    case "ENOTFOUND":
    case "EAI_AGAIN":
      return `The host name ${host} is not known here: check ${hostOption}, or give an address.`;
    case "EAFNOSUPPORT":
      return `This machine does not speak the kind of address that ${host} is: choose another with ${hostOption}.`;
    default:
      return `Listening on port ${port} of ${host} failed: ${message}.`;
  }
}

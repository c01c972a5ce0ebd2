import type { AddressInfo, Server } from "node:net";

/** Lets a server listen on TCP and says on which port. Rejects with Node's own error if that is impossible. */
export async function listenOn(server: Server, port: number, host: string): Promise<number> {
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, host, () => {
      server.off("error", reject);
      resolve();
    });
  });
  return (server.address() as AddressInfo).port;
}

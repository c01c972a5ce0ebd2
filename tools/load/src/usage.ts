/** What `--help` prints. */
export const usage: string = `npm run bench:live -- [options]

Loads an RTMP server on this machine, checks what comes out, and measures what it costs.

  --scenario push|pull|pair   n publishers; n viewers of --streams; n publishers and a viewer for each (pull)
  --n LIST                    how many, one run for each: 100,1000,3000 (100)
  --streams M                 pull: streams to watch (1)
  --seconds S                 the steady window that is measured (10)
  --settle S                  before it (1.2 times a GOP, 2.4 s at least)
  --rate R                    connections a second while the load is built up (1000)
  --bitrate B | --file FLV    synthetic media, 206k by default; or a file, sent in a loop
  --processes P               generator processes (as the cores and the load ask for)
  --check K                   viewers that look at every byte (8; with --verify 200)
  --verify                    the exit code is 1 if anything was lost, changed, doubled, or not connected

  --server ours               our server, the default; words behind it are its options: --server 'ours --loops 0'
  --server-args 'OPTIONS'     options for every ours
  --server 'COMMAND'          any other, with --port P (1935)
  --peer NAME                 nginx (from Debian: nginx, libnginx-mod-rtmp) or node-media-server (from npm)
  --url rtmp://HOST/APP       one that runs already: neither CPU nor memory; --allow-remote for other machines
  --name NAME                 of the server before it
  --app APP                   where streams are published (live)

Several servers take turns, --rounds R times; then median and range are shown.

  --markdown FILE  --svg FILE  --json FILE    the table, a chart over n, and everything measured

The exit code is 0, 1 if something failed, 2 if the command line was wrong.
`;

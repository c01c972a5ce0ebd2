/** What `rtmp --help` prints. */
export const help: string = `rtmp publishes files to an RTMP server and records streams from it.

  rtmp push FILE URL              FILE is FLV, raw H.264 (.h264, .264) or AAC (.aac)
  rtmp push VIDEO AUDIO URL       one .h264 and one .aac
    --fast                        as fast as the server takes it, not in real time
    --loop [N]                    N times in all, or until interrupted
    --fps RATE                    frames a second of raw H.264 that does not say

  rtmp pull URL FILE              writes FLV; - is the standard output
    --duration SECONDS            ends after so much of the stream

  -h, --help    -v, --version

URL is rtmp://HOST[:PORT]/APP/STREAM or rtmps://. On a terminal a line shows how it goes. Drops are
video frames that push left out because the network was more than 5 s late, or that pull finds
missing by their timestamps. Ctrl-C ends in good order. The exit status is 0 when all went well,
1 when something failed, 2 when the command line was wrong.
`;

import type { Words } from "./languages.ts";

/** What the page says in English. */
export const english: Words = {
  labels: {
    title: "Live camera",
    start: "Start",
    stop: "Stop",
    flip: "Flip",
    mute: "Mute",
    unmute: "Unmute",
    torch: "Torch",
    zoom: "Zoom",
    quality: "Quality",
    orientation: "Rotation",
    lock: "Locked",
    follow: "Follows",
    source: "Source",
    camera: "Camera",
    testPicture: "Test",
    dismiss: "Close this message",
    tryAgain: "Try again",
    soundLevel: "Sound level",
    bitrate: "Mbit/s",
    framesPerSecond: "frames/s",
    roundTrip: "ms ping",
    dropped: "dropped",
    timeOnAir: "Time on air",
    ready: "Ready",
    connecting: "Connecting",
    waiting: "Reconnecting",
    live: "LIVE",
    muted: "Muted",
  },
  messages: {
    insecure: {
      title: "This page needs https",
      advice:
        "Browsers give the camera to secure pages only. Open the link that begins with https://, and accept its certificate once.",
    },
    noToken: {
      title: "This link is not complete",
      advice: "The part behind the # is missing. Scan the code on the bridge's terminal again, or ask for a new link.",
    },
    noEncoder: {
      title: "This browser cannot encode video",
      advice: "Open the link in a current Chrome on Android.",
    },
    noH264: {
      title: "No H.264 encoder here",
      advice: "This browser offers none for such a picture. Choose a lower quality, or try Chrome on Android.",
    },
    encoderFailed: {
      title: "The encoder has failed",
      advice: "Press Start again. If it happens again, choose a lower quality.",
    },
    permissionDenied: {
      title: "The camera is not allowed",
      advice: "Tap the symbol left of the address, allow camera and microphone, and try again.",
    },
    noCamera: {
      title: "No camera found",
      advice: "Connect one and try again, or choose Test as source.",
    },
    cameraBusy: {
      title: "The camera does not answer",
      advice: "Another app may be using it. Close that app and try again.",
    },
    cameraLost: {
      title: "The camera was taken away",
      advice: "Another app or the system has it now. Try again once it is free.",
    },
    cameraMuted: {
      title: "The camera is paused",
      advice: "The system has paused it. Viewers see the last picture until it comes back.",
    },
    noMicrophone: {
      title: "No sound",
      advice: "There is no microphone, or it is not allowed. The picture is sent without sound.",
    },
    soundFailed: {
      title: "Sound cannot be encoded",
      advice: "The picture goes on without sound. Stop and start again to try once more.",
    },
    noConnection: {
      title: "No connection to the bridge",
      advice: "Is the phone in the right network, and is the bridge running? It is tried again by itself.",
    },
    reconnecting: {
      title: "Connection lost",
      advice: "Reconnecting by itself. Viewers go on where they were if it does not take long.",
    },
    targetUnreachable: {
      title: "The streaming server does not answer",
      advice: "The bridge goes on trying. Whoever runs the server can see why.",
    },
    wasHidden: {
      title: "Keep this page in front",
      advice: "While another app or the lock screen covers it, Android takes the camera away.",
    },
    batteryLow: { title: "The battery is low", advice: "Connect a charger, or stop soon." },
    noWakeLock: {
      title: "The screen may go dark",
      advice:
        "The phone does not let the page keep it on. Set a longer screen time-out, and touch the screen now and then.",
    },
    BRIDGE_BAD_TOKEN: {
      title: "This link is not valid any more",
      advice: "Scan the code on the bridge's terminal again, or ask for a new link.",
    },
    BRIDGE_UNSUPPORTED_VERSION: {
      title: "This page is out of date",
      advice: "Load it again.",
    },
    BRIDGE_NO_HELLO: {
      title: "The connection is too slow to begin",
      advice: "Go where the network is better, and press Start again.",
    },
    BRIDGE_BAD_FRAME: {
      title: "The bridge did not understand this page",
      advice: "Load the page again. If it stays so, tell whoever runs the bridge.",
    },
    BRIDGE_BAD_MEDIA: {
      title: "The bridge cannot use this picture or sound",
      advice: "Press Start again, or try another browser. Tell whoever runs the bridge what is written below.",
    },
    BRIDGE_FRAME_TOO_LARGE: {
      title: "The pictures are too large",
      advice: "Choose a lower quality and press Start again.",
    },
    BRIDGE_IDLE: {
      title: "Nothing was sent for a while",
      advice: "Press Start again.",
    },
    BRIDGE_REPLACED: {
      title: "Another phone has taken over",
      advice: "Somebody is sending with the same link now. Press Start to take it back.",
    },
    BRIDGE_TARGET_REFUSED: {
      title: "The streaming server refused the stream",
      advice: "Its answer is below. Often the name is in use already, or the key is wrong.",
    },
    BRIDGE_CLOSING: {
      title: "The bridge is stopping",
      advice: "Press Start again in a while.",
    },
    BRIDGE_TOO_MANY_CONNECTIONS: {
      title: "The bridge is busy",
      advice: "Press Start again in a while.",
    },
  },
};

import { fitted, haveOneShape, type Size } from "./picture-size.ts";

/** What browsers of 2025 on add to a `VideoFrame`; older ones hand out pictures that are turned already. */
interface TurnedPicture {
  readonly rotation?: number;
}

/** The size of a picture as people see it. */
export function shownSize(picture: VideoFrame): Size {
  return { width: picture.displayWidth, height: picture.displayHeight };
}

/** Makes pictures of any shape fit one size, with black beside them where the shapes differ. */
export class PictureFitter {
  #canvas: OffscreenCanvas | undefined;

  /** Gives a picture of that time which the encoder takes as it is. The caller closes both. */
  fit(picture: VideoFrame, size: Size, timestampUs: number): VideoFrame {
    const rotation = (picture as TurnedPicture).rotation ?? 0;
    if (rotation === 0 && haveOneShape(shownSize(picture), size)) {
      return new VideoFrame(picture, { timestamp: timestampUs });
    }
    const canvas = this.#canvasOf(size);
    const context = canvas.getContext("2d", { alpha: false });
    if (context === null) return new VideoFrame(picture, { timestamp: timestampUs });
    const place = fitted(shownSize(picture), size);
    context.fillStyle = "#000";
    context.fillRect(0, 0, size.width, size.height);
    context.drawImage(picture, place.x, place.y, place.width, place.height);
    return new VideoFrame(canvas, { timestamp: timestampUs });
  }

  #canvasOf(size: Size): OffscreenCanvas {
    if (this.#canvas?.width !== size.width || this.#canvas.height !== size.height) {
      this.#canvas = new OffscreenCanvas(size.width, size.height);
    }
    return this.#canvas;
  }
}

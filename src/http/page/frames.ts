import { useEffect, useRef, useState } from 'htm/preact/standalone';
import type { PictureShown } from '#http/api/study';

const width = 960;
const loadsAtOnce = 3;

export type Pictures = { current: readonly (Blob | undefined)[] };

/** Loads frames, numbered from 1, as compressed pictures: decoded they would fill hundreds of megabytes. */
export function useFrames({ rendered }: PictureShown, numbers: readonly number[]): readonly [Pictures, number] {
  const pictures = useRef<(Blob | undefined)[]>([]);
  const [loaded, setLoaded] = useState(0);
  useEffect(() => {
    const stop = new AbortController();
    pictures.current = [];
    setLoaded(0);
    let next = 0;
    const work = async () => {
      while (next < numbers.length) {
        const index = next++;
        const address = `${rendered.replace('{frame}', String(numbers[index]))}?viewport=${width},${width}`;
        const response = await fetch(address, { signal: stop.signal, headers: { Accept: 'image/jpeg' } });
        if (!response.ok) return; // a frame that cannot be decoded: the picture stays where it is
        pictures.current[index] = await response.blob();
        setLoaded((count) => count + 1);
      }
    };
    for (let worker = 0; worker < loadsAtOnce; worker++) work().catch(() => undefined);
    return () => stop.abort();
  }, [rendered, numbers.join()]);
  return [pictures, loaded];
}

/** Draws a picture, unless another is wanted before it is decoded. */
export function draw(blob: Blob, canvas: HTMLCanvasElement): () => void {
  let isWanted = true;
  createImageBitmap(blob)
    .then((bitmap) => {
      if (isWanted) {
        if (canvas.width !== bitmap.width || canvas.height !== bitmap.height)
          Object.assign(canvas, { width: bitmap.width, height: bitmap.height });
        canvas.getContext('2d')?.drawImage(bitmap, 0, 0);
      }
      bitmap.close();
    })
    .catch(() => undefined);
  return () => {
    isWanted = false;
  };
}

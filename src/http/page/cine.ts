import { html, useEffect, useRef, useState } from 'htm/preact/standalone';
import type { PictureShown } from '#http/api/study';

const width = 960;
const loadsAtOnce = 3;

/** Plays the frames of an object as a moving picture: play and pause, one slider, arrow keys. */
export function Cine({ picture, label }: { readonly picture: PictureShown; readonly label: string }) {
  const { frames, frameTimeMs = 40 } = picture;
  const [pictures, loaded] = useFrames(picture);
  const [playing, setPlaying] = useState(() => frames > 1 && !matchMedia('(prefers-reduced-motion: reduce)').matches);
  const [at, setAt] = useState(0);
  const canvas = useRef<HTMLCanvasElement | null>(null);

  useEffect(() => {
    if (!playing || loaded < frames) return undefined;
    const timer = setInterval(() => setAt((last) => (last + 1) % frames), frameTimeMs);
    return () => clearInterval(timer);
  }, [playing, loaded, frames, frameTimeMs]);

  // While frames arrive the newest is shown, so that one sees that something comes.
  const shown = loaded < frames ? Math.max(0, loaded - 1) : at;
  useEffect(() => {
    const blob = pictures.current[shown];
    if (!blob || !canvas.current) return undefined;
    return draw(blob, canvas.current);
  }, [shown, loaded, pictures]);

  const move = (event: { readonly currentTarget: HTMLInputElement }) => {
    setPlaying(false);
    setAt(Number(event.currentTarget.value) - 1);
  };
  return html`<div class="cine">
    <canvas
      ref=${canvas}
      role="img"
      aria-label=${label}
      width=${picture.columns}
      height=${picture.rows}
      onClick=${() => setPlaying(!playing)}
    ></canvas>
    ${
      frames > 1 &&
      html`<div class="controls">
        <button
          type="button"
          class="play"
          aria-label=${playing ? 'Pause' : 'Play'}
          onClick=${() => setPlaying(!playing)}
        >
          ${playing ? pauseSign() : playSign()}
        </button>
        <input type="range" min="1" max=${frames} value=${shown + 1} aria-label="Frame" onInput=${move} />
        <output>${shown + 1}<span class="of">/${frames}</span></output>
      </div>`
    }
  </div>`;
}

/** Loads all frames as compressed pictures: decoded they would fill hundreds of megabytes. */
function useFrames({ rendered, frames }: PictureShown): readonly [{ current: readonly (Blob | undefined)[] }, number] {
  const pictures = useRef<(Blob | undefined)[]>([]);
  const [loaded, setLoaded] = useState(0);
  useEffect(() => {
    const stop = new AbortController();
    pictures.current = [];
    setLoaded(0);
    let next = 0;
    const work = async () => {
      while (next < frames) {
        const index = next++;
        const address = `${rendered.replace('{frame}', String(index + 1))}?viewport=${width},${width}`;
        const response = await fetch(address, { signal: stop.signal, headers: { Accept: 'image/jpeg' } });
        if (!response.ok) return; // a frame that cannot be decoded: the picture stays where it is
        pictures.current[index] = await response.blob();
        setLoaded((count) => count + 1);
      }
    };
    for (let worker = 0; worker < loadsAtOnce; worker++) work().catch(() => undefined);
    return () => stop.abort();
  }, [rendered, frames]);
  return [pictures, loaded];
}

/** Draws a picture, unless another is wanted before it is decoded. */
function draw(blob: Blob, canvas: HTMLCanvasElement): () => void {
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

function playSign() {
  return html`<svg viewBox="0 0 16 16" aria-hidden="true"><path d="M4 2.5v11l9-5.5z" /></svg>`;
}

function pauseSign() {
  return html`<svg viewBox="0 0 16 16" aria-hidden="true"><path d="M3.5 2.5h3v11h-3zm6 0h3v11h-3z" /></svg>`;
}

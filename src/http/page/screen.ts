import { html, useEffect, useRef } from 'htm/preact/standalone';
import type { PictureShown } from '#http/api/study';
import { draw, useFrames } from './frames.ts';

interface ScreenProps {
  readonly picture: PictureShown;
  readonly label: string;
  readonly caption: string;
  /** Frames that are shown, one for each place of the playhead. */
  readonly numbers: readonly number[];
  readonly at: number;
  readonly onLoaded: (frames: number) => void;
}

/** One moving picture; where it stands is told from outside. */
export function Screen({ picture, label, caption, numbers, at, onLoaded }: ScreenProps) {
  const [pictures, loaded] = useFrames(picture, numbers);
  const canvas = useRef<HTMLCanvasElement | null>(null);
  useEffect(() => onLoaded(loaded), [loaded]);
  // While frames arrive the newest is shown, so that one sees that something comes.
  const shown = loaded < numbers.length ? Math.max(0, loaded - 1) : at;
  useEffect(() => {
    const blob = pictures.current[shown];
    return blob && canvas.current ? draw(blob, canvas.current) : undefined;
  }, [shown, loaded, pictures]);
  return html`<div class="screen">
    <canvas
      ref=${canvas}
      role="img"
      aria-label=${caption === '' ? label : `${label}. ${caption}`}
      data-frame=${numbers[shown]}
      width=${picture.columns}
      height=${picture.rows}
    ></canvas>
    <p><strong>${label}</strong> <span>${caption}</span></p>
  </div>`;
}

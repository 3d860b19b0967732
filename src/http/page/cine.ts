import { html, useEffect, useState } from 'htm/preact/standalone';
import type { PictureShown } from '#http/api/study';
import { useKeys } from './keys.ts';
import { useWords } from './language.ts';
import { Screen } from './screen.ts';

export interface Reel {
  readonly picture: PictureShown;
  readonly label: string;
  readonly caption: string;
}

const speeds = [0.25, 0.5, 1, 2];
const usualFrameTimeMs = 40;

/** Plays a clip and, beside it, the overlay drawn over it: one playhead moves both. */
export function Cine({ source, overlay }: { readonly source: Reel | undefined; readonly overlay: Reel | undefined }) {
  const { t, number } = useWords();
  const lead = overlay ?? source;
  const count = lead?.picture.frames ?? 0;
  const [isPlaying, setPlaying] = useState(() => count > 1 && !matchMedia('(prefers-reduced-motion: reduce)').matches);
  const [speed, setSpeed] = useState(1);
  const [at, setAt] = useState(0);
  const [loaded, setLoaded] = useState<Readonly<Record<string, number>>>({});
  const reels = [
    ['source', source],
    ['overlay', overlay],
  ] as const;
  const isReady = reels.every(([name, reel]) => !reel || (loaded[name] ?? 0) >= count);
  const frameTimeMs = lead ? frameTimeOf(source, overlay) : usualFrameTimeMs;
  useEffect(() => {
    if (!isPlaying || !isReady || count < 2) return undefined;
    const timer = setInterval(() => setAt((last) => (last + 1) % count), frameTimeMs / speed);
    return () => clearInterval(timer);
  }, [isPlaying, isReady, count, frameTimeMs, speed]);
  const toggle = () => setPlaying((last) => !last);
  const step = (by: number) => () => {
    setPlaying(false);
    setAt((last) => (last + by + count) % count);
  };
  useKeys({ ' ': toggle, ArrowLeft: step(-1), ArrowRight: step(1) }, [count]);
  if (!lead) return null;
  const move = (event: { readonly currentTarget: HTMLInputElement }) => {
    setPlaying(false);
    setAt(Number(event.currentTarget.value) - 1);
  };
  return html`<div class="cine">
    <div class="screens">
      ${reels.map(
        ([name, reel]) =>
          reel &&
          html`<${Screen}
            key=${reel.picture.rendered}
            ...${reel}
            at=${at}
            numbers=${numbersOf(name, reel, overlay)}
            onLoaded=${(frames: number) => setLoaded((last) => ({ ...last, [name]: frames }))}
          />`,
      )}
    </div>
    ${
      count > 1 &&
      html`<div class="controls">
        <button type="button" class="sign" aria-label=${t.stage.back} title=${t.stage.back} onClick=${step(-1)}>
          ‹
        </button>
        <button
          type="button"
          class="sign play"
          aria-label=${isPlaying ? t.stage.pause : t.stage.play}
          onClick=${toggle}
        >
          <svg viewBox="0 0 16 16" aria-hidden="true">
            <path d=${isPlaying ? 'M3.5 2.5h3v11h-3zm6 0h3v11h-3z' : 'M4 2.5v11l9-5.5z'} />
          </svg>
        </button>
        <button type="button" class="sign" aria-label=${t.stage.forth} title=${t.stage.forth} onClick=${step(1)}>
          ›
        </button>
        <input type="range" min="1" max=${count} value=${at + 1} aria-label=${t.stage.frame} onInput=${move} />
        <output>${at + 1}<span class="of">/${count}</span></output>
        <select
          class="choice"
          aria-label=${t.stage.speed}
          value=${String(speed)}
          onChange=${(event: { readonly currentTarget: HTMLSelectElement }) => setSpeed(Number(event.currentTarget.value))}
        >
          ${speeds.map((one) => html`<option key=${one} value=${String(one)}>${number(one, 2)}×</option>`)}
        </select>
      </div>`
    }
  </div>`;
}

/** Beside an overlay a clip shows the frames that the overlay was drawn over. */
function numbersOf(name: 'source' | 'overlay', reel: Reel, overlay: Reel | undefined): readonly number[] {
  const frames = (name === 'source' ? (overlay ?? reel) : reel).picture.frames;
  const each = Array.from({ length: frames }, (_, index) => index + 1);
  if (name === 'overlay' || !overlay) return each;
  return each.map((place) => Math.min(overlay.picture.sourceFrames?.[place - 1] ?? place, reel.picture.frames));
}

/** An overlay that skips frames stands longer on each. */
function frameTimeOf(source: Reel | undefined, overlay: Reel | undefined): number {
  const own = source?.picture.frameTimeMs ?? usualFrameTimeMs;
  if (!overlay) return own;
  const [first = 1, second = 2] = overlay.picture.sourceFrames ?? [];
  return overlay.picture.frameTimeMs ?? own * Math.max(1, second - first);
}

import type { PhantomKind } from '#models/phantom/clip';
import { isPermitted } from '#models/phantom/encodings/pixels';
import {
  photometrics,
  phantomTransferSyntaxes,
  type Photometric,
  type PhantomTransferSyntax,
} from '#models/phantom/encodings/transfer-syntax';
import { drawHeart, type Heart } from '#models/phantom/heart';
import { randomOf } from '#models/phantom/random';
import { phantomViews } from '#models/phantom/recordings';
import type { PhantomCase } from './phantom-file.ts';

/** How much is looked at. */
export interface EvaluationSize {
  readonly phantoms: number;
  readonly seed: string;
  /** Hearts with and without a structure, for each structure and method of explaining. */
  readonly pairs: number;
  /** Frames of a cine; every second one is looked at. */
  readonly frames: number;
}

// One beat and more, at the slowest heart rate that is drawn.
const beatMs = 1320;
const fewFrames = 14;

/** Four-chamber cines, one of each heart: all findings are asked of them. */
export function apicalCases({ phantoms, seed, frames }: EvaluationSize): readonly PhantomCase[] {
  return Array.from({ length: phantoms }, (_, index) => ({
    wish: { seed: `evaluate-${seed}-${index}`, view: 'A4C', frames, frameTimeMs: beatMs / frames },
  }));
}

/** Cines of the other views, in turn. */
export function otherViewCases({ phantoms, seed }: EvaluationSize): readonly PhantomCase[] {
  const others = phantomViews.filter((view) => view !== 'A4C');
  return Array.from({ length: phantoms }, (_, index) => ({
    wish: { seed: `evaluate-view-${seed}-${index}`, view: others[index % others.length]!, frames: fewFrames },
  }));
}

const notToBeSeen: readonly PhantomKind[] = ['colour-doppler', 'spectral-doppler', 'm-mode', 'still'];

/** What the header says of itself, from everything to nothing: then the pixels must tell. */
const headers = ['complete', 'without-regions', 'terse'] as const;

/** Recordings that no model may be shown, of every view. */
export function forbiddenCases({ phantoms, seed }: EvaluationSize): readonly PhantomCase[] {
  return Array.from({ length: phantoms }, (_, index) => ({
    wish: {
      seed: `evaluate-not-${seed}-${index}`,
      view: phantomViews[index % phantomViews.length]!,
      kind: notToBeSeen[Math.floor(index / headers.length) % notToBeSeen.length]!,
      frames: fewFrames,
    },
    encoding: { habit: headers[index % headers.length]! },
  }));
}

/** A pair's half: the same heart, seen in the same way, with and without a structure. */
export interface PairCase extends PhantomCase {
  readonly pair: number;
  readonly findingId: string;
  readonly isPresent: boolean;
}

type Swap = (heart: Heart, isPresent: boolean) => Partial<Heart>;

/** The structures that a PromptCAM must find. */
export const pointedAt: Readonly<Record<string, Swap>> = {
  'pacemaker-lead': (_, hasPacemakerLead) => ({ hasPacemakerLead }),
  mitraclip: (_, hasMitraClip) => ({ hasMitraClip }),
  'pericardial-effusion': ({ effusionWidth }, isPresent) => ({
    effusionWidth: isPresent ? Math.max(0.9, effusionWidth) : 0,
    hasTamponade: false,
  }),
};

/** Pairs of each structure; the half with it comes first. */
export function pairCases({ pairs, seed, frames }: EvaluationSize): readonly PairCase[] {
  return Object.entries(pointedAt).flatMap(([findingId, swap]) =>
    Array.from({ length: pairs }, (_, pair) => {
      const chance = `evaluate-pair-${seed}-${findingId}-${pair}`;
      const heart = drawHeart(randomOf(chance, 'heart'));
      return [true, false].map((isPresent) => ({
        pair,
        findingId,
        isPresent,
        wish: {
          seed: chance,
          view: 'A4C' as const,
          frames,
          frameTimeMs: beatMs / frames,
          heart: { ...heart, ...swap(heart, isPresent) },
        },
      }));
    }).flat(),
  );
}

/** One clip in every transfer syntax and colour space. */
export function encodingCases({ seed, frames }: EvaluationSize): readonly (PhantomCase & { readonly name: string })[] {
  const names = Object.keys(phantomTransferSyntaxes) as readonly PhantomTransferSyntax[];
  const wish = { seed: `evaluate-encoding-${seed}`, view: 'A4C', frames, frameTimeMs: beatMs / frames } as const;
  return names.flatMap((transferSyntax) =>
    photometrics
      .filter((photometric) => isPermitted(transferSyntax, photometric))
      .filter((photometric) => isTried(transferSyntax, photometric))
      .map((photometric) => ({
        wish,
        encoding: { transferSyntax, photometric },
        name: `${transferSyntax} ${photometric}`,
      })),
  );
}

/** Every colour space where nothing is compressed, every transfer syntax with its usual one, and JPEG in all it has. */
function isTried(transferSyntax: PhantomTransferSyntax, photometric: Photometric): boolean {
  const isUsual = phantomTransferSyntaxes[transferSyntax].photometrics[0] === photometric;
  return isUsual || transferSyntax === 'explicit-little-endian' || transferSyntax === 'jpeg-baseline';
}

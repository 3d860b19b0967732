import { AgentError } from '#domain/errors';
import { phantomKinds } from '#models/phantom/clip';
import type { HeartWish } from '#models/phantom/course';
import { characterSets, type PhantomCharacterSet } from '#models/phantom/encodings/character-sets';
import { isPermitted } from '#models/phantom/encodings/pixels';
import {
  photometrics,
  phantomTransferSyntaxes,
  type PhantomTransferSyntax,
} from '#models/phantom/encodings/transfer-syntax';
import { habits, type PhantomEncoding } from '#models/phantom/phantom-dicom';
import { phantomViews, recordingsOf, type Recording } from '#models/phantom/recordings';
import { wholeNumber } from './options.ts';

type Options = Readonly<Record<string, unknown>>;

const transferSyntaxes = Object.keys(phantomTransferSyntaxes) as readonly PhantomTransferSyntax[];
const sets = Object.keys(characterSets) as readonly PhantomCharacterSet[];

/** What a heart can be asked to have, and what it then is. */
const conditions: Readonly<Record<string, readonly [present: HeartWish, absent: HeartWish]>> = {
  lead: [{ hasPacemakerLead: true }, { hasPacemakerLead: false }],
  clip: [{ hasMitraClip: true }, { hasMitraClip: false }],
  tavr: [{ hasAorticProsthesis: true }, { hasAorticProsthesis: false }],
  impella: [{ hasImpella: true }, { hasImpella: false }],
  effusion: [{ effusionWidth: 1.3 }, { effusionWidth: 0, hasTamponade: false }],
  tamponade: [{ effusionWidth: 1.3, hasTamponade: true }, { hasTamponade: false }],
  'dilated-left-atrium': [{ leftAtriumRadius: 3 }, { leftAtriumRadius: 1.7 }],
  'dilated-right-ventricle': [{ rightVentricleWidth: 5.2 }, { rightVentricleWidth: 2.7 }],
  hypertrophy: [{ wallThickness: 1.8 }, { wallThickness: 0.9 }],
};

/** The options that say what a phantom shows and how it is stored. */
export const phantomOptions: readonly (readonly [flags: string, text: string, fallback?: string])[] = [
  ['--views <list>', `only these views, as B-mode cines: ${phantomViews.join(', ')}`],
  ['--kinds <list>', `only these recordings: ${phantomKinds.join(', ')}`],
  ['--clips <number>', 'objects in a study', '8'],
  ['--frames <number>', 'frames of a cine', '48'],
  ['--ejection-fraction <percent>', 'instead of a drawn one, 10 to 75'],
  ['--with <list>', `what every heart has: ${Object.keys(conditions).join(', ')}`],
  ['--without <list>', 'what no heart has, of the same words'],
  ['--transfer-syntax <name>', `${transferSyntaxes.join(', ')}; mixed: one after another`, 'jpeg-baseline'],
  ['--photometric <name>', `${photometrics.join(', ')}; default: the usual one`],
  ['--charset <name>', sets.join(', '), 'ISO_IR 192'],
  ['--habit <name>', habits.join(', '), 'complete'],
];

/** What is recorded in each study. Throws REQUEST_INVALID. */
export function recordingsWish(options: Options): readonly Recording[] {
  const [views, kinds] = [listOf(options, 'views', phantomViews), listOf(options, 'kinds', phantomKinds)];
  return recordingsOf({ clips: wholeNumber(options, 'clips'), views, kinds });
}

/** What every heart must be like. Throws REQUEST_INVALID. */
export function heartWish(options: Options): HeartWish {
  const words = Object.keys(conditions);
  const fraction = options['ejectionFraction'];
  const percent = Number(fraction);
  if (fraction !== undefined && !(percent >= 10 && percent <= 75))
    throw new AgentError('REQUEST_INVALID', '--ejection-fraction takes percent from 10 to 75.');
  return Object.assign(
    fraction === undefined ? {} : { ejectionFraction: percent },
    ...(listOf(options, 'without', words) ?? []).map((word) => conditions[word]![1]),
    ...(listOf(options, 'with', words) ?? []).map((word) => conditions[word]![0]),
  ) as HeartWish;
}

/** How objects are written, one after another; and a name that the character set is good for. Throws REQUEST_INVALID. */
export function encodingWish(options: Options): {
  readonly encodings: readonly PhantomEncoding[];
  readonly patientName: string;
} {
  const characterSet = one(options, 'charset', sets) ?? 'ISO_IR 192';
  const habit = one(options, 'habit', habits) ?? 'complete';
  const photometric = one(options, 'photometric', photometrics);
  const syntax = one(options, 'transferSyntax', [...transferSyntaxes, 'mixed' as const]) ?? 'jpeg-baseline';
  const chosen = (syntax === 'mixed' ? transferSyntaxes : [syntax]).filter(
    (each) => photometric === undefined || isPermitted(each, photometric),
  );
  if (chosen.length === 0)
    throw new AgentError('REQUEST_INVALID', `${syntax} takes ${syntaxTakes(syntax as PhantomTransferSyntax)}.`);
  return {
    encodings: chosen.map((transferSyntax) => ({
      transferSyntax,
      characterSet,
      habit,
      ...(photometric && { photometric }),
    })),
    patientName: characterSets[characterSet].patientName,
  };
}

function syntaxTakes(syntax: PhantomTransferSyntax): string {
  return phantomTransferSyntaxes[syntax].photometrics.join(', ');
}

function one<Word extends string>(options: Options, name: string, words: readonly Word[]): Word | undefined {
  const given = options[name];
  if (given === undefined) return undefined;
  const found = words.find((word) => word === given);
  if (found === undefined) throw new AgentError('REQUEST_INVALID', `${flag(name)} takes one of ${words.join(', ')}.`);
  return found;
}

/** Words with commas between them. */
function listOf<Word extends string>(options: Options, name: string, words: readonly Word[]): Word[] | undefined {
  const given = options[name];
  if (typeof given !== 'string') return undefined;
  return given.split(',').map((text) => {
    const found = words.find((word) => word.toLowerCase() === text.trim().toLowerCase());
    if (found === undefined) throw new AgentError('REQUEST_INVALID', `${flag(name)} takes ${words.join(', ')}.`);
    return found;
  });
}

function flag(name: string): string {
  return `--${name.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
}

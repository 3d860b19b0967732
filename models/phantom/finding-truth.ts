import type { PhantomTruth } from './clip.ts';
import { effusions, grades, type EffusionSize, type Grade } from './heart.ts';
import type { StructureId } from './scene.ts';

/** What is true of a finding: the number, whether it is there, or which of its grades from 0 on. */
export type FindingTruth =
  | { readonly kind: 'measurement'; readonly value: number }
  | { readonly kind: 'presence'; readonly isPresent: boolean }
  | { readonly kind: 'grade'; readonly place: number };

type Known = Pick<PhantomTruth, 'heart' | 'grades'>;

const truths: Readonly<Record<string, (known: Known) => FindingTruth>> = {
  'left-ventricular-ejection-fraction': ({ heart }) => measured(heart.ejectionFraction),
  'left-ventricular-ejection-fraction-below-50': ({ heart }) => present(heart.ejectionFraction < 50),
  'left-ventricular-ejection-fraction-below-40': ({ heart }) => present(heart.ejectionFraction < 40),
  'left-ventricular-ejection-fraction-below-30': ({ heart }) => present(heart.ejectionFraction < 30),
  'pulmonary-artery-pressure': ({ heart }) => measured(heart.pulmonaryArteryPressure),
  'left-ventricular-dilation': ({ grades }) => graded(grades.leftVentricle),
  'right-ventricular-dilation': ({ grades }) => graded(grades.rightVentricle),
  'left-atrial-dilation': ({ grades }) => graded(grades.leftAtrium),
  'right-atrial-dilation': ({ grades }) => graded(grades.rightAtrium),
  'left-ventricular-hypertrophy': ({ grades }) => graded(grades.hypertrophy),
  'pericardial-effusion': ({ grades }) => present(grades.effusion !== 'none'),
  'pericardial-effusion-size': ({ grades }) => sized(grades.effusion),
  'cardiac-tamponade': ({ heart }) => present(heart.hasTamponade),
  'pacemaker-lead': ({ heart }) => present(heart.hasPacemakerLead),
  mitraclip: ({ heart }) => present(heart.hasMitraClip),
  tavr: ({ heart }) => present(heart.hasAorticProsthesis),
  impella: ({ heart }) => present(heart.hasImpella),
};

/** What a phantom's truth says of a finding; undefined for one that phantoms do not show. */
export function truthOfFinding(id: string, known: Known): FindingTruth | undefined {
  return Object.hasOwn(truths, id) ? truths[id]!(known) : undefined;
}

/** Where a finding that is a thing can be seen. */
export const structureOfFinding: Readonly<Record<string, StructureId>> = {
  'pacemaker-lead': 'pacemaker-lead',
  mitraclip: 'mitra-clip',
  'pericardial-effusion': 'effusion',
  'pericardial-effusion-size': 'effusion',
  tavr: 'aortic-prosthesis',
  impella: 'impella',
};

function measured(value: number): FindingTruth {
  return { kind: 'measurement', value };
}

function present(isPresent: boolean): FindingTruth {
  return { kind: 'presence', isPresent };
}

function graded(grade: Grade): FindingTruth {
  return { kind: 'grade', place: grades.indexOf(grade) };
}

function sized(effusion: EffusionSize): FindingTruth {
  return { kind: 'grade', place: effusions.indexOf(effusion) };
}
